"""How a model file is opened, by the flavour that its ``MLmodel`` names, or by its suffix where it comes alone."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from sandbox.child import boosters, onnx_model, pyfunc
from sandbox.child.align import Refused
from sandbox.child.trusted import REVIEWED

EXTRAS = {"lightgbm": "LightGBM", "catboost": "CatBoost", "onnxruntime": "ONNX Runtime"}
"""Modules that not every installation has -> what they are called."""

HOW_TO_GET_EXTRAS = "pip install -r requirements/bench.txt"

XGBOOST = ("XGBClassifier", "Booster", "XGBRFClassifier", "XGBRegressor", "XGBRFRegressor")
"""A regressor too may predict probabilities: its objective tells."""

SUFFIXES: dict[str, dict[str, Any]] = {
    ".pkl": {"sklearn": {}},
    ".pickle": {"sklearn": {}},
    ".joblib": {"sklearn": {}},
    ".skops": {"sklearn": {"serialization_format": "skops"}},
    ".json": {"xgboost": {}},
    ".ubj": {"xgboost": {}},
    ".txt": {"lightgbm": {}},
    ".lgb": {"lightgbm": {}},
    ".cbm": {"catboost": {}},
    ".cb": {"catboost": {}},
    ".onnx": {"onnx": {}},
}
"""Of a file without an MLmodel: the flavour that it would name."""


def mlmodel_of(path: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of a model, and what its MLmodel says. path: the folder, or one file by itself."""
    if path.is_dir() or not path.exists():
        return path, yaml.safe_load((path / "MLmodel").read_text("utf-8"))
    if path.suffix.lower() not in SUFFIXES:
        raise Refused(f"got a file {path.suffix[:20] or 'without a suffix'}, expected one of {', '.join(SUFFIXES)}")
    ((name, flavour),) = SUFFIXES[path.suffix.lower()].items()
    return path.parent, {"flavors": {name: {**flavour, "data": path.name, "pickled_model": path.name}}}


def load(folder: Path, mlmodel: dict[str, Any]) -> Any:
    """The model by the first of our flavours that it has: its own library's before MLflow's loader."""
    flavours = mlmodel.get("flavors", {})
    for name, loader in LOADERS.items():
        if name in flavours:
            return loader(folder, flavours[name])
    raise Refused(f"got flavours {sorted(flavours)}, expected one of {', '.join(LOADERS)}")


def _sklearn(folder: Path, flavour: dict[str, Any]) -> Any:
    return _by_format(folder / flavour["pickled_model"], flavour)


def _by_format(file: Path, flavour: dict[str, Any]) -> Any:
    return load_skops(file) if flavour.get("serialization_format") == "skops" else load_pickle(file)


def load_skops(file: Path) -> Any:
    """Whatever types the file wants to be trusted: those that were reviewed are."""
    import skops.io

    return skops.io.load(file, trusted=sorted(REVIEWED.intersection(skops.io.get_untrusted_types(file=file))))


def load_pickle(file: Path) -> Any:
    """joblib reads its own format and plain pickles, cloudpickle's included."""
    import joblib

    return joblib.load(file)


def _xgboost(folder: Path, flavour: dict[str, Any]) -> Any:
    import xgboost

    kind = _class_of(flavour, "xgboost.core.Booster")
    if kind not in XGBOOST:
        raise Refused(f"got an XGBoost model of class {kind}, expected one of {', '.join(XGBOOST)}")
    loaded = getattr(xgboost, kind)()
    loaded.load_model(folder / flavour["data"])
    return loaded


def _lightgbm(folder: Path, flavour: dict[str, Any]) -> Any:
    file = folder / flavour["data"]
    if _class_of(flavour, "lightgbm.basic.Booster") == "Booster":
        return boosters.load_lightgbm(file)
    return _by_format(file, flavour)


def _catboost(folder: Path, flavour: dict[str, Any]) -> Any:
    if (stored := flavour.get("save_format", "cbm")) != "cbm":
        raise Refused(f"got a model of CatBoost in the format {stored}, expected cbm")
    return boosters.load_catboost(folder / flavour["data"])


def _class_of(flavour: dict[str, Any], usual: str) -> str:
    return str(flavour.get("model_class", usual)).rsplit(".", 1)[-1]


LOADERS: dict[str, Callable[[Path, dict[str, Any]], Any]] = {
    "sklearn": _sklearn,
    "xgboost": _xgboost,
    "lightgbm": _lightgbm,
    "catboost": _catboost,
    "onnx": lambda folder, flavour: onnx_model.load_onnx(folder / flavour["data"]),
    "python_function": lambda folder, _: pyfunc.load_pyfunc(folder),
}


def opened(loader: Callable[..., Any], *arguments: Any) -> Any:
    """What ``loader`` makes of them; what is lacking here of its author's modules, or of a library, is said as such."""
    try:
        return loader(*arguments)
    except ModuleNotFoundError as error:
        raise lacking(error) from error
    except AttributeError as error:
        lost = re.search(r"(?:Can't get attribute|module '[\w.]+' has no attribute) '(\w+)'", str(error))
        if lost is None:
            raise
        raise Refused(
            f"it needs {lost[1]!r} of its author's module, which is not the one here ({error}); "
            "code of your own is logged with code_paths"
        ) from error


def lacking(error: ModuleNotFoundError) -> Refused:
    """What to do about a module that a model needs."""
    library = str(error.name).partition(".")[0]
    if library in EXTRAS:
        return Refused(f"it needs {EXTRAS[library]}, which is not installed here: {HOW_TO_GET_EXTRAS}")
    return Refused(
        f"it needs the module {error.name!r}, which is not installed here and did not come with it; "
        "code of your own is logged with code_paths"
    )
