"""The worker: takes jobs in turn, and has each done by a process of its own.

DBOS hands out the jobs and keeps how they end. It is started in a worker only, one to a slot (``jobs.kept.slots``).
"""

import contextlib
import logging
import sys
import threading
import time
from collections.abc import Mapping
from functools import partial
from typing import Any, NoReturn

from batch_zero.secrets import masked
from jobs.bounds import Bounds
from jobs.errors import JobsError, JobsUnreachable
from jobs.job import Progress
from jobs.kept.remarks import SELDOM
from jobs.kept.slots import name
from jobs.kept.store import APP, FUNCTION, QUEUE, VERSION, Store
from jobs.kinds import Kind
from jobs.process import running
from jobs.process.begin import Processes
from jobs.process.lending import Lending
from jobs.tending import Tending

log = logging.getLogger("batch_zero.jobs")

POLL_S = 0.2
LAST_WORD_S = 1
"""For DBOS to keep how the last jobs ended."""


class Failed(Exception):
    """Of a job; the message is the reason."""


def work(store: Store, kinds: Mapping[str, Kind], bounds: Bounds, slot: int) -> None:
    """Until a KeyboardInterrupt. Raises SlotTaken, or JobsUnreachable where the slot or the database is lost."""
    if sys.platform == "win32":
        raise JobsError("jobs are not done on this system (win32): nothing would end the processes of one as a whole")
    with store.client(to_write=True):
        pass  # the tables are there
    log.addFilter(SELDOM)
    modules = sorted({module for kind in kinds.values() for module in kind.imports})
    with store.slots.held(slot), Lending(kinds) as lending, Processes(modules) as processes:
        tending = Tending(store, kinds, bounds, slot)
        tending.after(slot)
        worker = _Worker(store, kinds, bounds, slot, processes, lending)
        worker.begin()
        database = store.identity()
        try:
            while True:
                store.slots.check()
                if store.identity() != database:
                    raise JobsUnreachable(f"The queue of jobs at {store.shown} was replaced while it was open")
                try:
                    tending.tend(worker.busy())
                except JobsUnreachable as error:
                    log.warning("%s", error)
                time.sleep(bounds.look_every_s)
        finally:
            try:
                worker.end()
                tending.after(slot)
            finally:
                worker.leave()


class _Worker:
    def __init__(
        self,
        store: Store,
        kinds: Mapping[str, Kind],
        bounds: Bounds,
        slot: int,
        processes: Processes,
        lending: Lending,
    ) -> None:
        self._store, self._kinds, self._bounds, self._slot = store, kinds, bounds, slot
        self._processes, self._lending = processes, lending
        self._ending, self._grace_is_over, self._left = (threading.Event() for _ in range(3))
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

        concurrency = self._bounds.concurrency
        with self._store.told():
            DBOS.launch()
            DBOS.register_queue(
                QUEUE, worker_concurrency=concurrency, polling_interval_sec=POLL_S, on_conflict="always_update"
            )
        log.info("slot %d: taking jobs, %d at a time, from %s", self._slot, concurrency, self._store.shown)

    def busy(self) -> set[str]:
        with self._lock:
            return {*self._busy}

    def end(self) -> None:
        """No more is begun, what runs has a while to end, and then nothing of it runs any more."""
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

    def leave(self) -> None:
        """After ``end``, when what has not ended was given back."""
        self._left.set()

    def _job(self, kind: str, payload: Mapping[str, Any]) -> Any:
        """One job, in a thread of DBOS's. What it returns is the result, what it raises the reason."""
        from dbos import DBOS

        job_id = DBOS.workflow_id
        assert job_id is not None
        with self._lock:
            if not (too_late := self._ending.is_set()):
                self._busy.add(job_id)
        if too_late:
            self._wait_to_leave()
        try:
            answer = self._done(job_id, kind, payload)
        finally:
            with self._lock:
                self._busy.discard(job_id)
        if answer is None:
            if self._grace_is_over.is_set():
                self._wait_to_leave()
            log.info("%s: cancelled", job_id)
            return None  # which DBOS does not keep: the job is not ours any more
        if answer.reason is not None:
            log.warning("%s: %s", job_id, answer.reason)
            raise Failed(answer.reason)
        log.info("%s: done", job_id)
        return answer.result

    def _wait_to_leave(self) -> NoReturn:
        """Whatever a thread of DBOS's returned or raised before it is closed would be kept as the job's end."""
        self._left.wait()
        raise Failed("given back")

    def _done(self, job_id: str, kind: str, payload: Mapping[str, Any]) -> running.Answer | None:
        if kind not in self._kinds:  # it was put in by a program of another version
            return running.Answer(reason=f"this worker knows no job of the kind {kind!r}")
        with self._store.client() as client:
            (row,) = client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        attempts = (row.attributes or {}).get("attempts", 0) + 1
        if attempts > self._bounds.attempts:
            return self._noted(job_id, f"its worker ended under it, {attempts - 1} times: it is not begun again")
        self._note(job_id, attempts=attempts, began=time.time())
        most = self._bounds.result_kb * 1024
        with self._lending.to(self._kinds[kind]) as lent:
            answer = running.done(
                self._kinds[kind], payload, most, partial(self._looked, job_id), self._processes, lent
            )
        if answer is None and self._grace_is_over.is_set():
            self._note(job_id, attempts=attempts - 1)  # that was no fault of the job's
        elif answer is not None and answer.reason is not None:
            return self._noted(job_id, answer.reason, in_vain=answer.in_vain, status=answer.status)
        elif answer is not None and answer.came:
            with contextlib.suppress(JobsUnreachable):  # it is a word for lists; the result says it too
                self._note(job_id, came=masked(answer.came))
        return answer

    def _looked(self, job_id: str, progress: Progress | None) -> bool:
        """Whether the job shall go on. DBOS interrupts nothing that runs."""
        if self._grace_is_over.is_set():
            return False
        try:
            if progress is not None:
                self._note(job_id, progress=[progress.step, progress.of, masked(progress.text)])
            with self._store.client() as client:
                rows = client.list_workflows(workflow_ids=[job_id], load_input=False, load_output=False)
        except JobsUnreachable as error:
            log.warning("%s: goes on unseen: %s", job_id, error)
            return True
        return bool(rows) and (rows[0].status, rows[0].executor_id) == ("PENDING", name(self._slot))

    def _noted(self, job_id: str, reason: str, *, in_vain: bool = False, status: int | None = None) -> running.Answer:
        """A list of jobs is read without their ends; the reason is wanted there too."""
        self._note(job_id, reason=masked(reason), in_vain=in_vain, status=status)
        return running.Answer(reason=masked(reason))

    def _note(self, job_id: str, **attributes: Any) -> None:
        with self._store.client(to_write=True) as client:
            client.update_workflow_attributes(job_id, attributes, merge=True)
