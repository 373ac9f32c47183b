"""What can go wrong with a tracking store. Every message is a sentence for the user, with passwords masked.

TrackingError
├── TrackingUnreachable     no answer, or one that is no MLflow's
│   └── StoreGone           a local store that was there, or should be
├── TrackingRefused         MLflow answered, and said no
├── DiskFull                what it takes to read or write the store cannot be written
├── SchemaUnknown           a database that is no MLflow's, or of a version with other tables
├── StoreMissing            a local store that is not there (yet)
├── ModelMissing            no production model, or none under that name
├── ArtifactMissing         the run has no such artifact
├── ArtifactUnreachable     the place where its artifacts are does not answer
├── ArtifactElsewhere       its artifacts are on another machine, or were moved away
└── ArtifactUnreadable      it has one, but it is not what its name says
"""

import errno
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from batch_zero.errors import HOW_TO_BEGIN, BatchZeroError
from batch_zero.secrets import masked, shown
from batch_zero.text import one_line as on_one_line

_TRANSFER = re.compile(r"The following failures occurred while (?:down|up)loading [^\n]*\n#+ File (.*?) #+\n")
"""MLflow's heading over what went wrong with each file of a model: it names no cause."""


FULL = (errno.ENOSPC, *([errno.EDQUOT] if hasattr(errno, "EDQUOT") else []))
FULL_IN_WORDS = (*map(os.strerror, FULL), "database or disk is full", "No space left on device", "DiskFull")
"""The last one is PostgreSQL's."""


class TrackingError(BatchZeroError):
    """Anything that kept us from reading or writing a tracking store."""

    status = 503


class TrackingUnreachable(TrackingError):
    def __init__(self, uri: str, cause: BaseException | str) -> None:
        self.uri, self.cause = shown(uri), one_line(cause)
        super().__init__(f"The MLflow store at {self.uri} cannot be reached: {self.cause}")


class TrackingRefused(TrackingError):
    def __init__(self, uri: str, cause: BaseException | str) -> None:
        self.uri, self.cause = shown(uri), one_line(cause)
        super().__init__(f"The MLflow store at {self.uri} refused: {self.cause}")


class DiskFull(TrackingError):
    """This machine's, or the server's: whoever says so names the place, if anybody does."""

    def __init__(self, uri: str, cause: BaseException | str) -> None:
        super().__init__(f"The disk is full, which the MLflow store at {shown(uri)} needs: {one_line(cause)}")


class SchemaUnknown(TrackingError):
    def __init__(self, uri: str, cause: str) -> None:
        message = one_line(cause)
        super().__init__(f"The database at {shown(uri)} is not an MLflow store that this version can read: {message}")


class StoreMissing(TrackingError):
    status = 404
    hint = HOW_TO_BEGIN

    def __init__(self, uri: str, besides: str = "", *, hint: str | None = None) -> None:
        """besides: what is there in its place."""
        self.uri = shown(uri)
        self.absence = f"there is no such file or folder{besides and f' ({besides})'}"
        super().__init__(f"There is no MLflow store at {self.uri}{besides and f' ({besides})'}", hint=hint)


class StoreGone(TrackingUnreachable):
    """In the place of StoreMissing, where the store is not one that has yet to be made."""


class ModelMissing(TrackingError):
    status = 404


class ArtifactMissing(TrackingError):
    status = 404


class ArtifactUnreachable(TrackingError):
    def __init__(self, path: str, cause: BaseException | str) -> None:
        super().__init__(f"{path} cannot be reached: {one_line(cause)}")


class ArtifactElsewhere(TrackingError):
    def __init__(self, path: str, place: str) -> None:
        super().__init__(f"{path} is recorded under {one_line(place)}, which is not here")


class ArtifactUnreadable(TrackingError):
    pass


def one_line(cause: BaseException | str) -> str:
    """The first line of an error's own message, without urllib3's inner objects, SQLAlchemy's preface, and secrets."""
    text = masked(str(cause).strip() or type(cause).__name__)  # as a whole: half a password is not recognised
    text = re.sub(r"^\(raised as a result of .*\n", "", text)
    text = _TRANSFER.sub(r"\1: ", text, count=1)
    if aborted := re.fullmatch(r"\('Connection aborted\.', \w+\((?:\d+, )?['\"](.*)['\"]\)\)", text):
        return on_one_line(aborted.group(1), 300)
    innermost = re.search(r"Caused by (?:\w+Error\(['\"]?)?(?:<[^>]*>: |\w+\([^)]*\): )?(.*?)['\"]?\)*$", text)
    return on_one_line(innermost.group(1) if innermost else text.splitlines()[0], 300)


def is_absent(error: Any) -> bool:
    """Whether an MlflowException says that there is no such thing."""
    return error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}


def _is_disk_full(error: BaseException) -> bool:
    """MLflow and SQLAlchemy hand on no more than the words of the system and of SQLite."""
    return getattr(error, "errno", None) in FULL or any(words in str(error) for words in FULL_IN_WORDS)


@contextmanager
def reaching(uri: str) -> Iterator[None]:
    """Turns what MLflow, its HTTP client, database driver, artifact store and disk raise into TrackingUnreachable,
    TrackingRefused or DiskFull."""
    from botocore.exceptions import BotoCoreError, ClientError
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except MlflowException as error:
        if _is_disk_full(error):
            raise DiskFull(uri, error) from error
        down = error.error_code in {"INTERNAL_ERROR", "TEMPORARILY_UNAVAILABLE", "REQUEST_LIMIT_EXCEEDED"}
        raise (TrackingUnreachable if down else TrackingRefused)(uri, error) from error
    except (OSError, sqlite3.Error, SQLAlchemyError, BotoCoreError, ClientError) as error:  # requests' are OSErrors
        raise (DiskFull if _is_disk_full(error) else TrackingUnreachable)(uri, error) from error
