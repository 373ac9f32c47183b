"""``no_worse_than``: another model is fetched, opened and measured on the same rows."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from mlflow_io.artifacts.registered import fetched
from testbench.policy.applied import with_verdict
from testbench.policy.policy import parsed
from testbench.policy.verdict import Judged, Outcome
from testbench.run import Asked
from tests.testbench.conftest import Trained, patients, trained
from tests.testbench.registry import NAME, register
from tests.testbench.test_run import QUICK, asked, heard
from tests.world import World

pytestmark = pytest.mark.usefixtures("warmed")

REFERENCE = f"models:/{NAME}@production"


def judged(world: World, test: Asked, policy: str) -> tuple[Judged, ...]:
    _, verdict = with_verdict(test, parsed(policy), heard, lambda address: fetched(world.client, address))
    assert verdict is not None
    return verdict.judged


def labelled(model: Trained, *checks: str, **more: Any) -> Asked:
    return replace(asked(model), settings=replace(QUICK, checks=checks or ("quality",)), **more)


@pytest.fixture(scope="module")
def worse(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """Of the same columns and classes, and trained on outcomes half of which are by chance."""
    from sklearn.compose import make_column_transformer
    from sklearn.pipeline import make_pipeline

    rows, outcomes = patients(600, 1)
    chance = np.random.default_rng(0)
    mixed = outcomes.where(chance.random(600) < 0.1, chance.integers(0, 2, 600))
    model = make_pipeline(make_column_transformer(("passthrough", ["income"])), LogisticRegression()).fit(rows, mixed)
    path = tmp_path_factory.mktemp("worse") / "model.joblib"
    joblib.dump(model, path)
    return Trained(path, *patients(600, 2))


def test_a_model_is_no_worse_than_itself_and_than_a_worse_one(
    world: World, classifier: Trained, worse: Trained
) -> None:
    register(world, classifier.path, "production")
    register(world, worse.path, "worse")
    policy = f"auc: {{no_worse_than: {REFERENCE}}}\nlog_loss: {{no_worse_than: 'models:/{NAME}@worse'}}"
    same, better = judged(world, labelled(classifier), policy)
    assert (same.outcome, better.outcome) == (Outcome.PASSED, Outcome.PASSED)
    assert f"that of {REFERENCE} (version 1) is " in same.sentence
    assert "on the same 600 rows, the difference is +0 (+0 to +0), and no worse was asked for." in same.sentence
    assert "the difference is -0." in better.sentence  # of a loss, less is better
    (failed,) = judged(world, labelled(worse), f"auc: {{no_worse_than: {REFERENCE}}}")
    assert failed.outcome is Outcome.FAILED


def test_two_models_of_almost_the_same_answers_are_told_apart_by_pairs_only(
    world: World, classifier: Trained, tmp_path: Path
) -> None:
    """Each one's own interval is a hundred times wider than the difference."""
    other = trained(tmp_path, LogisticRegression(max_iter=2_000, C=0.5), {0: 0, 1: 1})
    register(world, other.path, "production")
    (one,) = judged(world, labelled(classifier), f"log_loss: {{max: 0.7, no_worse_than: {REFERENCE}}}")[1:]
    assert one.found is not None
    assert one.found.low is not None
    assert one.found.high is not None
    low, high = (
        float(part) for part in one.sentence.partition(" difference is ")[2].split("(")[1].split(")")[0].split(" to ")
    )
    assert high - low < (one.found.high - one.found.low) / 5


def test_latency_is_compared_with_both_intervals(world: World, classifier: Trained) -> None:
    register(world, classifier.path, "production")
    test = replace(labelled(classifier, "latency"), sample=None, labels=None)  # its rows are made up
    (one,) = judged(world, test, f"latency_p50_ms: {{no_worse_than: {REFERENCE}}}")
    assert one.outcome is not Outcome.UNKNOWN
    assert f"that of {REFERENCE} (version 1) is " in one.sentence
    assert "measured one by one, the difference is " in one.sentence


def test_what_cannot_be_compared_is_not_known_and_says_why(
    world: World, classifier: Trained, boosted: Trained, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.pkl"
    broken.write_bytes(b"no pickle")
    register(world, broken, "broken")
    register(world, boosted.path, "words")
    wanted = {
        f"models:/{NAME}@nobody": "it has no alias 'nobody', but versions 1–2",
        f"models:/{NAME}@broken": "the model could not be used",
        f"models:/{NAME}@words": "",
        "models:/Other@production": "there is no such model, but 'Triage'",
    }
    for address, said in wanted.items():
        kept, one = judged(world, labelled(classifier), f"auc: {{min: 0.5, no_worse_than: '{address}'}}")
        assert (kept.outcome, one.outcome) == (Outcome.PASSED, Outcome.UNKNOWN)
        assert f"auc of {address}" in one.sentence
        assert "is not known, so nothing can be compared with it: " in one.sentence
        assert said in one.sentence
    (one,) = judged(world, labelled(classifier, "works"), f"auc: {{no_worse_than: {REFERENCE}}}")
    assert "auc was not measured" in one.sentence


def test_the_command_compares_with_the_store_of_its_settings(
    world: World,
    classifier: Trained,
    worse: Trained,
    tmp_path: Path,
    command: Callable[..., CompletedProcess[str]],
) -> None:
    register(world, classifier.path, "production")
    sample, policy = tmp_path / "sample.csv", tmp_path / "policy.yaml"
    classifier.sample.to_csv(sample, index=False)
    policy.write_text(f"auc: {{no_worse_than: {REFERENCE}}}\n")

    def held(model: Trained, store: str) -> CompletedProcess[str]:
        options = ["--sample", str(sample), "--labels", "outcome", "--policy", str(policy), "--check", "quality"]
        return command(str(model.path), *options, "--mlflow-tracking-uri", store)

    assert held(classifier, world.uri).returncode == 0
    assert held(worse, world.uri).returncode == 1
    nowhere = held(classifier, f"sqlite:///{tmp_path / 'nowhere.db'}")
    assert nowhere.returncode == 1
    assert "is not known, so nothing can be compared with it: There is no MLflow store at" in nowhere.stdout
