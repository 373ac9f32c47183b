"""Whole files, read and written by one name: a path, or ``s3://bucket/key``."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from batch_zero.errors import BatchZeroError
from batch_zero.secrets import masked
from batch_zero.storage import atomic, meant, regular
from batch_zero.text import alike, one_line

ADDRESS = re.compile(r"\s*([a-z][a-z0-9+.-]*)://", re.IGNORECASE)
S3 = re.compile(r"s3[an]?://", re.IGNORECASE)
"""Hadoop calls the same buckets s3a:// and s3n://."""


class FileError(BatchZeroError):
    """A file that cannot be read or written: one sentence that begins with its name."""

    status = 422


class NoSuchKey(FileError):
    """A bucket that has no such key."""


def check_there(name: str | Path) -> None:
    """Raises FileError where a path is neither a file nor a folder. A bucket is not asked."""
    if is_s3(name) or Path(name).is_dir():
        return
    try:
        regular.check(Path(name))
    except regular.NotRegular as error:
        raise FileError(f"{name}: {error.strerror}, or a folder") from None
    except (OSError, ValueError):
        raise FileError(f"{name}: there is no such file or folder{meant.hint(name)}") from None


def check_folder_of(name: str | Path) -> None:
    """For a file that is written later: raises FileError where there is no folder for it."""
    folder = Path(name).parent
    if not is_s3(name) and not folder.is_dir():
        raise FileError(_no_folder(name, folder))


def _no_folder(name: str | Path, folder: Path) -> str:
    return f"{name}: cannot be written: there is no folder {folder}{meant.hint(folder)}"


def is_s3(name: str | Path) -> bool:
    """Whether ``name`` is in a bucket, and no path. Raises FileError for an address of any other kind."""
    text = str(name)
    if S3.match(text):
        return True
    found = ADDRESS.match(text) if isinstance(name, str) else None  # a Path has lost one of its two slashes
    if found is None:
        return False
    got = f"{found[1]}://" if text == text.lstrip() else "a blank before the address"
    raise FileError(f"{text}: got {got}, expected a path or s3://bucket/key")


def join(folder: str | Path, name: str) -> str:
    """The name of a file below a folder, or below ``s3://bucket`` or ``s3://bucket/prefix``."""
    return f"{str(folder).rstrip('/')}/{name}" if is_s3(folder) else str(Path(folder) / name)


def read(name: str | Path, largest: int | None = None) -> bytes:
    """The whole file; ``largest`` bytes of it at most, one more where it is larger. Raises FileError."""
    most = -1 if largest is None else largest + 1
    if is_s3(name):
        try:
            with _asking(str(name)) as client:
                content: bytes = client.get_object(**_address(str(name)))["Body"].read(None if most < 0 else most)
                return content
        except NoSuchKey as error:
            raise FileError(f"{error}{_key_meant(str(name))}") from error
    try:
        with regular.open_regular(Path(name)) as file:
            return file.read(most)
    except (FileNotFoundError, NotADirectoryError):
        raise FileError(f"{name}: there is no such file{meant.hint(name)}") from None
    except regular.NotRegular as error:
        raise FileError(f"{name}: {error.strerror}") from None
    except (OSError, ValueError) as error:  # ValueError: a null byte in the name
        raise FileError(f"{name}: cannot be read: {_cause(error)}") from error


def write(name: str | Path, content: bytes, media_type: str = "application/octet-stream") -> None:
    """All of the file or none of it: whoever reads it meanwhile sees the old one. Raises FileError."""
    if is_s3(name):
        with _asking(str(name)) as client:
            client.put_object(**_address(str(name)), Body=content, ContentType=media_type)
        return
    try:
        atomic.replace(Path(name), content)
    except FileNotFoundError as error:
        raise FileError(_no_folder(name, Path(name).parent)) from error
    except (OSError, ValueError) as error:
        raise FileError(f"{name}: cannot be written: {_cause(error)}") from error


def names(folder: str | Path) -> list[str]:
    """Of the files directly below a folder, or a bucket's prefix; none where there is no such folder. Raises FileError
    where it cannot be looked into."""
    if is_s3(folder):
        return _keys(str(folder))
    try:
        return sorted(path.name for path in Path(folder).iterdir() if path.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise FileError(f"{folder}: cannot be read: {_cause(error)}") from error


def _cause(error: OSError | ValueError) -> str:
    return getattr(error, "strerror", None) or str(error)


def _keys(folder: str) -> list[str]:
    bucket, _, key = S3.sub("", folder, count=1).strip("/").partition("/")
    prefix = f"{key}/" if key else ""
    with _asking(folder) as client:
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix, Delimiter="/")
        found = [item["Key"].removeprefix(prefix) for page in pages for item in page.get("Contents", ())]
    return sorted(name for name in found if name)


def _key_meant(name: str) -> str:
    """Of the keys beside it: one page of them, a bucket may have millions."""
    bucket, _, key = S3.sub("", name, count=1).partition("/")
    folder = key.rpartition("/")[0]
    prefix = f"{folder}/" if folder else ""
    try:
        with _asking(name) as client:
            found = client.list_objects_v2(Bucket=bucket, Prefix=prefix, Delimiter="/").get("Contents", ())
    except FileError:  # who may read a bucket need not be allowed to list it
        return ""
    there = alike(key, (item["Key"] for item in found))
    return f"; did you mean s3://{bucket}/{there}?" if there else ""


def _address(name: str) -> dict[str, str]:
    bucket, _, key = S3.sub("", name, count=1).partition("/")
    if not bucket or not key:
        raise FileError(f"{name}: expected s3://bucket/key")
    return {"Bucket": bucket, "Key": key}


@contextmanager
def _asking(name: str) -> Iterator[Any]:
    """This thread's client; whatever goes wrong is a FileError about ``name``."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield _client()
    except ClientError as error:
        _mine.settings = None  # credentials may be renewed in a file, which only a new client reads
        reason = error.response.get("Error", {})
        code = str(reason.get("Code", "")) or "nothing"
        sentence = _ANSWERS.get(code) or f"the S3 server answered {code}: {_reason(reason.get('Message', ''))}"
        kind = NoSuchKey if code == "NoSuchKey" else FileError
        raise kind(f"{name}: {sentence.rstrip(': ')}") from error
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that is no URL
        known = _TO_DO.get(type(error).__name__)
        raise FileError(f"{name}: {known or f'the S3 server cannot be asked: {_reason(error)}'}") from error


_mine = threading.local()


def _client() -> Any:
    """By boto3's own chain of settings (``AWS_PROFILE``, ``AWS_ENDPOINT_URL_S3``, ...). One for each thread: to make it
    costs a fifth of a second."""
    settings = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    if getattr(_mine, "settings", None) != settings:
        import boto3  # type: ignore[import-untyped]
        from botocore.config import Config

        session = boto3.session.Session()
        config = Config(connect_timeout=5, read_timeout=60, retries={"max_attempts": 2})
        # Only AWS itself has regions; any other server takes this one.
        _mine.client = session.client("s3", config=config, region_name=session.region_name or "us-east-1")
        _mine.settings = settings
    return _mine.client


def _reason(what: object) -> str:
    return one_line(masked(str(what)), 300)


_ANSWERS = {
    "NoSuchBucket": "there is no such bucket",
    "NoSuchKey": "the bucket has no such key",
    "404": "there is no such bucket or key",
    "AccessDenied": "access denied; check the bucket's policy and your credentials",
    "403": "access denied; check the bucket's policy and your credentials",
    "InvalidAccessKeyId": "the access key is not known there; check AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the secret key is wrong; check AWS_SECRET_ACCESS_KEY",
    "ExpiredToken": "the credentials have expired; sign in again",
    "InvalidToken": "the session token is not valid; check AWS_SESSION_TOKEN",
    "PermanentRedirect": "the bucket is in another region; set AWS_DEFAULT_REGION",
    "RequestTimeTooSkewed": "the clock of this machine differs too much from the server's",
}
_TO_DO = {
    "NoCredentialsError": "there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE",
    "PartialCredentialsError": "half of the credentials is missing; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
}
