"""The page Tests of models: the list with search and filter, one test opened, two compared, deleted, run again."""

import hashlib
import html
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from jobs.job import State
from jobs.queue import Queue
from metrics.tasks import Task
from testbench.given import MODEL, SAMPLE, Given, SampleFile, sha256_of
from testbench.paired.told import Told
from testbench.schema.written import from_json
from testbench.uploads import known
from tests.pages.test_app import HOSTILE, words
from tests.testbench.kept import a_report, keep
from tests.world import World


@pytest.fixture
def tests(app: Callable[..., AppTest], world: World) -> Callable[..., AppTest]:
    def opened(uri: str = world.uri, **query: str) -> AppTest:
        page = app(uri).switch_page("pages/tests.py")
        for name, value in query.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        return page

    return opened


def rows(page: AppTest) -> list[str]:
    """The names that the list shows, in its order."""
    texts = [html.unescape(element.proto.body) for element in page.get("html")]
    return [text.split("</strong>")[1].split(" · ")[0].strip() for text in texts if text.startswith("<p><strong>")]


def shown(markdown: str) -> str:
    """As a reader sees it."""
    return markdown.replace("\\", "").replace("\u2060", "")


def test_without_a_test_the_page_says_how_to_make_one(tests: Callable[..., AppTest], world: World) -> None:
    page = tests()
    assert page.title[0].value == "Tests of models"
    assert "No test is kept here yet" in words(page)
    assert [code.value for code in page.main.code] == ["python -m testbench MODEL --log"]
    keep(world, a_report())
    page.run()
    assert rows(page) == ["m.joblib"]


def test_a_store_that_does_not_answer_is_an_outage(tests: Callable[..., AppTest]) -> None:
    page = tests("http://127.0.0.1:9")
    assert "The tests of models cannot be shown" in words(page)
    assert "No test is kept here" not in words(page)
    assert page.button(key="try-again")


@pytest.mark.slow
def test_a_list_is_searched_and_filtered_and_its_address_says_so(tests: Callable[..., AppTest], world: World) -> None:
    for name, auc in (("a", 0.7), ("b", 0.8), ("c", 0.9)):
        keep(world, a_report(f"{name}.joblib", auc), "auc >= 0.77")
    page = tests()
    assert rows(page) == ["c.joblib", "b.joblib", "a.joblib"]
    page.selectbox(key="tests-verdict").select("passed").run()
    assert rows(page) == ["c.joblib", "b.joblib"]
    page.text_input(key="tests-search").input("B.JOB").run()
    assert rows(page) == ["b.joblib"]
    assert dict(page.query_params) | {"search": "B.JOB", "verdict": "passed"} == dict(page.query_params)
    page.selectbox(key="tests-works").select("no").run()
    assert (rows(page), "No test is like that" in words(page)) == ([], True)
    again = tests(verdict="not passed", search="joblib", kind="joblib")
    assert rows(again) == ["a.joblib"]
    assert again.selectbox(key="tests-verdict").value == "not passed"
    assert rows(tests(verdict="<b>", works="maybe", search="c.")) == ["c.joblib"]
    assert "got 'x', expected milliseconds" in words(tests(**{"from": "x"}))


@pytest.mark.slow
def test_older_tests_are_a_button_away(tests: Callable[..., AppTest], world: World) -> None:
    for number in range(22):
        keep(world, a_report(f"{number}.joblib", findings=()))
    page = tests()
    assert len(rows(page)) == 20
    page.button(key="tests-older").click().run()
    assert rows(page) == ["1.joblib", "0.joblib"]
    page.button(key="tests-latest").click().run()
    assert rows(page)[0] == "21.joblib"


def test_one_is_opened_told_and_taken_away(tests: Callable[..., AppTest], world: World) -> None:
    run_id = keep(world, a_report(), "auc >= 0.75")
    page = tests()
    page.button(key=f"open-{run_id}").click().run()
    assert page.query_params["run"] == run_id
    text = words(page)
    assert shown(page.title[0].value) == "m.joblib"
    assert shown(page.success[0].value) == "Passed: of 1 limit, 1 passed."
    for said in ("auc is 0.80 (0.78 to 0.82)", "It is good.", "latency_p95_ms"):
        assert said in text
    assert "give the model m.joblib (SHA-256 abab" in text
    assert [code.value for code in page.main.code] == [f"python -m testbench --again {run_id} MODEL"]
    assert [button.label for button in page.sidebar.get("download_button")] == ["HTML", "CSV", "JSON"]
    page.button(key="tests-all").click().run()
    assert rows(page) == ["m.joblib"]


def test_two_are_chosen_and_compared(tests: Callable[..., AppTest], world: World) -> None:
    older, newer, third = (keep(world, a_report(f"{auc}.joblib", auc)) for auc in (0.7, 0.8, 0.9))
    page = tests()
    assert page.button(key="tests-compare").disabled
    for run_id in (third, newer, older):  # of three, the two that were chosen last
        page.checkbox(key=f"choose-{run_id}").check().run()
    assert [page.checkbox(key=f"choose-{run_id}").value for run_id in (older, newer, third)] == [True, True, False]
    page.button(key="tests-compare").click().run()
    assert page.query_params["compare"] == f"{older},{newer}"
    text = words(page)
    assert "Beyond chance, the second is better in AUC. The same: breaks" in shown(text)
    assert "Not paired: the first test kept no answers row by row." in shown(text)
    assert "+0.1000 (+0.0717 to +0.1283)" in text
    assert "▲ better" in text
    assert "= the same" in text
    assert [(each.label, each.proto.expanded) for each in page.main.expander] == [
        ("All 3 measures of both, and what else differs", False)
    ]
    assert not page.warning


def test_those_of_the_same_rows_are_compared_row_by_row(tests: Callable[..., AppTest], world: World) -> None:
    """Each one's own interval is far wider than the difference."""
    truth = np.tile([0, 1, 1], 200)
    chance = np.random.default_rng(0).random(600)
    told = [Told(Task.BINARY, (0, 1), truth, np.clip(chance + by * (truth - 0.5), 0, 1), 600) for by in (0.3, 0.33)]
    pair = [keep(world, a_report(auc=auc, told=each)) for auc, each in zip((0.82, 0.83), told, strict=True)]
    text = shown(words(tests(compare=",".join(pair))))
    assert "Beyond chance, the second is better in AUC." in text
    assert "Differences of scores are paired, row by row: both models answered the same 600 rows" in text


def test_on_other_rows_nothing_is_called_better(tests: Callable[..., AppTest], world: World) -> None:
    first, second = keep(world, a_report()), keep(world, a_report(auc=0.9, data=a_report().data.iloc[:3], rows=3))
    page = tests(compare=f"{first},{second}")
    assert shown(page.warning[0].value) == "They rest on 4 and on 3 rows. So nothing is called better or worse."
    assert "▲ better" not in words(page)
    assert "– not comparable: it rests on other data" in words(page)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ({"compare": "a"}, "got 'a', expected the runs of two tests"),
        ({"compare": "a,b"}, "there is no test 'a'"),
        ({"run": "<img src=x>"}, "there is no test '<img src=x>'"),
    ],
)
def test_an_address_that_names_no_test_says_so_and_leads_back(
    tests: Callable[..., AppTest], world: World, query: dict[str, str], said: str
) -> None:
    keep(world, a_report())
    page = tests(**query)
    assert said in words(page)
    page.button(key="tests-all").click().run()
    assert rows(page) == ["m.joblib"]


def test_one_is_deleted_after_it_was_asked_for_twice_and_can_be_restored(
    tests: Callable[..., AppTest], world: World
) -> None:
    run_id = keep(world, a_report())
    page = tests(run=run_id)
    page.button(key="test-delete").click().run()
    page.button(key="test-delete-no").click().run()
    assert world.client.get_run(run_id).info.lifecycle_stage == "active"
    page.button(key="test-delete").click().run()
    page.button(key="test-delete-yes").click().run()
    assert world.client.get_run(run_id).info.lifecycle_stage == "deleted"
    assert f"restore_run('{run_id}')" in words(page)
    assert rows(page) == []
    world.client.restore_run(run_id)
    page.run()
    assert rows(page) == ["m.joblib"]


def test_one_whose_files_stayed_waits_to_be_run_again(
    tests: Callable[..., AppTest],
    world: World,
    tmp_path: Path,
    queue: Queue,
) -> None:
    (tmp_path / "m").write_bytes(b"a model")
    report = a_report()
    same = replace(report, file=replace(report.file, sha256=sha256_of(tmp_path / "m")))
    page = tests(run=keep(world, same, given=Given(keep={MODEL: tmp_path / "m"})))
    assert "Its files were kept with it, and settings, seed 7" in words(page)
    page.button(key="test-again").click().run()
    (job,) = queue.list().jobs
    assert job.state is State.QUEUED
    assert f"Put into the queue as the job {job.id}" in words(page)
    shutil.rmtree(world.artifacts)
    page.button(key="test-again").click().run()
    assert "Put into the queue" not in words(page)


@pytest.mark.parametrize("same", [True, False])
def test_one_whose_files_did_not_stay_is_run_again_of_those_that_are_given_again(
    tests: Callable[..., AppTest], world: World, queue: Queue, tmp_path: Path, same: bool
) -> None:
    """By the same settings, seed, schema and policy; another file makes it a test of its own."""
    files = {MODEL: b"a model", SAMPLE: b"age,region\n31,south\n"}
    hashes = {part: hashlib.sha256(content).hexdigest() for part, content in files.items()}
    report = a_report(synthetic=False)
    report = replace(report, file=replace(report.file, sha256=hashes[MODEL]))
    given = Given(sample=SampleFile("rows.csv", hashes[SAMPLE], 1, ("age", "region")), labels="region")
    run_id = keep(world, report, "auc >= 0.7", given)
    page = tests(run=run_id)
    assert page.button(key="test-again").disabled
    page.file_uploader(key=f"again-model-{run_id}").upload("m.joblib", files[MODEL] if same else b"another").run()
    assert page.button(key="test-again").disabled
    page.file_uploader(key=f"again-sample-{run_id}").upload("rows.csv", files[SAMPLE]).run()
    told = f"This is the sample that was tested: SHA-256 {hashes[SAMPLE]}."
    assert told in [shown(each.value) for each in page.success]
    warned = [shown(each.value) for each in page.warning]
    assert [f"expected {hashes[MODEL]}" in each for each in warned] == ([] if same else [True])
    button = page.button(key="test-again")
    assert button.label == ("Run it again" if same else "Test these files by the same settings")
    button.click().run()
    (job,) = queue.list().jobs
    assert f"Put into the queue as the job {job.id}" in words(page)
    (payload,) = queue.payloads()
    found = known(tmp_path / "home" / "uploads", str(payload["upload"]))
    said = found.said()
    assert found.file(MODEL).read_bytes() == (files[MODEL] if same else b"another")
    assert found.file(SAMPLE).read_bytes() == files[SAMPLE]
    assert from_json(found.file("schema").read_bytes()) == report.schema
    assert (said["settings"]["seed"], said["policy"], said["labels"]) == (7, "auc >= 0.7", "region")
    assert said["again_of"] == (run_id if same else None)


def test_what_others_put_there_is_shown_as_it_is_and_does_nothing(tests: Callable[..., AppTest], world: World) -> None:
    tags = {"mlflow.runName": HOSTILE, "verdict": HOSTILE, "works": HOSTILE}
    foreign = world.run("model_tests", params={"model_class": HOSTILE}, tags=tags)
    ours = world.run("model_tests", tags={**tags, "batch_zero.kind": "model_test"})
    keep(world, a_report(HOSTILE, findings=()))
    page = tests()
    assert "? Unreadable" in words(page)
    assert HOSTILE[:40] in words(page)
    opened = tests(run=ours)
    assert "cannot be read: " in words(opened)
    assert f"{foreign}: no test of this program" in words(tests(run=foreign))
    for each in (page, opened):
        assert not any("<img" in element.proto.body for element in each.get("html"))


def test_the_list_tells_verdict_model_and_its_foremost_score(tests: Callable[..., AppTest], world: World) -> None:
    run_id = keep(world, a_report(rows=1000), "auc >= 0.85")
    again = keep(world, a_report(findings=()), given=Given(again_of=run_id))
    text = " ".join(words(tests()).split())
    assert "✕ Not passed m.joblib · AUC 0.800 · " in text
    assert f"1,000 made-up rows · run {run_id[:8]}" in text
    assert f"again of {run_id[:8]} · run {again[:8]}" in text
    assert run_id not in text
    assert "This test cannot be shown" in words(tests(run="0" * 32))
    pair = words(tests(compare=f"{run_id},{again}"))
    assert "First: m.joblib , not passed, tested 20" in " ".join(pair.split())
