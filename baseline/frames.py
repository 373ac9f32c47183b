"""Rows in, features and target out, by the experiment's own ``features.py``."""

import importlib.util
import io
import os
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from drift.columns import quoted, shortened
from lifecycle.experiment import DataSpec


class DataError(Exception):
    """Data that cannot be read or does not fit; one sentence that says what to do."""


def read_table(source: str | Path) -> pd.DataFrame:
    """A CSV or Parquet table from a path or ``s3://bucket/key``; ``.csv.gz`` is read as well. Raises DataError."""
    text = str(source)
    if text.startswith("s3://"):
        return _parse(text, io.BytesIO(_from_s3(text)))
    path = Path(source)
    if not path.is_file():
        raise DataError(f"{path}: there is no such file")
    return _parse(text, path)


def _parse(name: str, source: Path | io.BytesIO) -> pd.DataFrame:
    try:
        frame = pd.read_parquet(source) if name.endswith((".parquet", ".pq")) else _read_csv(name, source)
    except pd.errors.EmptyDataError:
        raise DataError(f"{name}: the file is empty") from None
    except UNREADABLE as error:
        raise DataError(f"{name}: cannot be read as a table: {shortened(_first_line(error), 200)}") from error
    if frame.empty:
        raise DataError(f"{name}: the table has no rows")
    return frame


UNREADABLE = (ValueError, OSError, EOFError, zlib.error, pa.ArrowException, pd.errors.ParserWarning)
"""What a file that is no table makes pandas, pyarrow and gzip say."""


def _read_csv(name: str, source: Path | io.BytesIO) -> pd.DataFrame:
    compression = "gzip" if name.endswith(".gz") else None
    with warnings.catch_warnings():
        # Rows with more fields than the first line has names: pandas would shift or drop some without a word.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(source, compression=compression, index_col=False, low_memory=False)


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]


def _from_s3(url: str) -> bytes:
    """With boto3's own chain of credentials; ``AWS_ENDPOINT_URL_S3`` chooses another S3 server."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    bucket, _, key = url.removeprefix("s3://").partition("/")
    if not bucket or not key:
        raise DataError(f"{url}: s3://bucket/key was wanted")
    config = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 2})
    try:
        client = boto3.client("s3", config=config, region_name=os.environ.get("AWS_DEFAULT_REGION", "us-east-1"))
        return client.get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise DataError(f"{url}: {_S3_ANSWERS.get(code, f'the S3 server answered {code}')}") from error
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that is no URL
        raise DataError(f"{url}: the S3 server cannot be asked: {' '.join(str(error).split())}") from error


_S3_ANSWERS = {
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "the bucket has no such key",
    "404": "there is no such bucket or key",
    "AccessDenied": "access denied; check the bucket's policy and your credentials",
    "InvalidAccessKeyId": "the access key is not known there; check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the secret key is wrong; check AWS_SECRET_ACCESS_KEY",
}


def prepare(spec: DataSpec, raw: pd.DataFrame) -> pd.DataFrame:
    """``raw`` through the experiment's ``features.py``, if it has one. Raises DataError where that fails, most often
    for a column that is missing."""
    file = spec.features_file
    if file is None:
        return raw
    try:
        frame = _preparer(file)(raw)
    except KeyError as error:
        raise DataError(f"columns are missing: {error}; the data has {quoted(raw.columns)}") from error
    except Exception as error:  # whatever the user's own code raises is the answer
        raise DataError(f"{file}: {type(error).__name__}: {shortened(_first_line(error), 200)}") from error
    if not isinstance(frame, pd.DataFrame):
        raise DataError(f"{file}: prepare() returned a {type(frame).__name__}, a DataFrame was wanted")
    return frame


def _preparer(file: Path) -> Callable[[pd.DataFrame], pd.DataFrame]:
    described = importlib.util.spec_from_file_location(f"features_of_{file.parent.name}", file)
    if described is None or described.loader is None:
        raise DataError(f"{file}: cannot be imported")
    module = importlib.util.module_from_spec(described)
    described.loader.exec_module(module)
    return module.prepare


def features_and_target(spec: DataSpec, frame: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series]:
    """The feature columns, in the experiment's order and of one dtype per kind, and the target as 0 and 1.

    An experiment that lists no features takes every column but target, batch and group. Raises DataError where
    columns are missing, no row is left, or the target is not 0 and 1.
    """
    reserved = {spec.target, spec.batch, spec.group}
    names = list(spec.features) or [name for name in frame.columns if name not in reserved]
    absent = [name for name in (*names, spec.target) if name not in frame.columns]
    if absent:
        raise DataError(f"columns {quoted(absent)} are missing; the data has {quoted(frame.columns)}")
    if frame.empty:
        raise DataError("no row of the data is left after preparing it")
    target = frame[spec.target]
    if not target.isin([0, 1]).all():
        raise DataError(f"target {spec.target!r}: {quoted(target.unique())} came, the numbers 0 and 1 were wanted")
    return _typed(spec, frame[names]), target.astype(int)


def _typed(spec: DataSpec, features: pd.DataFrame) -> pd.DataFrame:
    """Numbers as float64; categories as text, missing ones as the category "missing"."""
    kinds: dict[str, pd.Series] = {}
    for name in features:
        if name in spec.numerical:
            kinds[name] = _numbers(features[name])
        elif name in spec.categorical:
            kinds[name] = _category(features[name])
        else:
            kinds[name] = features[name]
    return pd.DataFrame(kinds)


def _numbers(values: pd.Series) -> pd.Series:
    try:
        numbers = pd.to_numeric(values).astype("float64")
    except (ValueError, TypeError) as error:
        raise DataError(f"column {values.name!r}: not all numbers: {shortened(_first_line(error), 200)}") from error
    if infinite := int(np.isinf(numbers).sum()):
        raise DataError(f"column {values.name!r}: {infinite:,} infinite values came, finite or no values were wanted")
    return numbers


def _category(values: pd.Series) -> pd.Series:
    """1.0 is written "1": a column of whole numbers turns to floats as soon as one value is missing."""
    labels = values.astype("object").where(values.notna(), "missing").astype(str)
    return labels.str.removesuffix(".0") if pd.api.types.is_float_dtype(values) else labels
