"""Where an experiment's rows lie when they are several files: the same names below a folder as in a bucket.

The initial rows, which batch 0 is made of, come in three parts; every later batch is one file.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from batch_zero.storage import files
from datasets.tables import ENDINGS

INITIAL_TRAIN = "processed_data/initial_train.csv"
INITIAL_VALIDATION = "processed_data/initial_validation.csv"
INITIAL_TEST = "processed_data/initial_test.csv"
BATCH_FOLDER = "drift_monitoring/batch_data"
BATCH_NAME = re.compile(r"batch_([1-9]\d{0,5})\.csv", re.ASCII)


def is_table(source: str | Path) -> bool:
    """Whether ``source`` names one table with all rows, and not a folder or a bucket with several. On disk, any file is
    one. Raises FileError."""
    named = str(source).lower().endswith(ENDINGS)
    return named if files.is_s3(source) else Path(source).is_file() or (named and not Path(source).is_dir())


def batch_files(source: str | Path) -> Iterator[tuple[int, str]]:
    """Number and name of the batches there are, ascending. Raises FileError."""
    folder = files.join(source, BATCH_FOLDER)
    found = ((BATCH_NAME.fullmatch(name), name) for name in files.names(folder))
    yield from sorted((int(match[1]), files.join(folder, name)) for match, name in found if match)


def held_out(group: str, share: float) -> bool:
    """Whether a group belongs to the test part: a hash of its name, so that no run, order or machine changes it."""
    digest = hashlib.blake2b(group.encode(), digest_size=8).digest()
    return int.from_bytes(digest) / 2**64 < share
