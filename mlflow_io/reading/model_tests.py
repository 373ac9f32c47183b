"""Kept tests of model files: listed, and one by its run, whichever kind of store holds them. What others have put into
the experiment is listed as what it is."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from batch_zero.errors import BatchZeroError
from batch_zero.formats import is_known
from batch_zero.text import one_line, shortened
from lifecycle.records import RunRef
from metrics.kinds import KNOWN
from mlflow_io.artifacts.results import load_json
from mlflow_io.history import moment
from mlflow_io.latest_runs import FINISHED
from mlflow_io.stores.open import open_store
from mlflow_io.stores.run_list import RUN_ID, Cursor, Having, Place, Run, RunFilter, Store, position
from mlflow_io.writing.model_tests import ANSWERS, EXPERIMENT, KIND, KIND_TEST, RESULT, UPLOAD

PAGE = 20
LOOKED_AT = 2_000
"""Runs at a time, of which those are chosen that have a text."""

LONGEST = 200
"""Of what a run says, in a list."""


class NoSuchTest(BatchZeroError):
    """No run of the experiment, or one that is deleted or no test."""

    status = 404


class NoPage(BatchZeroError):
    """A place in the list that is none."""

    status = 422


@dataclass(frozen=True)
class Search:
    """text: anywhere in the name of a test or its model's class, in any case. The others: exactly so, None for all.
    upload: of which the test was."""

    text: str = ""
    verdict: str | None = None
    works: bool | None = None
    kind: str | None = None
    model_class: str | None = None
    upload: str | None = None

    @property
    def having(self) -> tuple[Having, ...]:
        found = (
            (Place.TAG, "verdict", self.verdict),
            (Place.TAG, "works", None if self.works is None else str(self.works)),
            (Place.PARAM, "model_kind", self.kind),
            (Place.PARAM, "model_class", self.model_class),
            (Place.TAG, UPLOAD, self.upload),
        )
        return tuple(Having(*one) for one in found if one[-1] is not None)

    def fits(self, run: Run) -> bool:
        words = (run.name, run.data.params.get("model", ""), run.data.params.get("model_class", ""))
        return not self.text or any(self.text.casefold() in text.casefold() for text in words)


ALL = Search()


@dataclass(frozen=True)
class KeptTest:
    """One run of the experiment. ours: written by this program. problem: why it is no test that can be opened, empty
    for one that is. Texts are on one line, and short; None is what the run does not say. scores: those that are known
    here, the foremost first."""

    run: RunRef
    name: str
    ours: bool
    problem: str = ""
    model: str | None = None
    kind: str | None = None
    model_class: str | None = None
    sha256: str | None = None
    works: bool | None = None
    verdict: str | None = None
    rows: str | None = None
    synthetic: bool | None = None
    seed: str | None = None
    kept: tuple[str, ...] = ()
    again_of: str | None = None
    scores: Mapping[str, float] = field(default_factory=dict)

    @property
    def run_id(self) -> str:
        return self.run.run_id

    def as_dict(self) -> dict[str, Any]:
        """JSON types only."""
        words = {name: value for name, value in vars(self).items() if name not in {"run", "kept", "scores"}}
        began = {"status": self.run.status, "started": self.run.start_time.isoformat()}
        return {"run_id": self.run_id, **began, **words, "kept": list(self.kept)}


@dataclass(frozen=True)
class TestPage:
    """next: where it goes on, None at the end; where runs were looked through for a text, there may be fewer than were
    asked for, or none, and yet more to come. unreadable: what the store could not say, each with where and why."""

    __test__ = False

    tests: tuple[KeptTest, ...]
    next: str | None = None
    unreadable: tuple[str, ...] = ()


def list_tests(uri: str, search: Search = ALL, cursor: str | None = None, most: int = PAGE) -> TestPage:
    """The newest first; none where there is no such experiment. Raises TrackingError, or NoPage for a cursor that is
    none."""
    after = _place(cursor)
    with open_store(uri) as store:
        experiment = store.experiment_ids([EXPERIMENT])
        if EXPERIMENT not in experiment.content:
            return TestPage((), None, experiment.unreadable)
        criteria = RunFilter(experiment.content[EXPERIMENT], having=search.having)
        unreadable = list(experiment.unreadable)
        found: list[Run] = []
        for looked, (run, there_is_more) in enumerate(_runs(store, criteria, after, most, unreadable), 1):
            if search.fits(run):
                found.append(run)
            if (len(found) == most or looked == LOOKED_AT) and there_is_more:
                following = str(position(run.info))
                return TestPage(tuple(map(_told, found)), following, tuple(dict.fromkeys(unreadable)))
            if len(found) == most:
                break
    return TestPage(tuple(map(_told, found)), None, tuple(dict.fromkeys(unreadable)))


def one_test(uri: str, run_id: str) -> KeptTest:
    """Raises NoSuchTest, or TrackingError."""
    missing = NoSuchTest(f"there is no test {shortened(one_line(run_id), 80)!r} in the experiment {EXPERIMENT}")
    if not RUN_ID.fullmatch(run_id):
        raise missing
    with open_store(uri) as store:
        run = store.get_run(run_id).content
        if run is None or run.experiment_id != store.experiment_ids([EXPERIMENT]).content.get(EXPERIMENT):
            raise missing
    return _told(run)


def load_test(uri: str, run_id: str) -> Any:
    """Everything that was kept of one, as JSON that may be anybody's. Raises NoSuchTest, or TrackingError."""
    test = one_test(uri, run_id)
    if test.problem:
        raise NoSuchTest(f"{run_id}: {test.problem}")
    return load_json(uri, run_id, RESULT)


def load_answers(uri: str, run_id: str) -> Any:
    """What the model answered row by row, as JSON that may be anybody's. Raises TrackingError."""
    return load_json(uri, run_id, ANSWERS)


def _place(cursor: str | None) -> Cursor | None:
    try:
        return None if cursor is None else Cursor.parse(cursor)
    except ValueError as error:
        raise NoPage(str(error)) from None


def _runs(
    store: Store, criteria: RunFilter, after: Cursor | None, most: int, unreadable: list[str]
) -> Iterator[tuple[Run, bool]]:
    """Each with whether there is one after it."""
    while True:
        answer = store.list_runs(criteria, after=after, limit=max(most, PAGE))
        unreadable += answer.unreadable
        runs, after = answer.content.runs, answer.content.next
        for number, run in enumerate(runs, 1):
            yield run, number < len(runs) or after is not None
        if after is None:
            return


def _told(run: Run) -> KeptTest:
    info, params, tags = run.info, run.data.params, run.data.tags

    def said(values: Any, key: str) -> str | None:
        return one_line(values[key], LONGEST) if key in values else None

    return KeptTest(
        run=RunRef(
            info.run_id, run.experiment_id, one_line(info.status, LONGEST), moment(info.start), moment(info.end)
        ),
        name=one_line(run.name, LONGEST) or "without a name",
        ours=tags.get(KIND) == KIND_TEST,
        problem=_problem(run),
        model=said(params, "model"),
        kind=said(params, "model_kind"),
        model_class=said(params, "model_class"),
        sha256=said(params, "model_sha256"),
        works=_truth(tags.get("works")),
        verdict=said(tags, "verdict"),
        rows=said(params, "rows"),
        synthetic=_truth(params.get("synthetic")),
        seed=said(params, "seed"),
        kept=tuple(part for part in ("model", "sample") if part in tags.get("kept", "").split(",")),
        again_of=said(tags, "again_of"),
        scores={name: run.data.metrics[name] for name in KNOWN if is_known(run.data.metrics.get(name))},
    )


def _problem(run: Run) -> str:
    if run.data.tags.get(KIND) != KIND_TEST:
        return f"no test of this program: its tag {KIND} is not {KIND_TEST}"
    if run.info.status != FINISHED:
        return f"its test was not written to its end: the run is {one_line(run.info.status, LONGEST)}"
    return ""


def _truth(text: str | None) -> bool | None:
    return {"True": True, "False": False}.get(text or "")
