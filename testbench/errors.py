"""Why a model is not tested."""

from collections.abc import Sequence

from batch_zero import formats
from batch_zero.errors import BatchZeroError
from batch_zero.storage.files import FileError
from batch_zero.text import shortened

ALLOW = "BATCH_ZERO_BENCH_ALLOW_UNCONFINED"


class NoSchema(BatchZeroError):
    """Neither the model nor anybody else says which columns it takes."""

    status = 422

    def __init__(self, name: str, odd: str = "") -> None:
        """odd: what it says instead, as a part of a sentence."""
        says = f"the model does not say which columns it was trained on{f' ({odd})' if odd else ''}"
        super().__init__(f"{shortened(name, 100)}: {says}; expected a sample (CSV or Parquet) or a schema")


class BadSample(BatchZeroError):
    """Rows that nothing can be tested with; the message says what came and what is valid."""

    status = 422
    in_vain = True


class UnreadableSample(FileError):
    """Bytes that were uploaded, and are no table."""

    in_vain = True


class NotConfined(BatchZeroError):
    """This machine cannot keep a model file in."""

    status = 503

    def __init__(self, missing: Sequence[str]) -> None:
        super().__init__(
            f"this machine cannot keep a model file from {formats.listed(list(missing))}, so it is not opened; "
            f"{ALLOW}=true opens it all the same"
        )
