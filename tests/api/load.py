"""A server and its worker that can be killed at any moment and started again, and a CI job that does not give up."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import requests

from tests.conftest import ROOT
from tests.server import free_port
from tests.serving import wait_until_healthy

ENDED = {"succeeded", "failed", "cancelled"}
LATER = {"Prefer": "respond-async"}
AGAIN_S = 0.5
"""Until a server is asked again that did not answer at all."""

LOOK_EVERY_S = 2.0


class Part:
    """A program of the product, in a process that is killed without a word to it."""

    def __init__(self, home: Path, name: str, command: list[str], ready: Callable[["Part"], None], **env: str) -> None:
        self._command, self._ready = [sys.executable, *command], ready
        self._env = {**os.environ, "BATCH_ZERO_HOME": str(home), **env}
        self._env.pop("MLFLOW_TRACKING_URI", None)
        self.name, self._log, self._starts = name, home / f"{name}.log", 0
        self.kills = 0
        self.start()

    @property
    def log(self) -> Path:
        """Of the latest start."""
        return self._log.with_suffix(f".{self._starts}.log")

    def start(self) -> None:
        self._starts += 1
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(self._command, cwd=ROOT, env=self._env, stdout=out, stderr=out)
        self._ready(self)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(120)
        self.kills += 1

    def end(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(120)
        except subprocess.TimeoutExpired:
            self.kill()

    def megabytes(self) -> float:
        """Of it and all below it; 0 while it is down."""
        try:
            root = psutil.Process(self.process.pid)
            return sum(_rss(each) for each in (root, *root.children(recursive=True))) / 1e6
        except psutil.NoSuchProcess:
            return 0.0


def server(home: Path, **env: str) -> tuple[Part, str]:
    """And its address, which stays the same."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = ["-m", "streamlit", "run", "server.py", "--server.port", str(port), "--server.headless", "true"]

    def ready(part: Part) -> None:
        wait_until_healthy(f"{url}/healthz", part.process, part.log)

    return Part(home, "server", command, ready, **env), url


def worker(home: Path, **env: str) -> Part:
    def ready(part: Part) -> None:
        while "taking jobs" not in part.log.read_text():
            assert part.process.poll() is None, part.log.read_text()
            time.sleep(0.1)

    return Part(home, "worker", ["-m", "jobs"], ready, **env)


@dataclass
class Seen:
    """What CI jobs met, of all of them together. accepted: ids that an answer named. untold: 5xx and 429 that did not
    say when to come again, and answers that nobody expects."""

    accepted: dict[str, str] = field(default_factory=dict)
    told_to_come_again: int = 0
    no_answer: int = 0
    untold: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def ended(self) -> Mapping[str, str]:
        with self.lock:
            return {test: state for test, state in self.accepted.items() if state in ENDED}


@dataclass(frozen=True)
class CiJob:
    """Posts, comes again when it is told to, and follows what was accepted to its end."""

    url: str
    form: Mapping[str, str]
    files: Mapping[str, Any]
    seen: Seen
    within_s: float

    def posted(self, headers: Mapping[str, str] = LATER) -> dict[str, Any]:
        return self._until(lambda: requests.post(f"{self.url}/run_tests", data=self.form, files=self.files,
                                                 headers=headers, timeout=self.within_s))  # fmt: skip

    def followed(self, test: str) -> dict[str, Any]:
        while True:
            found = self._until(lambda: requests.get(f"{self.url}/run_tests/{test}", timeout=self.within_s))
            if found.get("state") in ENDED:
                return found
            time.sleep(LOOK_EVERY_S)

    def _until(self, asked: Callable[[], requests.Response]) -> dict[str, Any]:
        """The answer that is none of "come again", or of a server that is down."""
        ends = time.monotonic() + self.within_s
        while time.monotonic() < ends:
            try:
                answer = asked()
            except requests.RequestException:
                with self.seen.lock:
                    self.seen.no_answer += 1
                time.sleep(AGAIN_S)
                continue
            if (wait := self._noted(answer)) is None:
                found: dict[str, Any] = answer.json()
                return found
            time.sleep(min(wait, 2.0))  # a person would wait as long as was said
        raise AssertionError(f"no answer within {self.within_s:.0f} s")

    def _noted(self, answer: requests.Response) -> float | None:
        """Seconds until it may come again; None where the answer is one."""
        with self.seen.lock:
            if answer.ok or (answer.status_code == 422 and "id" in answer.json()):
                found = answer.json()
                self.seen.accepted[found["id"]] = found.get("state", "failed")
                return None
            later = answer.headers.get("retry-after")
            if answer.status_code not in {429, 503} or later is None:
                self.seen.untold.append(f"{answer.request.method} {answer.status_code}: {answer.text[:300]}")
                return 1.0
            self.seen.told_to_come_again += 1
            return float(later)


def listed(url: str) -> list[dict[str, Any]]:
    """Every test that the queue knows of."""
    found, cursor = [], None
    while True:
        query = {"most": "200", **({"cursor": cursor} if cursor else {})}
        page = requests.get(f"{url}/run_tests", params=query, timeout=60).json()
        found += page["tests"]
        if (cursor := page["next"]) is None:
            return found


def _rss(process: psutil.Process) -> int:
    try:
        return int(process.memory_info().rss)
    except psutil.NoSuchProcess:
        return 0
