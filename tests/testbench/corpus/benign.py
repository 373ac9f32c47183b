"""Models that mean well, of every kind, each with what it answers outside the sandbox."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import catboost
import cloudpickle
import joblib
import lightgbm
import mlflow.catboost
import mlflow.lightgbm
import mlflow.onnx
import mlflow.pyfunc
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import skl2onnx
import skops.io
import xgboost
from mlflow.models import infer_signature
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from tests.testbench.corpus import estimators

LZ4 = ("lz4",) if find_spec("lz4") else ()
"""requirements-dev.txt brings it; where it is not there, what is said of that is tested instead."""

RNG = np.random.default_rng(5)
MIXED = pd.DataFrame(
    {"age": RNG.normal(45, 12, 120), "visits": RNG.poisson(3, 120).astype(float), "region": RNG.choice(["n", "w"], 120)}
)
ROWS = MIXED[["age", "visits"]]
TARGET = (ROWS["age"] > 45).astype(int)
SEVERAL = ROWS["visits"].clip(2, 4).map({2: "few", 3: "some", 4: "many"})
NUMBER = ROWS["age"] * 2 + ROWS["visits"]


@dataclass(frozen=True)
class Benign:
    """make: writes a file into an empty folder. expected: what its own library answers for ``rows``."""

    name: str
    make: Callable[[Path], Path]
    expected: Callable[[], Any]
    rows: pd.DataFrame
    task: str | None


@cache
def classifier() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, TARGET)


@cache
def forest() -> Any:
    return RandomForestClassifier(5, max_depth=4, random_state=0).fit(ROWS, SEVERAL)


@cache
def regressor() -> Any:
    return RandomForestRegressor(5, max_depth=4, random_state=0).fit(ROWS, NUMBER)


@cache
def mixed() -> Any:
    coded = make_column_transformer((OneHotEncoder(), ["region"]), remainder=SimpleImputer())
    return make_pipeline(coded, LogisticRegression()).fit(MIXED, TARGET)


@cache
def boosted(several: bool = False) -> Any:
    return xgboost.XGBClassifier(n_estimators=3, max_depth=2).fit(ROWS, SEVERAL.factorize()[0] if several else TARGET)


@cache
def light(target: str = "binary") -> Any:
    kind = lightgbm.LGBMRegressor if target == "number" else lightgbm.LGBMClassifier
    y = {"binary": TARGET, "several": SEVERAL, "number": NUMBER}[target]
    return kind(n_estimators=3, verbose=-1, n_jobs=1).fit(ROWS, y)


@cache
def cat(number: bool = False) -> Any:
    kind = catboost.CatBoostRegressor if number else catboost.CatBoostClassifier
    model = kind(iterations=3, verbose=False, allow_writing_files=False, thread_count=1)
    return model.fit(MIXED, NUMBER if number else TARGET, cat_features=["region"])


@cache
def graph() -> bytes:
    made: bytes = skl2onnx.to_onnx(
        classifier(), ROWS.to_numpy("float32")[:1], options={"zipmap": False}
    ).SerializeToString()
    return made


def graph_answers() -> Any:
    session = onnxruntime.InferenceSession(graph(), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: ROWS.to_numpy("float32")})[0]


def pickled(model: Callable[[], Any], protocol: int, name: str = "model.pkl") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(cloudpickle.dumps(model(), protocol=protocol))
        return folder / name

    return make


def joblibbed(model: Callable[[], Any], codec: str | None = None) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        return Path(joblib.dump(model(), folder / "model.joblib", compress=(codec, 3) if codec else 0)[0])

    return make


def saved(name: str, save: Callable[[str], Any]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        save(str(folder / name))
        return folder / name

    return make


def zipped(
    save: Callable[..., None], model: Callable[[], Any], top: bool = True, **more: Any
) -> Callable[[Path], Path]:
    """The zip of a model folder; not ``top``: with the folder in it."""

    def make(folder: Path) -> Path:
        save(model(), folder / "made" / "m", pip_requirements=[], **more)
        return archived(folder / "made" / "m" if top else folder / "made", folder / "model")

    return make


def archived(root: Path, name: Path) -> Path:
    return Path(shutil.make_archive(str(name), "zip", root))


class OwnClass(BaseEstimator):
    """Somebody's own, pickled by value."""

    def predict(self, rows: pd.DataFrame) -> np.ndarray:
        return np.asarray(rows["age"] + rows["visits"])


def _own(folder: Path) -> Path:
    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    return pickled(OwnClass, 5)(folder)


SKLEARN: dict[str, tuple[Any, Any]] = {
    "histogram boosting": (HistGradientBoostingClassifier(max_iter=3), TARGET),
    "boosting, numbers": (GradientBoostingRegressor(n_estimators=3), NUMBER),
    "neighbours": (KNeighborsClassifier(), SEVERAL),
    "a network": (MLPClassifier((3,), max_iter=20), TARGET),
    "a search": (GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2), TARGET),
    "a calibrated one": (CalibratedClassifierCV(LogisticRegression(), cv=2), TARGET),
    "a support vector machine": (SVC(), SEVERAL),
    "a line": (LinearRegression(), NUMBER),
}


def cases() -> Iterator[Benign]:
    def case(
        name: str, make: Any, model: Callable[[], Any], rows: pd.DataFrame = ROWS, task: Any = "classifier"
    ) -> Benign:
        return Benign(name, make, lambda: np.asarray(model().predict(rows)).ravel(), rows, task)

    for protocol in range(6):
        yield case(f"a pickle of protocol {protocol}", pickled(classifier, protocol), classifier)
    for codec in (None, "zlib", "gzip", "bz2", "xz", "lzma", *LZ4):
        yield case(f"joblib, {codec or 'plain'}", joblibbed(forest, codec), forest)
    for name, (model, target) in SKLEARN.items():
        task = "regressor" if target is NUMBER else "classifier"
        fitted = cache(lambda model=model, target=target: model.fit(ROWS, target))
        yield case(name, joblibbed(fitted), fitted, task=task)
    yield from _estimators(case)
    yield case("a forest of numbers", pickled(regressor, 5, "model.pickle"), regressor, task="regressor")
    yield case("a pipeline with categories", pickled(mixed, 4, "model"), mixed, MIXED)
    yield case("skops", saved("m.skops", lambda path: skops.io.dump(classifier(), path)), classifier)
    yield case("a class of its author's", _own, OwnClass, task=None)
    yield case("XGBoost's JSON of scikit-learn's kind, pickled", pickled(boosted, 5), boosted)
    yield case("LightGBM, pickled", joblibbed(light), light)
    yield case("CatBoost's cbm", saved("m.cbm", lambda path: cat().save_model(path)), cat, MIXED)
    yield case(
        "CatBoost, numbers",
        saved("m.cbm", lambda path: cat(True).save_model(path)),
        lambda: cat(True),
        MIXED,
        "regressor",
    )
    yield case("LightGBM's text, numbers", saved("m.txt", lambda path: light("number").booster_.save_model(path)),
               lambda: light("number"), task="regressor")  # fmt: skip
    for name in ("m.json", "m.ubj"):
        yield Benign(f"XGBoost, {name[2:]}", saved(name, lambda path: boosted().save_model(path)),
                     lambda: boosted().predict_proba(ROWS)[:, 1], ROWS, "classifier")  # fmt: skip
    yield Benign("XGBoost, several classes", saved("m.ubj", lambda path: boosted(True).save_model(path)),
                 lambda: boosted(True).predict_proba(ROWS), ROWS, "classifier")  # fmt: skip
    yield Benign("LightGBM's text", saved("m.txt", lambda path: light().booster_.save_model(path)),
                 lambda: light().predict_proba(ROWS)[:, 1], ROWS, "classifier")  # fmt: skip
    onnx = saved("m.onnx", lambda path: Path(path).write_bytes(graph()))
    yield Benign("ONNX", onnx, graph_answers, ROWS, "classifier")
    yield from _boosters(case)
    yield from _others(case)
    yield from _zips(case)


def _estimators(case: Any) -> Iterator[Benign]:
    """By turns as joblib and as cloudpickle write them."""
    groups = (
        (estimators.TWO, ROWS, TARGET, "classifier"),
        (estimators.SEVERAL, ROWS, SEVERAL, "classifier"),
        (estimators.NUMBER, ROWS, NUMBER, "regressor"),
        (estimators.WITH_TEXTS, MIXED, TARGET, "classifier"),
    )
    for models, rows, target, task in groups:
        for at, (name, model) in enumerate(models.items()):
            fitted = cache(lambda model=model, rows=rows, target=target: model.fit(rows, target))
            own = "regressor" if name == "a random search" else task
            yield case(name, joblibbed(fitted) if at % 2 else pickled(fitted, 5), fitted, rows, own)


@cache
def categories() -> Any:
    """Of columns that are categories of pandas."""
    frame = MIXED.astype({"region": "category"})
    return HistGradientBoostingClassifier(max_iter=3, categorical_features="from_dtype").fit(frame, TARGET)


@cache
def nameless() -> Any:
    """Fitted to an array: it knows no names of columns."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS.to_numpy(), TARGET)


@cache
def own_function() -> Any:
    """With a function of its author's, pickled by value."""
    return make_pipeline(FunctionTransformer(lambda rows: rows.clip(0, 100)), LogisticRegression()).fit(ROWS, TARGET)


@cache
def texts() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(ROWS, TARGET.map({0: "no", 1: "yes"}))


def _boosters(case: Any) -> Iterator[Benign]:
    for name, kind in {"XGBoost": xgboost.XGBRegressor, "LightGBM": lightgbm.LGBMRegressor}.items():
        more = {"verbose": -1} if name == "LightGBM" else {}
        fitted = cache(lambda kind=kind, more=more: kind(n_estimators=3, n_jobs=1, **more).fit(ROWS, NUMBER))
        yield case(f"{name}, numbers, in joblib", joblibbed(fitted), fitted, task="regressor")
    yield case("LightGBM, several classes", pickled(lambda: light("several"), 5), lambda: light("several"))
    yield case("CatBoost, pickled", pickled(cat, 5), cat, MIXED)
    yield case("XGBoost in a pipeline", joblibbed(_piped), _piped)
    yield case("XGBoost by skops", saved("m.skops", lambda path: skops.io.dump(boosted(), path)), boosted)
    number = cache(lambda: xgboost.XGBRegressor(n_estimators=3).fit(ROWS, NUMBER))
    yield case("XGBoost's JSON, numbers", saved("m.json", lambda path: number().save_model(path)), number,
               task="regressor")  # fmt: skip


@cache
def _piped() -> Any:
    return make_pipeline(StandardScaler(), xgboost.XGBClassifier(n_estimators=3)).fit(ROWS, TARGET)


def _others(case: Any) -> Iterator[Benign]:
    yield case("categories of pandas", joblibbed(categories), categories, MIXED)
    yield case("a model that knows no names", joblibbed(nameless), nameless)
    yield case("a function of its author's", pickled(own_function, 5), own_function)
    yield case("classes that are texts", pickled(texts, 4), texts)
    yield case("joblib, gzip by its name", saved("m.joblib.gz", lambda path: joblib.dump(forest(), path)), forest)
    yield case("skops of a pipeline", saved("m.skops", lambda path: skops.io.dump(mixed(), path)), mixed, MIXED)
    graph_of_numbers = saved("m.onnx", lambda path: Path(path).write_bytes(
        skl2onnx.to_onnx(regressor(), ROWS.to_numpy("float32")[:1]).SerializeToString()))  # fmt: skip
    yield case("ONNX, numbers", graph_of_numbers, regressor, task="regressor")


def _zips(case: Any) -> Iterator[Benign]:
    skops_zip = {"serialization_format": "skops"}
    yield case("an MLflow zip, skops", zipped(mlflow.sklearn.save_model, classifier, **skops_zip), classifier)
    pickle_zip = {"serialization_format": "cloudpickle"}
    with_folder = zipped(mlflow.sklearn.save_model, regressor, False, **pickle_zip)
    yield case("an MLflow zip with its folder", with_folder, regressor, task="regressor")
    yield case("an MLflow zip of XGBoost", zipped(mlflow.xgboost.save_model, boosted), boosted)
    yield case("an MLflow zip of CatBoost", zipped(mlflow.catboost.save_model, cat), cat, MIXED)
    yield case("an MLflow zip of LightGBM", zipped(mlflow.lightgbm.save_model, light, **skops_zip), light)
    with_example = {**pickle_zip, "input_example": ROWS[:3], "signature": infer_signature(ROWS, TARGET)}
    yield case(
        "an MLflow zip with a signature", zipped(mlflow.sklearn.save_model, classifier, **with_example), classifier
    )
    yield Benign("an MLflow zip of ONNX", zipped(mlflow.onnx.save_model, lambda: onnx.load_from_string(graph())),
                 graph_answers, ROWS, "classifier")  # fmt: skip
    pyfunc = zipped(_by_value, Doubled)
    yield case("an MLflow zip of a function", pyfunc, lambda: OwnClass(), task=None)


def _by_value(model: Any, path: Path, **more: Any) -> None:
    cloudpickle.register_pickle_by_value(__import__(__name__, fromlist=["_"]))
    mlflow.pyfunc.save_model(path, python_model=model, **more)


class Doubled(mlflow.pyfunc.PythonModel):  # type: ignore[misc]
    """The same as ``OwnClass``, as MLflow has it."""

    def predict(self, context, model_input):  # type: ignore[no-untyped-def]  # noqa: ARG002  hints are MLflow's schema
        return np.asarray(model_input["age"] + model_input["visits"])
