"""A history that is run again, in any order and any number of times, tells the story that it told before."""

import json
import random
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from baseline.__main__ import main as baseline
from datasets.batches import load
from mlflow_io.history import read_history
from pipeline.__main__ import main as pipeline
from report.export.story_json import to_data
from report.story.story import tell
from tests import small
from tests.small import NAMES, SmallHistory
from tests.world import read_production

pytestmark = pytest.mark.usefixtures("warmed")

LATER = [1, 3, 4]


@pytest.fixture
def whole(history: SmallHistory) -> SmallHistory:
    """A batch without drift, and two with it."""
    assert pipeline(["run", "--experiment", str(history.folder), "--batch", "4"]) == 0
    return history


def story(history: SmallHistory) -> dict[str, Any]:
    """Without run ids, numbers of attempts, and the version of the model: a batch that is run again while its own model
    is in production puts an equal one in its place."""
    model = read_production(history.uri, NAMES.model)
    data = to_data(tell(read_history(history.uri, NAMES), model, small.loaded(history.folder)))
    for batch in data["batches"]:
        del batch["runs"], batch["drift"]["run_id"], batch["gate"]["run_id"]
    del data["model"]
    return json.loads(json.dumps(data))


def again(history: SmallHistory, what: int | str, test: Path) -> None:
    experiment = ["--experiment", str(history.folder)]
    if what == "baseline":
        assert baseline([*experiment, "--data", str(test)]) == 0
    else:
        # Batch 0 has no place behind the others: it is refused, and leaves nothing.
        assert pipeline(["run", *experiment, "--batch", str(what)]) == (2 if what == 0 else 0)


def test_any_batch_run_again_in_any_order_leaves_the_story_as_it_was(whole: SmallHistory, tmp_path: Path) -> None:
    path = tmp_path / "initial_test.csv"
    initial_test(whole).to_csv(path, index=False)
    order = [*LATER, 0, "baseline", 1]
    random.Random(7).shuffle(order)
    before = story(whole)
    for place, what in enumerate(order):
        again(whole, what, path)
        assert story(whole) == before, f"after {order[: place + 1]}"


def initial_test(history: SmallHistory) -> pd.DataFrame:
    """The raw rows of batch 0's test part, as a bucket would keep them."""
    raw, test = small.rows(), load(small.loaded(history.folder).data).test(0)
    return raw[(raw["yearacc"].astype(str) + ":" + raw["caseid"]).isin(set(test["vehicle"]))]
