"""What the bench's jobs left behind that were cancelled or killed. Imports little: it runs in the worker itself."""

from collections.abc import Mapping, Sequence
from typing import Any

import settings
from testbench import uploads


def sweep(payloads: Sequence[Mapping[str, Any]]) -> None:
    """payloads: of the jobs that wait or run, whose files have to stay."""
    uploads.sweep(settings.read().bench.uploads, payloads)
