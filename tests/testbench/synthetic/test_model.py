"""A model takes the rows that are drawn by what it says of itself, and those that are drawn like its sample's."""

from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from sandbox.session import open_model
from testbench.schema.detect import from_model, from_sample
from testbench.schema.schema import Kind
from testbench.synthetic.generate import generate

pytestmark = pytest.mark.slow


def test_a_model_takes_rows_of_its_own_schema(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    sample = pd.DataFrame(
        {
            "age": rng.normal(50, 10, 200),
            "sex": rng.choice(["f", "m", None], 200),
            "cylinders": rng.choice([4, 6, 8], 200),
        }
    )
    classes, numbers = ["sex", "cylinders"], ["age"]
    model = make_pipeline(
        make_column_transformer((OneHotEncoder(handle_unknown="error"), classes), (SimpleImputer(), numbers)),
        LogisticRegression(max_iter=1_000),
    ).fit(sample, sample["age"] > 50)
    joblib.dump(model, tmp_path / "model.joblib")
    with open_model(tmp_path / "model.joblib") as session:
        schema = from_model(session.describe())
        assert schema is not None
        assert [column.kind for column in schema.columns] == [Kind.FLOAT, Kind.CATEGORICAL, Kind.CATEGORICAL]
        assert schema.column("cylinders").classes == (4, 6, 8)
        alone = session.predict_proba(generate(schema, 100, seed=0))
        beside = session.predict_proba(generate(from_sample(sample), 100, seed=0, sample=sample))
    for answers in (alone, beside):
        assert answers.shape == (100, 2)
        assert np.isfinite(answers).all()
    assert 0.2 < (beside[:, 1] > 0.5).mean() < 0.8
