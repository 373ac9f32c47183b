"""``POST /run_tests`` of a live server and its worker; every third is not waited for."""

import itertools
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests

from tests.api.load import ENDED, LATER
from tests.testbench.corpus.doors import stack
from tests.testbench.corpus.doors.answers import BROKEN, CHECKS, QUICK, REFUSED, WORKS, Answer, File

WITHIN_S = 240.0
DOCUMENTED = {200, 202, 413, 422, 503, 507}


class Api:
    def __init__(self, stack: stack.Stack) -> None:
        self._stack, self._number = stack, itertools.count()
        self._refused = 0

    def tried(self, file: File) -> Answer:
        number = next(self._number)
        posted = self._posted(file, by_path=number % 2 == 1, later=number % 3 == 2)
        texts = posted.text
        if posted.status_code not in DOCUMENTED:
            return Answer(f"HTTP {posted.status_code}", posted.text[:200], texts)
        if not posted.ok:
            self._refused += 1
            kind = posted.headers["content-type"]
            odd = () if kind == "application/problem+json" else (f"got {kind}",)
            return Answer(REFUSED, posted.json()["detail"], texts, odd)
        found = posted.json()
        if posted.status_code == 202:
            found = self._followed(posted.headers["location"])
            texts += json.dumps(found, ensure_ascii=False)
        if found["state"] != "succeeded":
            self._refused += 1
            return Answer(REFUSED if found["reason"] else found["state"], str(found["reason"]), texts)
        return answered(found["result"], texts)

    def _posted(self, file: File, *, by_path: bool, later: bool) -> requests.Response:
        """by_path: it is sent by the name of a file that is not there and should not be. Comes again when it is told
        to."""
        name = f"../../../../..{file.place.marker}" if by_path else file.path.name
        ends = time.monotonic() + WITHIN_S
        while True:
            files = {"model": (name, file.path.read_bytes()), "sample": ("rows.csv", file.sample.read_bytes())}
            posted = requests.post(
                f"{self._stack.url}/run_tests", files=files, headers=LATER if later else {}, timeout=WITHIN_S,
                data={"settings": json.dumps(QUICK), "checks": ",".join(CHECKS)},
            )  # fmt: skip
            if posted.status_code != 503 or "retry-after" not in posted.headers or time.monotonic() > ends:
                return posted
            time.sleep(1)

    def _followed(self, address: str) -> dict[str, Any]:
        ends = time.monotonic() + WITHIN_S
        while True:
            found: dict[str, Any] = requests.get(f"{self._stack.url}{address}", timeout=60).json()
            if found["state"] in ENDED or time.monotonic() > ends:
                return found
            time.sleep(0.3)

    def afterwards(self) -> list[str]:
        """Uploads of tests that failed lie there for as long as they can be retried; no others do."""
        found = self._stack.afterwards()
        there = len(stack.left(self._stack.uploads)) if self._stack.uploads.exists() else 0
        if there > self._refused:
            found.append(f"{there} uploads are left of {self._refused} that were refused")
        if not found and requests.get(f"{self._stack.url}/healthz", timeout=60).status_code != 200:
            found.append("the server is not healthy")
        return found


def answered(result: Mapping[str, Any], texts: str) -> Answer:
    """Of a test's summary."""
    failed = [each["sentence"] for each in result["findings"] if each["state"] == "failed"]
    return Answer(WORKS if result["works"] else BROKEN, (failed or [result["findings"][0]["sentence"]])[0], texts)


@contextmanager
def opened(home: Path, env: dict[str, str]) -> Iterator[Api]:
    with stack.running(home, env) as there:
        yield Api(there)
