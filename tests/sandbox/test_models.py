"""Models that other tools made, in the real child process: each gives its library's own score, or a sentence that says
why not. Never a third thing."""

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import mlflow.pyfunc
import mlflow.sklearn
import mlflow.xgboost
import numpy as np
import pandas as pd
import pytest
import xgboost
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
    VotingClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, TargetEncoder

from datasets.frames import features_and_target, labels, unreserved
from lifecycle.experiment import DataSpec
from mlflow_io.registry import TRUSTED_TYPES
from pipeline.train import train
from sandbox.shown import Shown
from sandbox.warm import WarmParent
from tests.sandbox.one_question import Answer, ModelError, predict

pytestmark = pytest.mark.slow

NUMBERS, CATEGORIES = ["age", "income", "visits"], ["plan", "region", "smoker"]
NAMES = [*NUMBERS, *CATEGORIES]


def made(rows: int = 300) -> pd.DataFrame:
    """Three numbers, and categories that are whole numbers, text with gaps, and truth values."""
    rng = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "age": rng.normal(45, 12, rows),
            "income": rng.normal(0, 1, rows),
            "visits": rng.poisson(3, rows),
            "plan": rng.choice([10, 20, 70], rows),
            "region": rng.choice(["north", "south", "west"], rows),
            "smoker": rng.random(rows) < 0.4,
        }
    )
    risk = (frame["age"] - 45) / 12 + 1.2 * (frame["plan"] == 20) + 0.8 * (frame["region"] == "west") - frame["income"]
    frame["y"] = (risk + frame["smoker"] + rng.normal(0, 1, rows) > 1).astype(int)
    return frame


DATA = made()
TRAIN, TEST = DATA[:200], DATA[200:]
Y = TRAIN["y"]
NUMERIC = [*NUMBERS, "plan"]


def encoded(encoder: Any, names: list[str] = NAMES, *before: Any) -> ColumnTransformer:
    chosen = [name for name in names if name in CATEGORIES]
    coded = make_pipeline(*before, encoder) if before else encoder
    return ColumnTransformer([("categories", coded, chosen)], remainder="passthrough")


def forest(**options: Any) -> RandomForestClassifier:
    return RandomForestClassifier(n_estimators=10, random_state=0, **options)


def xgb(**options: Any) -> xgboost.XGBClassifier:
    return xgboost.XGBClassifier(n_estimators=5, max_depth=3, n_jobs=1, **options)


@dataclass(frozen=True)
class Case:
    """fit: the training rows -> a model. proba: what the library itself gives for the test rows, of the positive class.
    take: the columns of the training rows. rows: what becomes of the test rows on the way here. said: a part of the
    refusal; empty where the model is to be scored."""

    fit: Callable[[pd.DataFrame], Any]
    proba: Callable[[Any, pd.DataFrame], np.ndarray] = lambda model, rows: model.predict_proba(rows)[:, 1]
    take: list[str] = field(default_factory=lambda: NAMES)
    rows: Callable[[pd.DataFrame], pd.DataFrame] = lambda rows: rows
    target: Callable[[pd.Series], Any] = lambda y: y
    positive: Any = None
    features: list[str] | None = None
    signature: bool = False
    example: bool = False
    said: str = ""
    kind: str = ""
    save: Callable[[Any, Path], None] | None = None
    preprocessor: Callable[[pd.DataFrame], Any] | None = None


ORDERED = ["plan", "visits", "income", "age"]


def shuffled(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[[*rows.columns[::-1]]]


def booster(objective: str, names: list[str] = NUMERIC, **options: Any) -> Callable[[pd.DataFrame], xgboost.Booster]:
    settings = {"objective": objective, "max_depth": 3, "nthread": 1, **options}
    return lambda rows: xgboost.train(settings, xgboost.DMatrix(rows[names], Y), 5)


def drawn(model: xgboost.Booster, rows: pd.DataFrame) -> np.ndarray:
    return model.predict(xgboost.DMatrix(rows))


def sigmoid(margin: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-margin))


def ill(y: pd.Series) -> pd.Series:
    """1 means ill, 2 means well."""
    return y.map({1: 1, 0: 2})


def doctor(y: pd.Series) -> pd.Series:
    return y.map({1: "doctor", 0: "none"})


def signs(y: pd.Series) -> pd.Series:
    return y.map({1: 1, 0: -1})


def first(model: Any, rows: pd.DataFrame) -> np.ndarray:
    return model.predict_proba(rows)[:, 0]


def as_text(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{name: rows[name].astype(str) for name in CATEGORIES})


def as_text_of_floats(rows: pd.DataFrame) -> pd.DataFrame:
    return as_text(rows.assign(plan=rows["plan"] * 1.0))


def as_categories(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{name: rows[name].astype("category") for name in CATEGORIES if name in rows})


def with_gaps(rows: pd.DataFrame) -> pd.DataFrame:
    gaps = np.arange(len(rows)) % 7 == 0
    return rows.assign(region=rows["region"].mask(gaps), plan=rows["plan"].mask(gaps))


def onehot(**options: Any) -> OneHotEncoder:
    return OneHotEncoder(**{"handle_unknown": "ignore", **options})


LOGISTIC = LogisticRegression(max_iter=500)
PIPELINE = lambda rows: make_pipeline(encoded(onehot()), forest()).fit(rows, Y)  # noqa: E731


def own_objective(truth: np.ndarray, margin: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    chance = sigmoid(margin)
    return chance - truth, chance * (1 - chance)


def numbers_only(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(plan=rows["plan"] / 10, smoker=rows["smoker"] * 1.0).drop(columns="region")


numbers_only.__module__ = "__main__"

CASES = {
    # Which class is meant
    "classes 1 and 2 of which 1 is ill": Case(
        lambda rows: make_pipeline(encoded(onehot()), forest()).fit(rows, ill(Y)), first, target=ill, positive=1
    ),
    "classes that are text": Case(
        lambda rows: make_pipeline(encoded(onehot()), forest()).fit(rows, doctor(Y)),
        first, target=doctor, positive="doctor",
    ),
    "the other one of them": Case(
        lambda rows: make_pipeline(encoded(onehot()), forest()).fit(rows, doctor(Y)),
        lambda model, rows: model.predict_proba(rows)[:, 1], target=doctor, positive="none",
    ),
    "classes -1 and 1": Case(lambda rows: forest().fit(rows, signs(Y)), take=NUMERIC, target=signs),
    "classes -1 and 1, rows of 0 and 1": Case(lambda rows: forest().fit(rows, signs(Y)), take=NUMERIC),
    "truth values": Case(lambda rows: forest().fit(rows, Y == 1), take=NUMERIC, target=lambda y: y == 1),
    "classes 1 and 2 that nobody named": Case(
        lambda rows: forest().fit(rows, ill(Y)), take=NUMERIC, said="its classes are 1, 2, and nothing says which"
    ),
    "classes that are text that nobody named": Case(
        lambda rows: forest().fit(rows, doctor(Y)), take=NUMERIC, said="its classes are 'doctor', 'none', and nothing"
    ),
    "labels turned into numbers by somebody": Case(
        lambda rows: xgb().fit(rows, Y), take=NUMERIC, target=doctor, positive="doctor",
        said="its classes are 0, 1, and those of the rows",
    ),
    "a booster and labels that are text": Case(
        booster("binary:logistic"), drawn, take=NUMERIC, target=doctor, positive="doctor", said="its classes are 0, 1"
    ),
    "three classes": Case(
        lambda rows: forest().fit(rows, TRAIN["plan"]), take=NUMBERS, said="its classes are 10, 20, 70, expected two"
    ),
    "one class": Case(lambda rows: forest().fit(rows, Y * 0), take=NUMBERS, said="its classes are 0, expected two"),
    "two targets": Case(
        lambda rows: forest().fit(rows, np.column_stack([Y, 1 - Y])), take=NUMBERS, said="it predicts 2 targets at once"
    ),
    # Types
    "whole numbers as categories": Case(
        lambda rows: make_pipeline(encoded(onehot()), forest()).fit(rows, Y),
        kind="RandomForestClassifier",
    ),
    "a strict encoder of whole numbers": Case(
        lambda rows: make_pipeline(encoded(OneHotEncoder()), LOGISTIC).fit(rows, Y)
    ),
    "whole numbers as places in an order": Case(
        lambda rows: make_pipeline(encoded(OrdinalEncoder()), forest()).fit(rows, Y)
    ),
    "an encoder that learns from the target": Case(
        lambda rows: make_pipeline(encoded(TargetEncoder(random_state=0)), forest()).fit(rows, Y)
    ),
    "categories as text": Case(
        lambda rows: make_pipeline(encoded(OneHotEncoder()), forest()).fit(as_text(rows), Y),
        lambda model, rows: model.predict_proba(as_text(rows))[:, 1],
    ),
    "categories as the text of floats": Case(
        lambda rows: make_pipeline(encoded(OneHotEncoder()), forest()).fit(as_text_of_floats(rows), Y),
        lambda model, rows: model.predict_proba(as_text_of_floats(rows))[:, 1],
    ),
    "text where the model knows numbers": Case(PIPELINE, rows=lambda rows: rows.assign(plan=rows["plan"].astype(str))),
    "words where the model knows numbers": Case(
        PIPELINE, rows=lambda rows: rows.assign(plan="basic"),
        said="column 'plan': got text ('basic'), expected whole numbers",
    ),
    "words where the model knows truth values": Case(
        PIPELINE, rows=lambda rows: rows.assign(smoker="often"),
        said="column 'smoker': got text ('often'), expected truth values",
    ),
    "0 and 1 where the model knows truth values": Case(PIPELINE, rows=lambda rows: rows.assign(smoker=rows.smoker * 1)),
    "gaps that an imputer fills": Case(
        lambda rows: make_pipeline(
            encoded(onehot(), NAMES, SimpleImputer(strategy="most_frequent")), forest()
        ).fit(rows.assign(smoker=rows.smoker.astype(int)), Y),
        lambda model, rows: model.predict_proba(with_gaps(rows).assign(smoker=rows.smoker.astype(int)))[:, 1],
        rows=with_gaps,
    ),
    "gaps that an encoder knows": Case(
        lambda rows: make_pipeline(encoded(onehot()), forest()).fit(with_gaps(rows), Y),
        lambda model, rows: model.predict_proba(with_gaps(rows))[:, 1], rows=with_gaps,
    ),
    "pandas' own categories": Case(
        lambda rows: HistGradientBoostingClassifier(max_iter=5).fit(as_categories(rows), Y),
        lambda model, rows: model.predict_proba(as_categories(rows))[:, 1],
    ),
    "pandas' own categories in XGBoost": Case(
        lambda rows: xgb(enable_categorical=True).fit(as_categories(rows), Y),
        lambda model, rows: model.predict_proba(as_categories(rows))[:, 1], take=NAMES[:-1], kind="XGBoost",
    ),
    "whole numbers that only a signature tells of": Case(
        lambda rows: make_pipeline(FunctionTransformer(numbers_only), LOGISTIC).fit(rows, Y), signature=True
    ),
    "no encoder at all": Case(lambda rows: forest().fit(rows, Y), take=[*NUMERIC, "smoker"]),
    # Columns
    "another order": Case(lambda rows: LOGISTIC.fit(rows, Y), take=NUMERIC, features=ORDERED),
    "another order in XGBoost": Case(lambda rows: xgb().fit(rows, Y), take=NUMERIC, features=ORDERED),
    "another order in a booster": Case(booster("binary:logistic"), drawn, take=NUMERIC, features=ORDERED),
    "no names but a signature": Case(
        lambda rows: LOGISTIC.fit(rows.to_numpy(), Y), lambda model, rows: model.predict_proba(rows.to_numpy())[:, 1],
        take=NUMERIC, features=ORDERED, signature=True,
    ),
    "no names but an input example": Case(
        lambda rows: LOGISTIC.fit(rows.to_numpy(), Y), lambda model, rows: model.predict_proba(rows.to_numpy())[:, 1],
        take=NUMERIC, features=ORDERED, example=True,
    ),
    "no names in XGBoost but a signature": Case(
        lambda rows: xgb().fit(rows.to_numpy(), Y), lambda model, rows: model.predict_proba(rows.to_numpy())[:, 1],
        take=NUMERIC, features=ORDERED, signature=True,
    ),
    "no names at all": Case(
        lambda rows: LOGISTIC.fit(rows.to_numpy(), Y), take=NUMERIC, features=ORDERED,
        said="it was trained on 4 columns without names, and no signature or input example",
    ),
    "fewer columns than there are": Case(lambda rows: forest().fit(rows, Y), take=["income", "age"]),
    "a column that is missing": Case(
        PIPELINE, rows=lambda rows: rows.drop(columns=["region"]), features=[*NUMBERS, "plan", "smoker"],
        said="it wants the column 'region', which is missing; there are 'age'",
    ),
    "a column that the experiment does not list": Case(PIPELINE, features=NUMBERS),
    "a separate preprocessor": Case(
        lambda rows: LOGISTIC.fit(encoded(OneHotEncoder()).fit_transform(rows), Y),
        lambda model, rows: model.predict_proba(encoded(OneHotEncoder()).fit(TRAIN[NAMES]).transform(rows))[:, 1],
        preprocessor=lambda rows: encoded(OneHotEncoder()).fit(rows), features=[*CATEGORIES, *NUMBERS],
    ),
    "a separate preprocessor that makes a frame": Case(
        lambda rows: xgb().fit(encoded(OrdinalEncoder()).set_output(transform="pandas").fit_transform(rows), Y),
        lambda model, rows: model.predict_proba(
            encoded(OrdinalEncoder()).set_output(transform="pandas").fit(TRAIN[NAMES]).transform(rows)
        )[:, 1],
        preprocessor=lambda rows: encoded(OrdinalEncoder()).fit(rows), features=[*CATEGORIES, *NUMBERS],
    ),
    # Kinds of models
    "a search": Case(
        lambda rows: GridSearchCV(make_pipeline(encoded(onehot()), forest()), {}, cv=2).fit(rows, Y),
        kind="RandomForestClassifier",
    ),
    "a calibrated model": Case(
        lambda rows: CalibratedClassifierCV(
            make_pipeline(encoded(onehot()), RidgeClassifier()), cv=2
        ).fit(rows, doctor(Y)),
        first, target=doctor, positive="doctor", kind="CalibratedClassifierCV",
    ),
    "models that vote": Case(
        lambda rows: VotingClassifier(
            [("a", make_pipeline(encoded(onehot()), LOGISTIC)), ("b", make_pipeline(encoded(onehot()), forest()))],
            voting="soft",
        ).fit(rows, Y),
        kind="VotingClassifier",
    ),
    "a pipeline that ends in XGBoost": Case(
        lambda rows: make_pipeline(encoded(onehot()), xgb()).fit(rows, Y), kind="XGBoost"
    ),
    "an objective of its own": Case(lambda rows: xgb(objective=own_objective).fit(rows, Y), take=NUMERIC),
    "margins": Case(booster("binary:logitraw"), lambda m, rows: sigmoid(drawn(m, rows)), take=NUMERIC),
    "margins of a classifier": Case(
        lambda rows: xgb(objective="binary:logitraw").fit(rows, Y),
        lambda model, rows: sigmoid(model.predict(rows, output_margin=True)), take=NUMERIC,
    ),
    "two classes of several": Case(
        booster("multi:softprob", num_class=2), lambda m, rows: drawn(m, rows)[:, 1], take=NUMERIC
    ),
    "two classes of several in a classifier": Case(
        lambda rows: xgb(objective="multi:softprob", num_class=2).fit(rows, Y), take=NUMERIC
    ),
    "a regression on probabilities": Case(booster("reg:logistic"), drawn, take=NUMERIC),
    "a regressor that predicts probabilities": Case(
        lambda rows: xgboost.XGBRegressor(objective="reg:logistic", n_estimators=5).fit(rows, Y),
        lambda model, rows: model.predict(rows), take=NUMERIC,
    ),
    "three classes of a booster": Case(
        booster("multi:softprob", num_class=3), drawn, take=NUMERIC, said="its classes are 0, 1, 2, expected two"
    ),
    "classes instead of probabilities": Case(
        booster("multi:softmax", num_class=2), drawn, take=NUMERIC,
        said="its objective multi:softmax gives no probabilities, expected one of binary:logistic, reg:logistic, "
        "binary:logitraw, multi:softprob",
    ),
    "a hinge": Case(
        lambda rows: xgb(objective="binary:hinge").fit(rows, Y), take=NUMERIC, said="its objective binary:hinge gives"
    ),
    "a regressor of XGBoost": Case(
        lambda rows: xgboost.XGBRegressor(n_estimators=5).fit(rows, Y), take=NUMERIC,
        said="a XGBRegressor with the objective reg:squarederror gives numbers, no probabilities",
    ),
    "a regressor": Case(
        lambda rows: RandomForestRegressor(n_estimators=5).fit(rows, Y), take=NUMERIC,
        said="got a RandomForestRegressor, which predicts numbers and no probabilities",
    ),
    "a regressor that is not called one": Case(
        lambda rows: LinearRegression().fit(rows, Y), take=NUMERIC,
        said="got a LinearRegression, which predicts numbers and no probabilities",
    ),
    "a classifier without probabilities": Case(
        lambda rows: RidgeClassifier().fit(rows, Y), take=NUMERIC,
        said="a RidgeClassifier gives no probabilities (it has no predict_proba)",
    ),
}  # fmt: skip


def spec_of(case: Case, rows: pd.DataFrame) -> DataSpec:
    listed = [name for name in case.features or case.take if name in rows]
    chosen = tuple(name for name in listed if name in NUMBERS), tuple(name for name in listed if name in CATEGORIES)
    return DataSpec(None, None, "y", "batch", "group", *chosen, positive=case.positive)


def save(case: Case, model: Any, rows: pd.DataFrame, folder: Path) -> None:
    beside: dict[str, Any] = {"pip_requirements": []}
    if case.signature:
        beside["signature"] = mlflow.models.infer_signature(rows.head())
    if case.example:
        beside["input_example"] = rows.head()
    if isinstance(model, xgboost.Booster | xgboost.XGBModel):
        mlflow.xgboost.save_model(model, folder, **beside)
    else:
        mlflow.sklearn.save_model(model, folder, serialization_format="cloudpickle", **beside)
    if case.example and not case.signature:
        (folder / "MLmodel").write_text(without_signature((folder / "MLmodel").read_text("utf-8")), "utf-8")


def without_signature(mlmodel: str) -> str:
    """As older versions of MLflow wrote it, that did not make a signature of an example."""
    import yaml

    told = yaml.safe_load(mlmodel)
    told.pop("signature", None)
    return yaml.safe_dump(told)


def asked(case: Case, model: Any, folder: Path, warm: WarmParent) -> tuple[Answer, pd.Series]:
    """As the baseline asks: rows that have been through a CSV file, and the experiment's own types beside them."""
    save(case, model, TRAIN[case.take], folder / "model")
    preprocessor = folder / "preprocessor.joblib" if case.preprocessor else None
    if case.preprocessor:
        joblib.dump(case.preprocessor(TRAIN[case.take]), preprocessor)
    rows = shuffled(case.rows(TEST).assign(y=case.target(TEST["y"])))
    rows.to_csv(folder / "test.csv", index=False)
    rows = pd.read_csv(folder / "test.csv")
    spec = spec_of(case, rows)
    features, target = features_and_target(spec, rows)
    shown = Shown(features, unreserved(spec, rows))
    return predict(folder / "model", preprocessor, shown, labels(spec, rows), warm=warm), target


@pytest.mark.parametrize("name", CASES)
def test_a_model_gives_its_librarys_own_score_or_says_why_not(tmp_path: Path, name: str, warm: WarmParent) -> None:
    case = CASES[name]
    model = case.fit(TRAIN[case.take])
    if case.said:
        with pytest.raises(ModelError) as caught:
            asked(case, model, tmp_path, warm)
        assert str(caught.value).startswith(f"the model could not be used: {case.said}")
        return
    answer, target = asked(case, model, tmp_path, warm)
    positive = case.target(TEST["y"]) == (1 if case.positive is None else case.positive)
    expected = case.proba(model, TEST[case.take])
    assert target.tolist() == positive.astype(int).tolist()
    np.testing.assert_allclose(answer.probability, expected, rtol=1e-5)
    assert roc_auc_score(target, answer.probability) == pytest.approx(roc_auc_score(positive, expected))
    assert answer.model_type == case.kind or not case.kind


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a model that answers, to be bent."""
    mlflow.sklearn.save_model(LOGISTIC.fit(TRAIN[NUMERIC], Y), tmp_path / "m", pip_requirements=[])
    return tmp_path / "m"


def refusal(folder: Path) -> str:
    with pytest.raises(ModelError) as caught:
        predict(folder, None, Shown(TEST[NUMERIC], TEST[NUMERIC]))
    return str(caught.value)


@pytest.mark.parametrize("flavour", ["spark", "pytorch", "statsmodels", "prophet"])
def test_another_flavour_is_refused_by_name(folder: Path, flavour: str) -> None:
    (folder / "MLmodel").write_text(f"flavors: {{{flavour}: {{data: model.bin}}}}")
    assert refusal(folder) == (
        f"the model could not be used: got flavours ['{flavour}'], expected one of sklearn, xgboost, lightgbm, "
        "catboost, onnx, python_function"
    )


def author_module(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A transformer of somebody's own module, which is nowhere in our environment."""
    folder.mkdir()
    (folder / f"{name}.py").write_text("def halved(rows):\n    return rows[['age', 'income']] / 2\n")
    monkeypatch.syspath_prepend(str(folder))
    return make_pipeline(FunctionTransformer(importlib.import_module(name).halved), LOGISTIC).fit(TRAIN[NUMERIC], Y)


def test_modules_that_came_with_a_model_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = author_module(tmp_path / "src", "authors_features", monkeypatch)
    mlflow.sklearn.save_model(
        model, tmp_path / "m", serialization_format="cloudpickle", pip_requirements=[],
        code_paths=[str(tmp_path / "src" / "authors_features.py")],
    )  # fmt: skip
    found = predict(tmp_path / "m", None, Shown(TEST[NUMERIC], TEST[NUMERIC])).probability
    np.testing.assert_allclose(found, model.predict_proba(TEST[NUMERIC])[:, 1])


def test_a_module_that_did_not_come_with_the_model_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = author_module(tmp_path / "src", "features_left_behind", monkeypatch)
    mlflow.sklearn.save_model(model, tmp_path / "m", serialization_format="cloudpickle", pip_requirements=[])
    assert refusal(tmp_path / "m").startswith(
        "the model could not be used: it needs the module 'features_left_behind', which is not installed here"
    )


def test_what_was_defined_in_its_authors_script_is_named(folder: Path) -> None:
    (folder / "MLmodel").write_text("flavors: {sklearn: {pickled_model: model.pkl, serialization_format: pickle}}")
    (folder / "model.pkl").write_bytes(b"c__main__\nMyScaler\n.")
    assert refusal(folder).startswith("the model could not be used: it needs 'MyScaler' of its author's module")


def test_of_the_project_a_model_can_import_nothing_but_the_sandbox(folder: Path) -> None:
    (folder / "MLmodel").write_text("flavors: {sklearn: {pickled_model: model.pkl, serialization_format: pickle}}")
    (folder / "model.pkl").write_bytes(b"csettings\nread\n.")
    assert "it needs the module 'settings'" in refusal(folder)


def test_what_a_model_calls_itself_is_short_and_printable(folder: Path) -> None:
    class Odd(LogisticRegression):
        pass

    Odd.__name__ = "\x1b[31mx\n" + "y" * 900
    mlflow.sklearn.save_model(
        Odd(max_iter=500).fit(TRAIN[NUMERIC], Y), folder.parent / "odd", serialization_format="cloudpickle",
        pip_requirements=[],
    )  # fmt: skip
    said = predict(folder.parent / "odd", None, Shown(TEST[NUMERIC], TEST[NUMERIC])).model_type
    assert said is not None
    assert said.isprintable()
    assert said.startswith("\\x1b[31mx y")
    assert len(said) <= 100 + len("\\x1b") - len("\x1b")


def test_a_model_of_our_own_pipeline_sees_what_it_was_trained_on(tmp_path: Path) -> None:
    """Its own types, gaps in the test rows included, whether its training rows had any or not."""
    spec = DataSpec(None, None, "y", "batch", "group", tuple(NUMBERS), tuple(CATEGORIES))
    for name, training in (("gaps", with_gaps(TRAIN)), ("whole", TRAIN)):
        model = train(spec, *features_and_target(spec, training))
        mlflow.sklearn.save_model(
            model, tmp_path / name, skops_trusted_types=TRUSTED_TYPES, pip_requirements=[], serialization_format="skops"
        )
        features, _ = features_and_target(spec, with_gaps(TEST))
        answer = predict(tmp_path / name, None, Shown(features, unreserved(spec, with_gaps(TEST))))
        assert answer.probability.tolist() == model.predict_proba(features)[:, 1].tolist()
        assert answer.model_type == "XGBoost"
