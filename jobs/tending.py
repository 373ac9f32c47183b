"""What a worker looks after beside its own work: jobs that lie with nobody, those that ended long ago, and what they
left behind."""

import logging
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from jobs.bounds import Bounds
from jobs.errors import SlotTaken
from jobs.job import ENDED
from jobs.kept.rows import payloads, statuses
from jobs.kept.slots import name, number
from jobs.kept.store import FUNCTION, QUEUE, Store
from jobs.kinds import Kind

if TYPE_CHECKING:
    from dbos import WorkflowStatus

log = logging.getLogger("batch_zero.jobs")

AT_ONCE = 100
"""How many old jobs are forgotten in one go."""


class Tending:
    """slot: the worker's own. Every method may raise JobsUnreachable."""

    def __init__(self, store: Store, kinds: Mapping[str, Kind], bounds: Bounds, slot: int) -> None:
        self._store, self._bounds, self._slot = store, bounds, slot
        self._sweeps = [_function(kind.sweep) for kind in kinds.values() if kind.sweep]
        self._swept = -bounds.sweep_every_s
        self._idle: dict[str, float] = {}
        """Since when."""

    def tend(self, busy: Collection[str]) -> None:
        """busy: the jobs that this worker is doing."""
        self._others()
        self._own(busy)
        self._forget()
        self._sweep()

    def after(self, slot: int) -> None:
        """What a worker of that slot, which is no more, was doing waits again. The slot has to be held."""
        for row in self._running(slot):
            self._give_back(row.workflow_id, slot)
            log.info("%s: its worker, of slot %d, has ended; it waits again", row.workflow_id, slot)

    def _others(self) -> None:
        """DBOS looks for jobs that were left at a worker's start, and for those of its own name only."""
        left = {slot for row in self._running() if (slot := number(row.executor_id)) is not None}
        for slot in left - {*self._store.slots.holders(), self._slot}:
            try:
                with self._store.slots.held(slot):
                    self.after(slot)
            except SlotTaken:  # it has come back, and looks itself
                continue

    def _own(self, busy: Collection[str]) -> None:
        """A job whose end could not be kept, as on a full disk, would be this worker's for ever, and done by nobody."""
        now = time.monotonic()
        mine = {row.workflow_id for row in self._running(self._slot)} - {*busy}
        self._idle = {job_id: self._idle.get(job_id, now) for job_id in mine}
        for job_id, since in self._idle.items():
            if now - since > self._bounds.idle_s:
                log.warning("%s: is this worker's and done by nobody; it waits again", job_id)
                self._give_back(job_id, self._slot)

    def _forget(self) -> None:
        before = (datetime.now(UTC) - timedelta(days=self._bounds.keep_days)).isoformat()
        with self._store.client() as client:
            old = client.list_workflows(
                name=FUNCTION, status=statuses(ENDED), completed_before=before, limit=AT_ONCE,
                load_input=False, load_output=False,
            )  # fmt: skip
            if old:
                client.delete_workflows([row.workflow_id for row in old])

    def _sweep(self) -> None:
        """Where one cannot, the others do, and it is tried again."""
        if time.monotonic() - self._swept < self._bounds.sweep_every_s:
            return
        self._swept = time.monotonic()
        with self._store.client() as client:
            wanted = payloads(client)
        for sweep in self._sweeps:
            try:
                sweep(wanted)
            except Exception:
                log.exception("what jobs left behind could not be removed")

    def _running(self, slot: int | None = None) -> Sequence["WorkflowStatus"]:
        """In one slot, or in any."""
        executor = None if slot is None else name(slot)
        with self._store.client() as client:
            return client.list_workflows(
                name=FUNCTION, status="PENDING", executor_id=executor, load_input=False, load_output=False
            )

    def _give_back(self, job_id: str, slot: int) -> None:
        """Only if it is that slot's still. Whoever does it yet can keep no result any more."""
        with self._store.client(to_write=True) as client:
            client._sys_db.reenqueue_for_recovery(job_id, [name(slot)], QUEUE)  # nothing public does it


def _function(place: str) -> Callable[[Sequence[Mapping[str, Any]]], None]:
    module, _, function = place.partition(":")
    found: Callable[[Sequence[Mapping[str, Any]]], None] = getattr(import_module(module), function)
    return found
