"""A job that does nothing but take its time: it shows that a worker takes jobs, and how they look while they run."""

import time
from collections.abc import Callable, Mapping
from typing import Any


def run(payload: Mapping[str, Any], progress: Callable[[int, int, str], None]) -> dict[str, Any]:
    seconds = int(payload.get("seconds", 3))
    for second in range(seconds):
        progress(second, seconds, "waiting")
        time.sleep(1)
    return {"waited_s": seconds}
