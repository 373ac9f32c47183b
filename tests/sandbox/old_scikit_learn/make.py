"""Makes the pickles of an older scikit-learn that lie beside this script, each as small as it can be.

uv venv --python 3.11 old && uv pip install --python old/bin/python scikit-learn==1.2.2 "numpy<2" "pandas<2.2"
old/bin/python make.py
"""

import pickle
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ROWS = pd.DataFrame({"age": np.linspace(20, 80, 40), "region": ["north", "west"] * 20})
TARGET = (ROWS["age"] > 45).astype(int)
NUMBERS = ROWS[["age"]]
MODELS = {
    "regression": make_pipeline(StandardScaler(), LogisticRegression()).fit(NUMBERS, TARGET),
    "imputed": make_pipeline(SimpleImputer(), LogisticRegression()).fit(NUMBERS, TARGET),
    "forest": RandomForestClassifier(2, max_depth=2, random_state=0).fit(NUMBERS, TARGET),
    "boosting": HistGradientBoostingClassifier(max_iter=2, max_leaf_nodes=3).fit(NUMBERS, TARGET),
    "columns": make_pipeline(
        make_column_transformer((OneHotEncoder(), ["region"]), remainder="passthrough"), LogisticRegression()
    ).fit(ROWS, TARGET),
}

if __name__ == "__main__":
    for name, model in MODELS.items():
        (Path(__file__).parent / f"{name}.pkl").write_bytes(pickle.dumps(model))
