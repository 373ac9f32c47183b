"""What is asked for leaves no batch number out, and no run."""

import re
from collections.abc import Sequence
from contextlib import closing
from itertools import chain
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mlflow_io.client import connect
from mlflow_io.latest_runs import Kind, RunInfo, latest_per_batch, whole_number
from mlflow_io.stores.base import RunData, RunQuery
from mlflow_io.stores.mlflow_client import ClientStore
from mlflow_io.stores.open import open_store
from mlflow_io.stores.run_list import Run
from mlflow_io.stores.server.pages import everything
from mlflow_io.stores.server.rest_api import Page, Server
from mlflow_io.stores.server.run_search import RunSearch, partition
from mlflow_io.stores.tuning import Paging, Tuning
from tests.conftest import ROOT
from tests.world import NAMES, World

THREE = Paging(long_page=3)
WRITTEN = st.from_regex(r" {0,2}0{0,2}[0-9]{1,4}(\.0{0,2})? {0,2}", fullmatch=True)


def fits(pattern: str, text: str) -> bool:
    like = pattern.removeprefix("LIKE '").removesuffix("'")
    return re.fullmatch(re.escape(like).replace("%", ".*").replace("_", "."), text) is not None


@given(st.integers(min_value=0, max_value=120), WRITTEN)
def test_every_number_is_asked_for_however_it_is_written(greatest: int, text: str) -> None:
    groups, single, rest = partition(greatest)
    assert whole_number(text) is not None
    assert text in {*single, *chain(*groups.values())} or any(fits(pattern, text) for pattern in rest)


@given(st.integers(min_value=0, max_value=120))
def test_a_page_that_is_not_full_says_all_of_its_numbers(greatest: int) -> None:
    for pattern, texts in partition(greatest).groups.items():
        assert texts
        assert all(fits(pattern, text) for text in texts)


class Busy(Server):
    """A server on which others go on: after every answer, its newest runs are deleted and a new one is logged."""

    world: World

    def search(self, experiment_ids: Sequence[str], where: str, limit: int) -> Page:
        page = super().search(experiment_ids, where, limit)
        for run in page.runs[:2]:
            self.world.client.delete_run(run.info.run_id)
        self.world.gate(9)
        return page


def test_runs_that_come_and_go_between_two_pages_hide_no_other(rest_world: World) -> None:
    stay = [rest_world.gate(number) for number in range(9)]
    with closing(Busy(rest_world.uri)) as server:
        server.world = rest_world
        read = everything(server.search, [rest_world.experiment(NAMES.gate_experiment)], (), THREE)
        found = [run.info.run_id for run in read]
    assert len(found) == len(set(found))
    assert set(found) >= set(stay)


class BusyClient(ClientStore):
    """A client while others go on: after every answer, one of the newest runs is deleted."""

    going: list[str]

    def _search(self, *asked: Any) -> Page:
        page = super()._search(*asked)
        if self.going:
            self._client.delete_run(self.going.pop())
        return page


def test_mlflows_client_is_not_misled_either(world: World) -> None:
    stay = [world.gate(number) for number in range(9)]
    query = RunQuery(world.experiment(NAMES.gate_experiment), Kind.GATE)
    source = BusyClient(connect(world.uri), Tuning(THREE))
    source.going = [world.gate(9) for _ in range(4)]
    found = [run.run_id for run in source.read([query]).content[query].runs]
    assert source.going == []
    assert set(found) >= set(stay)
    with open_store(world.uri) as now:
        assert {run.run_id for run in now.read([query]).content[query].runs} == set(stay)


def test_three_batches_take_the_searches_that_the_readme_tells_of() -> None:
    query = RunQuery("1", Kind.GATE)
    runs = [
        gate_run(f"{batch}{attempt}", batch, start=10 * batch + attempt) for batch in (2, 1, 0) for attempt in (3, 2, 1)
    ]
    asked: list[tuple[str, int]] = []

    def search(_: Sequence[str], where: str, limit: int) -> Page:
        asked.append((where, limit))
        equal, ruled_out = (re.findall(rf"params.batch_number {sign} '(\w+)'", where) for sign in ("=", "!="))
        there = [] if where.startswith("tags.") else [run for run in runs if run.info.batch not in ruled_out]
        found = [run for run in there if not equal or run.info.batch in equal]
        return Page(found[:limit], len(found) > limit)

    found = RunSearch(search, [query], Paging(page=2, few=2)).newest()
    assert latest_per_batch(found.runs[query].values()).run_ids == ["03", "13", "23"]
    assert not found.complete
    assert asked == [
        ("params.batch_number LIKE '%'", 2),
        ("params.batch_number = '0'", 2),
        ("params.batch_number = '1'", 2),
        ("params.batch_number != '2' AND params.batch_number != '0' AND params.batch_number != '1'", 1_000),
        ("tags.batch_number LIKE '%'", 1),
    ]
    told = (ROOT / "mlflow_io" / "README.md").read_text("utf-8")
    assert [where for where, _ in asked if where not in told] == [asked[3][0]]  # which it shortens


def gate_run(run_id: str, batch: int, start: int) -> Run:
    data = RunData({"batch_number": str(batch)}, {}, {"quality_gate": "True"})
    return Run("1", RunInfo(run_id, "FINISHED", start, start, str(batch)), data)
