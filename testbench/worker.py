"""The child process that opens a model file: the request as argument, rows as Parquet on standard input; on standard
output eight bytes for each row, its probability.

It runs confined and isolated from the project (``python -I``) and says what went wrong in one line on standard error;
see the README of this folder.
"""

import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import yaml


class Refused(Exception):
    """Something about the model that the user can understand."""


def main() -> None:
    warnings.filterwarnings("ignore")  # libraries' remarks on versions; what matters is said by an exception
    answer = _own_output()
    request = json.loads(sys.argv[1])
    features: Any = pd.read_parquet(sys.stdin.buffer)
    answer.write(probability(request, features).astype("<f8").tobytes())
    answer.flush()


def _own_output() -> BinaryIO:
    """Standard output, out of reach of what a model prints."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return answer


def probability(request: dict[str, Any], features: Any) -> np.ndarray:
    rows = len(features)
    if request["preprocessor"]:
        features = load_pickle(Path(request["preprocessor"])).transform(features)
    model = load(Path(request["model"]))
    found = np.asarray(positive(model, features), dtype=float)
    if found.shape != (rows,):
        raise Refused(f"probabilities of shape {found.shape} came for {rows} rows")
    return found


def load(folder: Path) -> Any:
    """The model by its own flavour: scikit-learn (skops, cloudpickle, pickle, joblib) or XGBoost."""
    flavors = yaml.safe_load((folder / "MLmodel").read_text()).get("flavors", {})
    if "sklearn" in flavors:
        flavor = flavors["sklearn"]
        file = folder / flavor["pickled_model"]
        if flavor.get("serialization_format") == "skops":
            return load_skops(file, flavor.get("skops_trusted_types") or [])
        return load_pickle(file)
    if "xgboost" in flavors:
        return load_xgboost(folder, flavors["xgboost"])
    raise Refused(f"flavours {sorted(flavors)} came, sklearn or xgboost was wanted")


REVIEWED = {"xgboost.core.Booster", "xgboost.sklearn.XGBClassifier"}


def load_skops(file: Path, trusted: list[str]) -> Any:
    """The file's own list of types to trust counts only as far as we have reviewed them."""
    import skops.io

    return skops.io.load(file, trusted=[name for name in trusted if name in REVIEWED])


def load_pickle(file: Path) -> Any:
    """joblib reads its own format and plain pickles, cloudpickle's included."""
    import joblib

    return joblib.load(file)


def load_xgboost(folder: Path, flavor: dict[str, Any]) -> Any:
    import xgboost

    kind = str(flavor.get("model_class", "xgboost.core.Booster")).rsplit(".", 1)[-1]
    model = {"XGBClassifier": xgboost.XGBClassifier, "Booster": xgboost.Booster}.get(kind)
    if model is None:
        raise Refused(f"an XGBoost model of class {kind} came, XGBClassifier or Booster was wanted")
    loaded = model()
    loaded.load_model(folder / flavor["data"])
    return loaded


def positive(model: Any, features: Any) -> np.ndarray:
    if hasattr(model, "predict_proba"):
        table = np.asarray(model.predict_proba(features))
        if table.ndim != 2 or table.shape[1] != 2:
            raise Refused(f"probabilities of shape {table.shape} came, two classes were wanted")
        return table[:, 1]
    if type(model).__name__ == "Booster":
        import xgboost

        return np.asarray(model.predict(xgboost.DMatrix(features)))
    raise Refused(f"a {type(model).__name__} came, a classifier with predict_proba was wanted")


if __name__ == "__main__":
    try:
        main()
        code = 0
    except Exception as error:  # whatever a model file raises; the parent shows the last line
        lines = str(error).strip().splitlines()
        print(": ".join([type(error).__name__, *lines[:1]]), file=sys.stderr, flush=True)
        code = 1
    os._exit(code)  # native libraries that abort while they are torn down should not spoil the answer
