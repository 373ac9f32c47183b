"""Which version is in production, by the one rule."""

import doctest

import pytest

from lifecycle.records import ProductionModel
from mlflow_io.stores import production
from mlflow_io.stores.production import ModelVersion, choose_production

VERSIONS = [
    ModelVersion("2", "Production", "run2"),
    ModelVersion("10", "Production", "run10"),
    ModelVersion("11", "Staging", "run11"),
    ModelVersion("12", "Deleted_Internal", "run12"),
    ModelVersion("13", None, ""),
]


@pytest.mark.parametrize(
    ("aliases", "expected"),
    [
        ({"production": "11", "champion": "2"}, ("11", "production", None, "run11")),
        ({"champion": "2"}, ("2", "champion", None, "run2")),
        ({"production": "99", "champion": "2"}, ("2", "champion", None, "run2")),
        ({"production": "12"}, ("10", None, "Production", "run10")),
        ({"production": "13"}, ("13", "production", None, None)),
        ({"staging": "11"}, ("10", None, "Production", "run10")),
        ({}, ("10", None, "Production", "run10")),
    ],
)
def test_an_alias_comes_before_a_stage_and_the_newest_version_before_others(
    aliases: dict[str, str], expected: tuple[str, str | None, str | None, str | None]
) -> None:
    assert choose_production("Model", aliases, VERSIONS) == ProductionModel("Model", *expected)


@pytest.mark.parametrize("versions", [[], VERSIONS[2:], [ModelVersion("x", None, None)]])
def test_there_may_be_none(versions: list[ModelVersion]) -> None:
    assert choose_production("Model", {}, versions) is None


def test_a_version_that_is_no_number_is_the_oldest() -> None:
    odd = ModelVersion("x", "Production", None)
    chosen = choose_production("Model", {}, [odd, VERSIONS[0]])
    assert chosen is not None
    assert chosen.version == "2"


def test_the_examples_are_right() -> None:
    assert doctest.testmod(production).failed == 0
