"""The child process that opens a model file: the request as argument, rows as Parquet on standard input; on standard
output eight bytes for each row, its probability, and after them what the model is, as text.

It runs confined and isolated from the project (``python -I``), of which it knows this folder only, and says what went
wrong in one line on standard error; see the README of this folder.
"""

import json
import os
import re
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import yaml

from sandbox import (
    align,
    answers,
    evidence,
    labels,  # of the project, `confine` lets this folder be known
)
from sandbox.align import Refused, Rows
from sandbox.trusted import REVIEWED

NAME_BYTES = 100


def main() -> None:
    warnings.filterwarnings("ignore")  # libraries' remarks on versions; what matters is said by an exception
    answer = _own_output()
    request = json.loads(sys.argv[1])
    frame: Any = pd.read_parquet(sys.stdin.buffer)
    found, name = answered(request, Rows(frame, frame.attrs["prepared"], frame.attrs["features"]))
    answer.write(found.astype("<f8").tobytes())
    answer.write(name.encode("utf-8", "replace")[:NAME_BYTES])
    answer.flush()


def _own_output() -> BinaryIO:
    """Standard output, out of reach of what a model prints."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return answer


def answered(request: dict[str, Any], rows: Rows) -> tuple[np.ndarray, str]:
    """The probability of the positive class for each row, and what the model is."""
    folder = Path(request["model"])
    mlmodel = yaml.safe_load((folder / "MLmodel").read_text("utf-8"))
    _know_code(folder, mlmodel)
    if request["preprocessor"]:
        preprocessor = opened(load_pickle, Path(request["preprocessor"]))
        made = preprocessor.transform(align.aligned(rows, preprocessor, evidence.NO_DATA, separate=True))
        model = opened(load, folder, mlmodel)
        features = align.renamed(made, preprocessor, model)
    else:
        model = opened(load, folder, mlmodel)
        features = align.aligned(rows, model, evidence.described(folder, mlmodel))
    found = np.asarray(answers.probability(model, features, _labels(request)), dtype=float)
    if found.shape != (len(rows),):
        raise Refused(f"probabilities of shape {found.shape} came for {len(rows)} rows")
    return found, answers.name_of(model)


def _labels(request: dict[str, Any]) -> labels.Labels | None:
    said = request["labels"]
    return labels.Labels(tuple(said["seen"]), said["positive"]) if said else None


def _know_code(folder: Path, mlmodel: dict[str, Any]) -> None:
    """Modules that were logged with the model (``code_paths``), as MLflow finds them."""
    for flavor in mlmodel.get("flavors", {}).values():
        code = folder / str((flavor or {}).get("code") or "no code")
        if code.is_dir() and str(code) not in sys.path:
            sys.path.insert(0, str(code))


def opened(load: Callable[..., Any], *arguments: Any) -> Any:
    """What ``load`` makes of them; what its author's modules are lacking is said as such."""
    try:
        return load(*arguments)
    except ModuleNotFoundError as error:
        raise Refused(
            f"it needs the module {error.name!r}, which is not installed here and did not come with it; "
            "code of your own is logged with code_paths"
        ) from error
    except AttributeError as error:
        lost = re.search(r"(?:Can't get attribute|module '[\w.]+' has no attribute) '(\w+)'", str(error))
        if lost is None:
            raise
        raise Refused(
            f"it needs {lost[1]!r} of its author's module, which is not the one here ({error}); "
            "code of your own is logged with code_paths"
        ) from error


def load(folder: Path, mlmodel: dict[str, Any]) -> Any:
    """The model by its own flavour: scikit-learn (skops, cloudpickle, pickle, joblib) or XGBoost."""
    flavors = mlmodel.get("flavors", {})
    if "sklearn" in flavors:
        flavor = flavors["sklearn"]
        file = folder / flavor["pickled_model"]
        if flavor.get("serialization_format") == "skops":
            return load_skops(file)
        return load_pickle(file)
    if "xgboost" in flavors:
        return load_xgboost(folder, flavors["xgboost"])
    raise Refused(f"flavours {sorted(flavors)} came, sklearn or xgboost was wanted")


def load_skops(file: Path) -> Any:
    """Whatever types the file wants to be trusted: those that were reviewed are."""
    import skops.io

    return skops.io.load(file, trusted=sorted(REVIEWED.intersection(skops.io.get_untrusted_types(file=file))))


def load_pickle(file: Path) -> Any:
    """joblib reads its own format and plain pickles, cloudpickle's included."""
    import joblib

    return joblib.load(file)


def load_xgboost(folder: Path, flavor: dict[str, Any]) -> Any:
    import xgboost

    kind = str(flavor.get("model_class", "xgboost.core.Booster")).rsplit(".", 1)[-1]
    if kind not in XGBOOST:
        raise Refused(f"an XGBoost model of class {kind} came, one of {', '.join(XGBOOST)} was wanted")
    loaded = getattr(xgboost, kind)()
    loaded.load_model(folder / flavor["data"])
    return loaded


XGBOOST = ("XGBClassifier", "Booster", "XGBRFClassifier", "XGBRegressor", "XGBRFRegressor")
"""A regressor too may predict probabilities: its objective tells."""


def said(error: Exception) -> str:
    """One line: the user's words where they are ours, else the library's with the kind of the exception."""
    lines = str(error).strip().splitlines()[:1]
    return ": ".join(lines if isinstance(error, Refused | labels.LabelError) else [type(error).__name__, *lines])


if __name__ == "__main__":
    try:
        main()
        code = 0
    except Exception as error:  # whatever a model file raises; the parent shows the last line
        print(said(error), file=sys.stderr, flush=True)
        code = 1
    os._exit(code)  # native libraries that abort while they are torn down should not spoil the answer
