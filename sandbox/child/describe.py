"""What a model knows about itself, in plain words for the program. Runs in the child, where a model file is opened."""

import sys
from typing import Any

from sandbox.child import answers, evidence
from sandbox.child.libraries.native import Native
from sandbox.child.words import claims, task
from sandbox.child.words.classes import library_of, public_name
from sandbox.child.words.columns import columns

KIND_BYTES = 100
MOST = 1_000
"""Features that are listed."""

LONGEST = 200
LIBRARIES = {
    "sklearn": "scikit-learn", "xgboost": "XGBoost", "lightgbm": "LightGBM", "catboost": "CatBoost",
    "onnxruntime": "ONNX Runtime", "mlflow": "MLflow",
}  # fmt: skip
"""Module -> what the library is called."""

SAVED_WITH = {"sklearn_version", "xgb_version", "lgb_version", "catboost_version", "onnx_version", "python_version"}
"""What the flavours of an MLmodel call the versions of what wrote them."""


def described(
    model: Any, mlmodel: dict[str, Any], beside: evidence.Described, first: Any, saved_with: dict[str, str]
) -> dict[str, Any]:
    """beside: what stands next to the model's file. first: what takes the rows, a preprocessor or the model itself.
    saved_with: what was noticed of versions when it was opened."""
    last = answers.innermost(model)
    inner = last.model if isinstance(last, Native) else last
    library = library_of(inner)
    features = evidence.names_of(first) or beside.columns
    classes = answers.classes_of(model)
    return {
        "kind": answers.name_of(model).encode("utf-8", "replace")[:KIND_BYTES].decode("utf-8", "ignore"),
        "model_class": public_name(type(inner)),
        "library": LIBRARIES.get(library, library)[:LONGEST],
        "versions": dict(_version(module) for module in sorted({library, library_of(model)} & LIBRARIES.keys())),
        "saved_with": {**saved_with, **_saved_with(mlmodel)},
        "features": None if features is None else [name[: claims.LONGEST_NAME] for name in features[:MOST]],
        "feature_count": len(features) if features is not None else evidence.count_of(first),
        "classes": classes,
        "outputs": task.outputs_of(model, classes),
        "task": task.task_of(model),
        "columns": None if features is None else columns(first, beside, features[:MOST]),
        "odd": claims.faults(
            features=evidence.names_said(first),
            feature_count=evidence.count_said(first),
            classes=answers.classes_of_one(model),
        ),
    }


def _version(module: str) -> tuple[str, str]:
    """Of a library that the model has had imported, as that library says it."""
    return LIBRARIES[module], str(getattr(sys.modules.get(module), "__version__", "unknown"))[:LONGEST]


def _saved_with(mlmodel: dict[str, Any]) -> dict[str, str]:
    flavours = mlmodel.get("flavors", {}).values()
    return {name: str(value)[:LONGEST] for found in flavours for name, value in found.items() if name in SAVED_WITH}
