"""How a model file is opened, by the flavour that its ``MLmodel`` names, or by its bytes where it comes alone."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sandbox.child import reading
from sandbox.child.align import Refused
from sandbox.child.libraries import boosters, onnx_model, pyfunc
from sandbox.child.trusted import REVIEWED
from sandbox.child.words import mismatch
from sandbox.child.words.claims import shown
from sandbox.child.words.mismatch import Saved
from sandbox.files import kinds, zips
from sandbox.files.bounds import BoundError, FileBounds
from sandbox.files.mlmodel import MlmodelError, file_of, read
from sandbox.files.recognise import recognised
from sandbox.files.streams import codec_of
from sandbox.files.whole import ends_early

EXTRAS = {"lightgbm": "LightGBM", "catboost": "CatBoost", "onnxruntime": "ONNX Runtime", "lz4": "lz4"}
"""Modules that not every installation has -> what they are called."""

HOW_TO_GET_EXTRAS = "pip install -r requirements/bench.txt"

XGBOOST = ("XGBClassifier", "Booster", "XGBRFClassifier", "XGBRegressor", "XGBRFRegressor")
"""A regressor too may predict probabilities: its objective tells."""

ALONE: dict[str, tuple[str, dict[str, Any]]] = {
    kinds.PICKLE.name: ("sklearn", {}),
    kinds.JOBLIB.name: ("sklearn", {}),
    kinds.SKOPS.name: ("sklearn", {"serialization_format": "skops"}),
    kinds.XGBOOST_JSON.name: ("xgboost", {}),
    kinds.XGBOOST_UBJ.name: ("xgboost", {}),
    kinds.LIGHTGBM.name: ("lightgbm", {}),
    kinds.CATBOOST.name: ("catboost", {}),
    kinds.ONNX.name: ("onnx", {}),
}
"""Of a file without an MLmodel, by the kind that its bytes are of: the flavour that it would name."""

UNPACKED = Path("model")
"""Where in the child's own folder the zip of a model folder is unpacked."""


def mlmodel_of(path: Path) -> tuple[Path, dict[str, Any]]:
    """The folder of a model, and what its MLmodel says. path: the folder, a zip of it, or one file by itself."""
    if path.is_dir() or not path.exists():
        return path, read(path)
    try:
        found = recognised(path)
        if found.kind is kinds.MLFLOW_ZIP:
            folder = zips.unpack(path, UNPACKED.absolute(), FileBounds()).resolve()
            return folder, read(folder)
    except (BoundError, zips.ZipError) as error:
        raise Refused(f"the file is refused: {error}") from error
    if found.cut:
        raise Refused(ends_early(path.stat().st_size))
    if found.kind.name not in ALONE:
        advice = f"; {found.kind.advice}" if found.kind.advice else ""
        raise Refused(f"got {found.kind.words}, expected {kinds.VALID}{advice}")
    name, flavour = ALONE[found.kind.name]
    return path.parent, {"flavors": {name: {**flavour, "data": path.name, "pickled_model": path.name}}}


def load(folder: Path, mlmodel: dict[str, Any]) -> Any:
    """The model by the first of our flavours that it has: its own library's before MLflow's loader."""
    flavours = mlmodel["flavors"]
    for name, (key, loader) in LOADERS.items():
        if name in flavours:
            return loader(file_of(folder, mlmodel, name, key) if key else folder, flavours[name])
    raise Refused(f"got flavours {shown(sorted(flavours))}, expected one of {', '.join(LOADERS)}")


def _by_format(file: Path, flavour: dict[str, Any]) -> Any:
    found = load_skops(file) if flavour.get("serialization_format") == "skops" else load_pickle(file)
    return boosters.known(found)


def load_skops(file: Path) -> Any:
    """Whatever types the file wants to be trusted: those that were reviewed are."""
    import skops.io

    try:
        with reading.whole_file(file), zips.opened(file) as archive:  # skops reads what is in it whole
            zips.members(archive, file.stat().st_size, FileBounds())
    except (BoundError, zips.ZipError) as error:
        raise Refused(f"the file is refused: {error}") from error

    return skops.io.load(file, trusted=sorted(REVIEWED.intersection(skops.io.get_untrusted_types(file=file))))


def load_pickle(file: Path) -> Any:
    """joblib reads its own format and plain pickles, cloudpickle's included."""
    import joblib

    with file.open("rb") as opened_file:
        codec = codec_of(opened_file.read(16))
    if codec == "lz4":
        import lz4  # noqa: F401 - joblib says otherwise where it is not installed

    with reading.pickled(file, codec) as content:
        return joblib.load(content)


def _xgboost(file: Path, flavour: dict[str, Any]) -> Any:
    import xgboost

    kind = _class_of(flavour, "xgboost.core.Booster")
    if kind not in XGBOOST:
        raise Refused(f"got an XGBoost model of class {kind}, expected one of {', '.join(XGBOOST)}")
    loaded = getattr(xgboost, kind)()
    with reading.whole_file(file) as whole:
        loaded.load_model(whole)
    return loaded


def _lightgbm(file: Path, flavour: dict[str, Any]) -> Any:
    if _class_of(flavour, "lightgbm.basic.Booster") == "Booster":
        with reading.whole_file(file):
            return boosters.load_lightgbm(file)
    return _by_format(file, flavour)


def _catboost(file: Path, flavour: dict[str, Any]) -> Any:
    if (stored := flavour.get("save_format", "cbm")) != "cbm":
        raise Refused(f"got a model of CatBoost in the format {stored}, expected cbm")
    with reading.whole_file(file) as whole:
        return boosters.load_catboost(whole)


def _onnx(file: Path, _: dict[str, Any]) -> Any:
    with reading.whole_file(file) as whole:
        return onnx_model.load_onnx(whole)


def _class_of(flavour: dict[str, Any], usual: str) -> str:
    return str(flavour.get("model_class", usual)).rsplit(".", 1)[-1]


LOADERS: dict[str, tuple[str | None, Callable[[Path, dict[str, Any]], Any]]] = {
    "sklearn": ("pickled_model", _by_format),
    "xgboost": ("data", _xgboost),
    "lightgbm": ("data", _lightgbm),
    "catboost": ("data", _catboost),
    "onnx": ("data", _onnx),
    "python_function": (None, lambda folder, _: pyfunc.load_pyfunc(folder)),
}
"""Flavour -> where it names its model's file, None for the whole folder; what opens it."""


def opened(loader: Callable[..., Any], *arguments: Any, saved: Saved) -> Any:
    """What ``loader`` makes of them; what is lacking here of its author's modules, or of a library, is said as such.
    arguments: the first is a file or a folder. saved: what is known of versions by then."""
    try:
        return loader(*arguments)
    except (Refused, MlmodelError):
        raise
    except Exception as error:  # whatever a model file raises
        saved.scikit_learn = saved.scikit_learn or _version_in(arguments)
        if (said := mismatch.explained(error, saved)) is not None:
            raise said from error
        if isinstance(error, ModuleNotFoundError):
            raise lacking(error) from error
        if isinstance(error, AttributeError) and (lost := mismatch.LOST.search(str(error))):
            raise Refused(
                f"it needs {lost[1]!r} of its author's module, which is not the one here ({error}); "
                "code of your own is logged with code_paths"
            ) from error
        if isinstance(error, FileNotFoundError) and len(arguments) > 1:
            missing = Path(str(error.filename))
            if missing.is_relative_to(arguments[0]):
                raise Refused(f"its MLmodel names a file that is not there ({missing.name})") from error
        raise


def _version_in(arguments: tuple[Any, ...]) -> str | None:
    """Of the pickle that was to be opened."""
    place, *mlmodel = arguments
    flavour = mlmodel[0].get("flavors", {}).get("sklearn") if mlmodel else None
    return mismatch.written_in(place / str((flavour or {}).get("pickled_model", "")) if mlmodel else place)


def lacking(error: ModuleNotFoundError) -> Refused:
    """What to do about a module that a model needs."""
    library = str(error.name).partition(".")[0]
    if library in EXTRAS:
        return Refused(f"it needs {EXTRAS[library]}, which is not installed here: {HOW_TO_GET_EXTRAS}")
    return Refused(
        f"it needs the module {error.name!r}, which is not installed here and did not come with it; "
        "code of your own is logged with code_paths"
    )
