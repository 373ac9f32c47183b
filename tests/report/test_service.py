"""What page and API share: stories, evidence and diagnoses, remembered without a page."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from lifecycle.experiment import Experiment
from mlflow_io.errors import TrackingError
from report.service import Limits, ReportService
from tests.conftest import ROOT
from tests.stories import EXPERIMENT
from tests.world import NAMES, World


@pytest.fixture
def experiment() -> Experiment:
    return replace(EXPERIMENT, names=NAMES)


def test_the_story_stays_the_same_object_until_the_store_has_changed(
    world: World, experiment: Experiment, tmp_path: Path
) -> None:
    service = ReportService()
    world.gate(0, decision="BASELINE")
    first, _ = service.read(world.uri, experiment, tmp_path, thoroughly=False)
    again, _ = service.read(world.uri, experiment, tmp_path, thoroughly=False)
    assert again is first
    world.gate(1, decision="SKIP_NO_DRIFT")
    later, _ = service.read(world.uri, experiment, tmp_path, thoroughly=True)
    assert [chapter.batch for chapter in later.chapters] == [0, 1]


def test_an_artifact_is_read_once_while_it_is_remembered(world: World) -> None:
    run = world.gate(0, decision="BASELINE")
    world.artifact(run, "roc_curves/roc_curve_production.json", {"fpr": [0, 1], "tpr": [0, 1], "auc": 0.5})
    kept, forgetful = ReportService(), ReportService(Limits(evidence_s=0.0))
    before = [service.evidence(world.uri).roc(run, False).production for service in (kept, forgetful)]
    assert before[0] is not None
    assert kept.evidence(world.uri).roc(run, False).production is before[0]
    assert forgetful.evidence(world.uri).roc(run, False).production is not before[1]


def test_a_diagnosis_is_made_again_when_it_is_asked_for_thoroughly(world: World, experiment: Experiment) -> None:
    service = ReportService()
    world.gate(0, decision="BASELINE")
    first = service.examine(world.uri, experiment, thoroughly=False)
    world.drift(0, 0.0)
    assert service.examine(world.uri, experiment, thoroughly=False) is first
    assert service.examine(world.uri, experiment, thoroughly=True).diagnosis.numbers("drift") == [0]


def test_an_outage_is_not_remembered_as_a_diagnosis(world: World, experiment: Experiment, tmp_path: Path) -> None:
    service = ReportService()
    world.gate(0, decision="BASELINE")
    database = tmp_path / "mlflow.db"
    database.rename(tmp_path / "moved.db")
    with pytest.raises(TrackingError):
        service.examine(world.uri, experiment, thoroughly=False)
    (tmp_path / "moved.db").rename(database)
    assert service.examine(world.uri, experiment, thoroughly=False).diagnosis.numbers("gate") == [0]


def test_the_api_needs_no_streamlit() -> None:
    code = "import sys, api.app, report.service; sys.exit('streamlit' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
