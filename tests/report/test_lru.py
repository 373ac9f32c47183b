"""What is kept, for how long, and who waits for whom."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest

from report.lru import Lru


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def made() -> list[str]:
    return []


def maker(made: list[str], value: str) -> Callable[[], str]:
    def make() -> str:
        made.append(value)
        return value

    return make


def test_a_value_is_made_once_and_those_asked_for_last_are_kept(made: list[str]) -> None:
    kept: Lru[str] = Lru(2)
    for key in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(key, maker(made, key)) == key
    assert made == ["a", "b", "c", "b"]


def test_a_value_is_made_again_when_it_is_too_old(made: list[str]) -> None:
    clock = Clock()
    kept: Lru[str] = Lru(2, ttl_s=60.0, clock=clock)
    for moment in (100.0, 159.0, 160.0, 219.0):
        clock.now = moment
        kept.get("a", maker(made, str(moment)))
    assert made == ["100.0", "160.0"]


def test_what_is_dropped_is_made_again_and_nothing_else(made: list[str]) -> None:
    kept: Lru[str] = Lru(4)
    for key in ("a", "b"):
        kept.get(key, maker(made, key))
    kept.drop("a")
    kept.drop("never asked for")
    for key in ("a", "b"):
        kept.get(key, maker(made, key))
    assert made == ["a", "b", "a"]
    kept.clear()
    kept.get("b", maker(made, "b"))
    assert made[3:] == ["b"]


def test_what_could_not_be_made_is_tried_again(made: list[str]) -> None:
    kept: Lru[str] = Lru(2)

    def fail() -> str:
        raise OSError("no")

    with pytest.raises(OSError, match="no"):
        kept.get("a", fail)
    assert kept.get("a", maker(made, "now")) == "now"


def test_many_who_ask_at_once_have_it_made_by_one_of_them(made: list[str]) -> None:
    kept: Lru[str] = Lru(2)
    together = Barrier(8)

    def ask(_: int) -> str:
        together.wait()
        return kept.get("a", maker(made, "a"))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == ["a"] * 8
    assert made == ["a"]


def test_who_asks_for_another_key_does_not_wait(made: list[str]) -> None:
    kept: Lru[str] = Lru(2)
    begun, finish = Event(), Event()

    def slow() -> str:
        begun.set()
        assert finish.wait(120)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(kept.get, "slow", slow)
        assert begun.wait(120)
        assert kept.get("quick", maker(made, "quick")) == "quick"
        finish.set()
        assert first.result() == "slow"
