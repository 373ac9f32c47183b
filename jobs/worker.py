"""The worker: takes jobs in turn, has each done by a process of its own, and looks after what dead workers left.

DBOS hands out the jobs and keeps how they end. It is started in a worker only, one to a slot (``jobs.kept.slots``).
"""

import logging
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NoReturn

from batch_zero.secrets import masked
from jobs import running
from jobs.bounds import Bounds
from jobs.errors import JobsError, JobsUnreachable, SlotTaken
from jobs.job import ENDED, Progress
from jobs.kept.rows import statuses
from jobs.kept.slots import name, number
from jobs.kept.store import APP, FUNCTION, QUEUE, VERSION, Store
from jobs.kinds import Kind

log = logging.getLogger("batch_zero.jobs")

LAST_WORD_S = 1
"""For DBOS to keep how the last jobs ended."""

AT_ONCE = 100
"""How many rows are looked at in one go."""


class Failed(Exception):
    """Of a job; the message is the reason."""


def work(store: Store, kinds: Mapping[str, Kind], bounds: Bounds, slot: int) -> None:
    """Until a KeyboardInterrupt. Raises SlotTaken, or JobsUnreachable where the slot's lock is lost."""
    if sys.platform == "win32":
        raise JobsError("jobs are not done on this system (win32): nothing would end the processes of one as a whole")
    with store.client(to_write=True):
        pass  # the tables are there
    with store.slots.held(slot):
        worker = _Worker(store, kinds, bounds, slot)
        worker.look_after(slot)
        worker.begin()
        try:
            while True:
                worker.tend()
                time.sleep(bounds.look_every_s)
        finally:
            worker.end()


class _Worker:
    def __init__(self, store: Store, kinds: Mapping[str, Kind], bounds: Bounds, slot: int) -> None:
        self._store, self._kinds, self._bounds, self._slot = store, kinds, bounds, slot
        self._ending = threading.Event()
        self._grace_is_over = threading.Event()
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._busy: set[str] = set()

    def begin(self) -> None:
        from dbos import DBOS, DBOSPortableJSONSerializer

        config: Any = {
            "name": APP,
            "system_database_url": self._store.url,
            "executor_id": name(self._slot),
            "application_version": VERSION,
            "serializer": DBOSPortableJSONSerializer(),
            "use_listen_notify": False,
            "log_level": "WARNING",
        }
        DBOS(config=config)

        @DBOS.workflow(name=FUNCTION, max_recovery_attempts=None)  # they are counted here
        def job(kind: str, payload: Mapping[str, Any]) -> Any:
            return self._job(kind, payload)

        DBOS.launch()
        concurrency = self._bounds.concurrency
        DBOS.register_queue(
            QUEUE, worker_concurrency=concurrency, polling_interval_sec=0.2, on_conflict="always_update"
        )
        log.info("slot %d: taking jobs, %d at a time, from %s", self._slot, concurrency, self._store.shown)

    def tend(self) -> None:
        """Raises JobsUnreachable where this worker may no longer be the only one of its slot."""
        self._store.slots.check()
        try:
            self._look_after_others()
            self._forget()
        except JobsUnreachable as error:
            log.warning("%s", error)

    def end(self) -> None:
        """No more is taken; what runs has a while to end; what has not goes back, to be run again."""
        from dbos import DBOS

        with self._lock:
            self._ending.set()
        until = time.monotonic() + self._bounds.grace_s
        while self._busy and time.monotonic() < until:
            time.sleep(0.1)
        self._grace_is_over.set()
        while self._busy:
            time.sleep(0.05)
        DBOS.destroy(workflow_completion_timeout_sec=LAST_WORD_S)
        self.look_after(self._slot)
        self._over.set()

    def look_after(self, slot: int) -> None:
        """What a worker of that slot, which is no more, was running waits again. The slot has to be held."""
        with self._store.client(to_write=True) as client:
            left = client.list_workflows(
                name=FUNCTION, status="PENDING", executor_id=name(slot), load_input=False, load_output=False
            )
            for row in left:  # DBOS has that for its own start alone, and takes a live worker's jobs from nobody
                client._sys_db.reenqueue_for_recovery(row.workflow_id, [name(slot)], QUEUE)
                log.info("%s: its worker, of slot %d, has ended; it waits again", row.workflow_id, slot)

    def _look_after_others(self) -> None:
        with self._store.client() as client:
            rows = client.list_workflows(name=FUNCTION, status="PENDING", load_input=False, load_output=False)
        left = {slot for row in rows if (slot := number(row.executor_id)) is not None}
        for slot in left - {*self._store.slots.holders(), self._slot}:
            try:
                with self._store.slots.held(slot):
                    self.look_after(slot)
            except SlotTaken:  # it has come back, and looks itself
                continue

    def _forget(self) -> None:
        before = (datetime.now(UTC) - timedelta(days=self._bounds.keep_days)).isoformat()
        with self._store.client() as client:
            old = client.list_workflows(
                name=FUNCTION, status=statuses(ENDED), completed_before=before, limit=AT_ONCE,
                load_input=False, load_output=False,
            )  # fmt: skip
            if old:
                client.delete_workflows([row.workflow_id for row in old])

    def _job(self, kind: str, payload: Mapping[str, Any]) -> Any:
        """One job, in a thread of DBOS's. What it returns is the result, what it raises the reason."""
        from dbos import DBOS

        job_id = DBOS.workflow_id
        assert job_id is not None
        with self._lock:
            if not (too_late := self._ending.is_set()):
                self._busy.add(job_id)
        if too_late:
            self._wait_for_the_end()
        try:
            answer = self._done(job_id, kind, payload)
        finally:
            with self._lock:
                self._busy.discard(job_id)
        if answer is None:
            if self._grace_is_over.is_set():
                self._wait_for_the_end()
            log.info("%s: cancelled", job_id)
            return None  # which DBOS does not keep: the job is not ours any more
        if answer.reason is not None:
            log.warning("%s: %s", job_id, answer.reason)
            raise Failed(masked(answer.reason))
        log.info("%s: done", job_id)
        return answer.result

    def _done(self, job_id: str, kind: str, payload: Mapping[str, Any]) -> running.Answer | None:
        if kind not in self._kinds:  # it was put in by a program of another version
            return running.Answer(reason=f"this worker knows no job of the kind {kind!r}")
        with self._store.client() as client:
            (row,) = client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        attempts = (row.attributes or {}).get("attempts", 0) + 1
        if attempts > self._bounds.attempts:
            return running.Answer(reason=f"its worker ended under it, {attempts - 1} times: it is not begun again")
        self._note(job_id, attempts=attempts, began=time.time())
        most = self._bounds.result_kb * 1024
        answer = running.done(self._kinds[kind], payload, most, partial(self._looked, job_id))
        if answer is None and self._grace_is_over.is_set():
            self._note(job_id, attempts=attempts - 1)  # that was no fault of the job's
        elif answer is not None and answer.reason is not None:
            self._note(job_id, reason=masked(answer.reason))
        return answer

    def _looked(self, job_id: str, progress: Progress | None) -> bool:
        """Whether the job shall go on. DBOS interrupts nothing that runs."""
        if self._grace_is_over.is_set():
            return False
        try:
            if progress is not None:
                self._note(job_id, progress=[progress.step, progress.of, progress.text])
            with self._store.client() as client:
                rows = client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        except JobsUnreachable as error:
            log.warning("%s: goes on unseen: %s", job_id, error)
            return True
        return bool(rows) and (rows[0].status, rows[0].executor_id) == ("PENDING", name(self._slot))

    def _note(self, job_id: str, **attributes: Any) -> None:
        with self._store.client(to_write=True) as client:
            client.update_workflow_attributes(job_id, attributes, merge=True)

    def _wait_for_the_end(self) -> NoReturn:
        """Whatever a thread of DBOS's returned or raised before DBOS is closed would be kept as the job's end."""
        self._over.wait()
        raise Failed("given back")
