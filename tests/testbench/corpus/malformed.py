"""Files that are no models, or were: broken, empty, of another kind, uploaded by mistake."""

import gzip
import json
import pickle
import sqlite3
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pandas as pd
import skops.io
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tests.testbench.corpus import benign
from tests.testbench.corpus.world import Case, World

Make = Callable[[Path, World], Path]
NOISE = np.random.default_rng(7).bytes(4_096)


def holding(name: str, content: bytes) -> Make:
    def make(folder: Path, world: World) -> Path:
        del world
        (folder / name).write_bytes(content)
        return folder / name

    return make


def cut(name: str, made: Callable[[Path], Path], share: float = 0.6) -> Make:
    """The beginning of a good file."""

    def make(folder: Path, world: World) -> Path:
        del world
        content = made(folder).read_bytes()
        (folder / name).write_bytes(content[: int(len(content) * share)])
        return folder / name

    return make


def bent(name: str, made: Callable[[Path], Path]) -> Make:
    """A good file with noise in its middle."""

    def make(folder: Path, world: World) -> Path:
        del world
        content = bytearray(made(folder).read_bytes())
        middle = len(content) // 3
        content[middle : middle + 200] = NOISE[:200]
        (folder / name).write_bytes(content)
        return folder / name

    return make


def of(thing: Any) -> Make:
    return holding("model.pkl", pickle.dumps(thing))


def saved(name: str, save: Callable[[Path], Any]) -> Make:
    def make(folder: Path, world: World) -> Path:
        del world
        save(folder / name)
        return folder / name

    return make


def _zip(**files: str) -> Callable[[Path], None]:
    def save(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)

    return save


def _tar(path: Path) -> None:
    with tarfile.open(path, "w:gz") as archive:
        archive.add(Path(__file__), "model/readme.txt")


def _config() -> str:
    text: str = benign.boosted().get_booster().save_config()
    return text


SKOPS = benign.saved("good.skops", lambda path: skops.io.dump(benign.classifier(), path))
LGBM = benign.saved("good.txt", lambda path: benign.light().booster_.save_model(path))
CAT = benign.saved("good.cbm", lambda path: benign.cat().save_model(path))
XGB = benign.saved("good.json", lambda path: benign.boosted().save_model(path))
UBJ = benign.saved("good.ubj", lambda path: benign.boosted().save_model(path))
ONNX = benign.saved("good.onnx", lambda path: Path(path).write_bytes(benign.graph()))
NOTEBOOK = json.dumps({"cells": [], "nbformat": 4}).encode()

FILES: dict[str, Make] = {
    "nothing": holding("model.pkl", b""),
    "noise": holding("model.pkl", NOISE),
    "a web page": holding("model.pkl", b"<!DOCTYPE html><html><title>Sign in</title></html>"),
    "a pointer of Git LFS": holding("model.joblib", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"),
    "a notebook": holding("model.json", NOTEBOOK),
    "a JSON document": holding("model.json", b'{"a": [1, 2]}'),
    "an image": holding("model.pkl", b"\x89PNG\r\n\x1a\n" + NOISE),
    "a PDF": holding("model.pkl", b"%PDF-1.7\n" + NOISE),
    "a program": holding("model.pkl", b"\x7fELF" + NOISE),
    "weights": holding("model.pkl", (60).to_bytes(8, "little") + b'{"w":{"dtype":"F32"}}' + NOISE),
    "HDF5": holding("model.h5", b"\x89HDF\r\n\x1a\n" + NOISE),
    "PyTorch": saved("model.pkl", _zip(**{"m/data.pkl": "x", "m/version": "3"})),
    "Keras": saved("model.zip", _zip(**{"config.json": "{}", "model.weights.h5": "x"})),
    "a zip of something else": saved("model.zip", _zip(**{"readme.md": "x", "b.md": "y"})),
    "source code": holding("model.pkl", b"import os\n\nprint(os.name)\n"),
    "a table": saved("model.pkl", lambda path: benign.MIXED.to_csv(path)),
    "a table in Parquet": saved("model.pkl", lambda path: benign.MIXED.to_parquet(path)),
    "an MLmodel alone": holding("MLmodel", b"flavors:\n  sklearn: {}\n"),
    "a compressed file that breaks off": cut("model.joblib", benign.joblibbed(benign.forest, "gzip")),
    "a pickle that breaks off": cut("model.pkl", benign.pickled(benign.classifier, 4)),
    "a joblib file that breaks off": cut("model.joblib", benign.joblibbed(benign.forest)),
    "a gzip of a table": holding("model.joblib", gzip.compress(b"a,b\n1,2\n3,4\n")),
    "gzip in gzip": holding("model.joblib", gzip.compress(gzip.compress(pickle.dumps(1)))),
    "a later protocol": holding("model.pkl", b"\x80\x09N."),
    "LightGBM that breaks off": cut("model.txt", LGBM, 0.3),
    "CatBoost that is bent": bent("model.cbm", CAT),
    "CatBoost that breaks off": cut("model.cbm", CAT),
    "XGBoost that breaks off": cut("model.json", XGB),
    "XGBoost's UBJSON that breaks off": cut("model.ubj", UBJ),
    "ONNX that breaks off": cut("model.onnx", ONNX),
    "a zip that breaks off": cut("model.zip", benign.zipped(benign.mlflow.xgboost.save_model, benign.boosted)),
    "an MLflow zip without its model": saved("model.zip", _zip(MLmodel="flavors: {sklearn: {pickled_model: m.pkl}}")),
    "an MLmodel without flavors": saved("model.zip", _zip(MLmodel="run_id: 3")),
    "an MLmodel that is no YAML": saved("model.zip", _zip(MLmodel="{[")),
    "a dict": of({"model": benign.classifier(), "scaler": StandardScaler()}),
    "a list of models": of([benign.classifier(), benign.forest()]),
    "a frame": of(benign.MIXED),
    "an array": saved("model.joblib", lambda path: joblib.dump(np.zeros(3), path)),
    "a transformer": of(StandardScaler().fit(benign.ROWS)),
    "a class": of(StandardScaler),
    "a module that is nowhere": holding("model.pkl", b"cnowhere_at_all\nModel\n."),
    "a class of __main__": holding("model.pkl", b"c__main__\nMyModel\n)\x81."),
    "a name that went": holding("model.pkl", b"csklearn.linear_model\nRandomizedLogisticRegression\n)\x81."),
    "a module that went": holding("model.pkl", b"csklearn.externals.joblib\nModel\n)\x81."),
    "PNG by a model's name": holding("model.onnx", b"\x89PNG\r\n\x1a\n" + NOISE),
    "noise by every name": holding("model.onnx", NOISE),
    "noise in UBJSON's place": holding("model.ubj", NOISE),
    "noise in CatBoost's place": holding("model.cbm", NOISE),
    "noise in skops' place": holding("model.skops", NOISE),
    "zeros": holding("model.pkl", bytes(100_000)),
    "one byte": holding("model.pkl", b"\x80"),
    "a pickle's beginning": holding("model.pkl", b"\x80\x04"),
    "an empty pickle": holding("model.pkl", b"\x80\x04."),
    "None": of(None),
    "a number": of(3.5),
    "a text": of("model"),
    "a function": of(np.mean),
    "a pipeline without a model": of(make_pipeline(StandardScaler()).fit(benign.ROWS)),
    "an empty zip": saved("model.zip", _zip()),
    "a zip of a zip": saved("model.zip", _zip(**{"model.zip": "PK"})),
    "a gzip that is empty": holding("model.joblib", gzip.compress(b"")),
    "a gzip whose sum is wrong": holding("model.joblib", gzip.compress(pickle.dumps([1] * 100))[:-8] + bytes(8)),
    "a tar": saved("model.tar.gz", _tar),
    "an array of numpy": saved("model.npy", lambda path: np.save(path, np.zeros(3))),
    "arrays of numpy": saved("model.npz", lambda path: np.savez(path, a=np.zeros(3))),
    "a database": saved("model.db", lambda path: sqlite3.connect(path).execute("create table t (a)")),
    "PMML": holding("model.pmml", b'<?xml version="1.0"?><PMML version="4.4"></PMML>'),
    "a workbook": saved("model.xlsx", _zip(**{"[Content_Types].xml": "<a/>", "xl/workbook.xml": "<a/>"})),
    "7-Zip": holding("model.7z", b"7z\xbc\xaf\x27\x1c" + NOISE),
    "a TensorFlow graph": saved("model.zip", _zip(**{"saved_model.pb": "x", "variables/variables.index": "x"})),
    "XGBoost without its learner": holding("model.json", b'{"version": [3, 0, 0]}'),
    "XGBoost with an empty learner": holding("model.json", b'{"learner": {}, "version": [3, 0, 0]}'),
    "XGBoost's configuration": saved("model.json", lambda path: path.write_text(_config())),
    "XGBoost's dump": saved(
        "model.json", lambda path: benign.boosted().get_booster().dump_model(path, dump_format="json")
    ),
    "JSON in UTF-16": holding("model.json", '{"learner": {}}'.encode("utf-16")),
    "LightGBM's first line": holding("model.txt", b"tree\nversion=v4\n"),
    "a letter": holding("model.txt", b"Dear all,\nthe model is attached.\n"),
    "CatBoost's first bytes": holding("model.cbm", b"CBM1"),
    "ONNX of nothing": holding("model.onnx", b""),
    "ONNX without a graph": holding("model.onnx", b"\x08\x09"),
    "skops that breaks off": cut("model.skops", SKOPS),
    "skops without its schema": saved("model.skops", _zip(**{"a.npy": "x"})),
    "skops whose schema is no JSON": saved("model.skops", _zip(**{"schema.json": "{"})),
    "skops of a table": saved("model.skops", lambda path: skops.io.dump(np.zeros(3), path)),
    "an MLflow zip of another library": saved("model.zip", _zip(MLmodel="flavors: {pytorch: {model_data: data}}")),
    "an MLmodel of a list": saved("model.zip", _zip(MLmodel="[1, 2]")),
    "an MLmodel of nothing": saved("model.zip", _zip(MLmodel="")),
    "an MLflow zip whose model is a web page": saved(
        "model.zip", _zip(MLmodel="flavors: {sklearn: {pickled_model: m.pkl}}", **{"m.pkl": "<html>"})
    ),
    "two models in a zip": saved("model.zip", _zip(**{"a/MLmodel": "flavors: {}", "b/MLmodel": "flavors: {}"})),
    "a pickle of a later library": holding("model.pkl", b"csklearn.ensemble\nForestOfTomorrow\n)\x81."),
    "a pickle of PyTorch": holding("model.pkl", b"ctorch._utils\n_rebuild_tensor_v2\n)R."),
    "a table of pandas": saved("model.pkl", lambda path: pd.DataFrame({"a": [1]}).to_pickle(path)),
}  # fmt: skip


def cases() -> Iterator[Case]:
    yield from (Case(name, make) for name, make in FILES.items())
