"""The queue, for whoever puts jobs into it and asks about them: page, API, commands. It never runs one."""

import json
import re
import secrets
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from batch_zero.text import one_line, shortened
from jobs.bounds import Bounds
from jobs.errors import BusyError, JobRefused, UnknownJob, WrongState
from jobs.job import ENDED, RETRIED, Job, State
from jobs.kept.rows import job, payloads, statuses
from jobs.kept.store import FUNCTION, Store, options
from jobs.kinds import Kind

if TYPE_CHECKING:
    from dbos import DBOSClient, WorkflowStatus

PAGE = 50
TITLE = 100
"""Characters of one that are kept."""

CURSOR = re.compile(r"^[0-9]{1,9}$")


@dataclass(frozen=True)
class Page:
    """next: the cursor of the jobs that follow; None where there are none."""

    jobs: Sequence[Job]
    next: str | None


class Queue:
    """Every method may raise JobsUnreachable."""

    def __init__(self, store: Store, kinds: Mapping[str, Kind], bounds: Bounds) -> None:
        self._store, self._kinds, self._bounds = store, kinds, bounds

    def enqueue(
        self, kind: str, payload: Mapping[str, Any], *, key: str | None = None, title: str | None = None
    ) -> str:
        """The job's id. key: while a job with that key waits or runs, it is that one's id and nothing is added. title:
        what people know it by; of a text from outside, one line is kept. Raises JobRefused or BusyError, before
        anything is stored."""
        return self._enqueue(kind, payload, key, title)

    def status(self, job_id: str) -> Job:
        """With its result. Raises UnknownJob."""
        with self._store.client() as client:
            return self._told([_row(client, job_id)], client)[0]

    def position(self, job_id: str) -> int | None:
        """1 is the next to be begun; None for a job that does not wait."""
        return self.status(job_id).position

    def list(
        self, states: Collection[State] = (), kind: str | None = None, cursor: str | None = None, most: int = PAGE
    ) -> Page:
        """The latest first, without results. states, kind: of which; by default of all. Raises JobRefused."""
        start = _place(cursor)
        prefix = f"{kind}-" if kind else None
        with self._store.client() as client:
            rows = _rows(client, statuses(states), most + 1, offset=start, sort_desc=True, workflow_id_prefix=prefix)
            jobs = [each for each in self._told(rows[:most], client) if not states or each.state in states]
        return Page(jobs, str(start + most) if len(rows) > most else None)

    def cancel(self, job_id: str) -> None:
        """One that runs is stopped by its worker within two seconds. Raises UnknownJob or WrongState."""
        with self._store.client(to_write=True) as client:
            (found,) = self._told([_row(client, job_id)], client)
            if found.state in ENDED:
                raise WrongState(f"{job_id}: got a job that has ended ({found.state}), expected one that waits or runs")
            client.cancel_workflow(job_id)

    def retry(self, job_id: str) -> str:
        """The id of a new job with the same payload; until that has ended, asking again changes nothing. Raises
        UnknownJob, WrongState, BusyError."""
        with self._store.client() as client:
            row = _row(client, job_id, load_input=True)
            (found,) = self._told([row], client)
        if found.state not in RETRIED:
            raise WrongState(f"{job_id}: got a job that is {found.state}, expected one that failed or was cancelled")
        assert row.input is not None
        _, payload = row.input["args"]
        key = (row.attributes or {}).get("key") or f"retry of {job_id}"
        return self._enqueue(found.kind, payload, key, found.title, retry_of=job_id)

    def payloads(self) -> Sequence[Mapping[str, Any]]:
        """Of every job that waits or runs: what they name has to stay."""
        with self._store.client() as client:
            return payloads(client)

    def workers(self) -> Sequence[int]:
        """The slots that a worker holds now."""
        with self._store.client():
            return sorted(self._store.slots.holders())

    def _enqueue(self, kind: str, payload: Mapping[str, Any], key: str | None, title: str | None, **more: str) -> str:
        """How many wait is counted before: of clients at the same moment, each may add one more."""
        if kind not in self._kinds:
            raise JobRefused(f"kind: got {kind!r}, expected one of {', '.join(self._kinds)}")
        given = _plain(payload, self._bounds.payload_kb * 1024)
        named = {"key": key, "title": shortened(one_line(title, TITLE), TITLE) if title else None}
        about = {"at": time.time(), "attempts": 0, **{name: text for name, text in named.items() if text}, **more}
        with self._store.client(to_write=True) as client:
            active = _rows(client, statuses({State.QUEUED, State.RUNNING}), self._bounds.most_queued * 2)
            there = next((row.workflow_id for row in active if key and row.deduplication_id == key), None)
            if there is not None:
                return there
            waiting = sum(row.status != "PENDING" for row in active)
            if waiting >= self._bounds.most_queued:
                raise BusyError(f"{waiting} jobs are waiting, which is as many as may", hint="Try again later.")
            chosen = options(f"{kind}-{secrets.token_hex(8)}", key, about)
            return client.enqueue(chosen, kind, given).workflow_id

    def _told(self, rows: Sequence["WorkflowStatus"], client: "DBOSClient") -> Sequence[Job]:
        """The rows as jobs, with what only the other rows and the workers tell of them."""
        holders = self._store.slots.holders() if any(row.status in {"PENDING", "ENQUEUED"} for row in rows) else ()
        jobs = [job(row, holders) for row in rows]
        places: dict[str, int] = {}
        if any(each.state is State.QUEUED for each in jobs):
            waiting = _rows(client, statuses({State.QUEUED}), self._bounds.most_queued * 2)
            places = {row.workflow_id: place for place, row in enumerate(waiting, 1)}
        return [self._hinted(replace(each, position=places.get(each.id)), holders) for each in jobs]

    def _hinted(self, found: Job, holders: Collection[int]) -> Job:
        """What is odd about it: DBOS calls neither a job that nobody takes nor one whose worker is gone an error."""
        waited = (datetime.now(UTC) - found.enqueued).total_seconds()
        if found.state is State.LOST:
            return replace(found, hint="its worker has ended; the next worker that looks runs it again")
        if found.state is State.QUEUED and found.kind not in self._kinds:
            return replace(found, hint="no job of this kind is known here")
        if found.state is State.QUEUED and not holders and waited > self._bounds.worried_after_s:
            return replace(found, hint=f"no worker has taken it for {waited:.0f} s")
        return found


def _plain(payload: Mapping[str, Any], most: int) -> Mapping[str, Any]:
    """As JSON gives it back."""
    try:
        text = json.dumps(dict(payload), allow_nan=False, ensure_ascii=False)
        size = len(text.encode())  # which half a character has none of
    except (TypeError, ValueError, RecursionError) as error:
        raise JobRefused(f"payload: got what JSON cannot hold ({error}), expected an object") from None
    if size > most:
        raise JobRefused(f"payload: got {size:,} bytes of JSON, expected {most:,} at most")
    given: Mapping[str, Any] = json.loads(text)
    return given


def _place(cursor: str | None) -> int:
    if cursor is not None and not CURSOR.fullmatch(cursor):
        raise JobRefused(f"cursor: got {cursor[:80]!r}, expected the one that came with the page before")
    return int(cursor or 0)


def _row(client: "DBOSClient", job_id: str, *, load_input: bool = False) -> "WorkflowStatus":
    is_one = re.fullmatch(r"[a-z_]+-[0-9a-f]{16}", job_id)
    found = client.list_workflows(workflow_ids=[job_id], load_input=load_input) if is_one else []
    if not found:
        raise UnknownJob(f"got {job_id[:80]!r}, expected the id of a job; those that ended long ago are forgotten")
    return found[0]


def _rows(client: "DBOSClient", wanted: Sequence[str], limit: int, **more: Any) -> Sequence["WorkflowStatus"]:
    return client.list_workflows(
        name=FUNCTION, status=[*wanted], limit=limit, load_input=False, load_output=False, **more
    )
