"""What is asked for leaves no batch number out, and no run."""

import re
from collections.abc import Sequence
from contextlib import closing
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlflow_io.client import connect
from mlflow_io.latest_runs import Kind, whole_number
from mlflow_io.stores.mlflow_client import ClientStore
from mlflow_io.stores.open import open_store
from mlflow_io.stores.server.rest_api import Page, Server
from mlflow_io.stores.server.run_search import everything, partition
from tests.world import NAMES, World

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
            self.world.client.delete_run(run.candidate.run_id)
        self.world.gate(9)
        return page


def test_runs_that_come_and_go_between_two_pages_hide_no_other(
    rest_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlflow_io.stores.server.run_search.LONG_PAGE", 3)
    stay = [rest_world.gate(number) for number in range(9)]
    with closing(Busy(rest_world.uri)) as server:
        server.world = rest_world
        read = everything(server.search, [rest_world.experiment(NAMES.gate_experiment)], ())
        found = [run.candidate.run_id for run in read]
    assert len(found) == len(set(found))
    assert set(found) >= set(stay)


def test_mlflows_client_is_not_misled_either(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mlflow_io.stores.server.run_search.LONG_PAGE", 3)
    stay = [world.gate(number) for number in range(9)]
    going = [world.gate(9) for _ in range(4)]
    client = connect(world.uri)
    source = ClientStore(client)
    found = []
    for candidate in source.candidates(world.experiment(NAMES.gate_experiment), Kind.GATE):
        found.append(candidate.run_id)
        if going:
            client.delete_run(going.pop())
    assert set(found) >= set(stay)
    with open_store(world.uri) as now:
        assert {run.run_id for run in now.candidates(world.experiment(NAMES.gate_experiment), Kind.GATE)} == set(stay)
