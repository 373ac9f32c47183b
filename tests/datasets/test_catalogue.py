"""What an editor is told of an ``experiment.toml``."""

import json
import tomllib

import jsonschema
import pytest

from datasets.catalogue import TOML_NAME, schema, shipped
from tests.conftest import ROOT

FILE = ROOT / "examples" / "experiment.schema.json"


def test_the_schema_for_editors_is_the_one_of_today() -> None:
    assert FILE.read_text("utf-8") == schema(), "run `make schema`"


@pytest.mark.parametrize("name", shipped(ROOT / "examples"))
def test_every_experiment_that_ships_fits_the_schema_and_names_it(name: str) -> None:
    file = ROOT / "examples" / name / TOML_NAME
    text = file.read_text("utf-8")
    jsonschema.validate(tomllib.loads(text), json.loads(FILE.read_text("utf-8")))
    named = text.partition("\n")[0].removeprefix("#:schema ")
    assert (file.parent / named).resolve() == FILE


def test_the_schema_knows_a_misspelt_name() -> None:
    content = tomllib.loads((ROOT / "examples" / shipped(ROOT / "examples")[0] / TOML_NAME).read_text("utf-8"))
    with pytest.raises(jsonschema.ValidationError, match="drift_shre"):
        jsonschema.validate(content | {"thresholds": {"drift_shre": 0.3}}, json.loads(schema()))
