"""shap, as it is imported here: without Matplotlib, which it would bring along for plots that nobody draws."""

import importlib
import sys
from typing import Any

PLOTS = "matplotlib"


def shap() -> Any:
    """Raises ImportError where it is not installed. A model may import Matplotlib for itself, before and after."""
    if "shap" in sys.modules or PLOTS in sys.modules:
        return importlib.import_module("shap")
    modules: dict[str, Any] = sys.modules
    modules[PLOTS] = None  # an import of it fails, as if it were not installed
    try:
        return importlib.import_module("shap")
    finally:
        del modules[PLOTS]
