"""What the page has done with an upload: a first look by a worker (``model_look``), then the test (``model_test``)."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import settings
from jobs import service
from jobs.job import ENDED, Job, State
from testbench import uploads
from testbench.run import CHECKS
from testbench.sections.session import Desk
from testbench.uploads import LOOK, MODEL, SAMPLE, SCHEMA
from tests.testbench.corpus.doors import stack
from tests.testbench.corpus.doors.answers import QUICK, REFUSED, Answer, File
from tests.testbench.corpus.doors.api import WITHIN_S, answered


class ByJob:
    def __init__(self, there: stack.Stack, desk: Desk) -> None:
        self._stack, self._desk = there, desk

    def tried(self, file: File) -> Answer:
        words = {"name": file.path.name, "sample_name": "rows.csv"}
        with self._desk.begin() as upload:
            upload.write(MODEL, file.path.read_bytes())
            upload.write(SAMPLE, file.sample.read_bytes())
            upload.say(words)
            self._desk.ask(upload, LOOK)
        look = self._desk.asked(upload, LOOK)
        assert look is not None
        if (job := self._ended(look.id)).state is not State.SUCCEEDED:
            return _refused(job)
        seen = upload.seen(LOOK) or {}
        texts = json.dumps(seen, ensure_ascii=False)
        if seen["fault"]:
            return Answer(REFUSED, seen["fault"], texts)
        with upload.copied() as copy:
            copy.say({**words, "checks": list(CHECKS), "settings": QUICK, "rows": 1_000, "seed": 0})
            if seen["schema"]:
                copy.write(SCHEMA, seen["schema"].encode())
            job = self._ended(uploads.queued(self._desk.queue, copy))
        if job.state is not State.SUCCEEDED:
            return _refused(job, texts)
        return answered(job.result, texts + json.dumps(job.result, ensure_ascii=False))

    def _ended(self, job_id: str) -> Job:
        stack.until(lambda: self._desk.queue.status(job_id).state in ENDED, WITHIN_S)
        return self._desk.queue.status(job_id)

    def afterwards(self) -> list[str]:
        return self._stack.afterwards()


def _refused(job: Job, texts: str = "") -> Answer:
    return Answer(REFUSED if job.reason else str(job.state), str(job.reason), f"{texts} {job.reason}")


@contextmanager
def opened(home: Path, env: dict[str, str]) -> Iterator[ByJob]:
    config = settings.read({**os.environ, "BATCH_ZERO_HOME": str(home), **env})
    with stack.running(home, env) as there:
        queue = service.shared(config.jobs.url, config.jobs.bounds)
        yield ByJob(there, Desk(queue, config.bench.uploads, config.bench.upload_mb))
