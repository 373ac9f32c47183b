"""Twenty tests of models at once, and a server and a worker that die meanwhile: none is lost.
``benchmarks/bench_load.py`` does the same at length."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests
from sklearn.linear_model import LogisticRegression

from tests.api import load
from tests.testbench.conftest import trained

pytestmark = pytest.mark.slow

AT_ONCE, MAY_WAIT, KILLS = 20, 12, 3
WITHIN_S = 600.0
FORM = {"checks": "works", "rows": "20"}
MOST_MB = 250
"""What the server may have more for twenty uploads at once: they are streamed, and the jobs are other processes."""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[tuple[load.Part, load.Part, str]]:
    server, url = load.server(tmp_path, BATCH_ZERO_JOBS_MOST_QUEUED=str(MAY_WAIT))
    try:
        worker = load.worker(tmp_path)
        try:
            yield server, worker, url
        finally:
            worker.end()
    finally:
        server.end()


def test_of_twenty_at_once_each_is_accepted_or_told_when_to_come_and_under_kills_none_is_lost(
    stack: tuple[load.Part, load.Part, str], tmp_path: Path
) -> None:
    """Some are waited for while server and worker are killed; the rest is cancelled, lest this takes long."""
    server, worker, url = stack
    model = trained(tmp_path, LogisticRegression(max_iter=2_000), {0: 0, 1: 1}).path.read_bytes()
    rng, before = random.Random(7), server.megabytes()

    def post(_: int) -> requests.Response:
        files = {"model": ("m.joblib", model)}
        return requests.post(f"{url}/run_tests", data=FORM, files=files, headers=load.LATER, timeout=WITHIN_S)

    with ThreadPoolExecutor(AT_ONCE) as crowd:
        answers = [*crowd.map(post, range(AT_ONCE))]
    assert server.megabytes() - before < MOST_MB
    accepted = [answer.json()["id"] for answer in answers if answer.status_code == 202]
    for answer in answers:
        assert answer.status_code == 202 or (answer.status_code, answer.headers["retry-after"]) == (503, "15")
    assert MAY_WAIT <= len(accepted) < AT_ONCE

    job = load.CiJob(url, FORM, {}, load.Seen(), WITHIN_S)
    first = sorted(load.listed(url), key=lambda test: test["position"] or 0)
    for test in first[:KILLS]:
        assert job.followed(test["id"])["state"] == "succeeded"
        for part in rng.sample([server, worker], 2):
            part.kill()
            part.start()
    for test in load.listed(url)[: len(accepted) - KILLS - 2]:
        requests.delete(f"{url}/run_tests/{test['id']}", timeout=WITHIN_S)
    ended = [job.followed(test) for test in accepted]
    assert {test["id"] for test in load.listed(url)} == {*accepted}
    assert all(test["state"] in {"succeeded", "cancelled"} or test["reason"] for test in ended)
    assert job.seen.untold == []
