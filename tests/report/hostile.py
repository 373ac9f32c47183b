"""Text as somebody may have put it into a store, in every field that the report shows."""

from dataclasses import replace

from drift.result import ColumnDrift
from lifecycle.experiment import MlflowNames
from lifecycle.records import Attempts, History, ProductionModel, RunRef
from report.evidence import ColumnEvidence, Evidence, RocEvidence
from report.story.story import Story, tell
from tests.stories import EXPERIMENT, roc_curve, run, six_batches

MARKUP = (
    "<script>window.pwned=1</script>",
    "</script><script>window.pwned=1</script>",
    "</title></style></textarea><img src=x onerror=window.pwned=1>",
    "\"'><svg onload=window.pwned=1>",
    "<!--<iframe srcdoc='<script>parent.pwned=1</script>'>",
    "{{ 7 * 7 }}{% raw %}",
    "<meta http-equiv=refresh content='0;url=http://evil.example'>",
    "&lt;b&gt;&amp;",
)
MARKDOWN = (
    "![beacon](http://evil.example/x.png)",
    "[click](javascript:alert(1))",
    "a | b || c\n\n# heading\n- item",
    "`code` **bold** ~~gone~~ <b>html</b> $x$ :smile: @someone #1",
    "http://evil.example www.evil.example",
    "back\\slash \\| \\*",
    "    indented\n```\nfence",
)
TEXTS = MARKUP + MARKDOWN
EVERYTHING = " ".join(TEXTS)


def story(text: str = EVERYTHING) -> Story:
    """The six batches, with ``text`` wherever a store or an experiment.toml may put any."""
    batches = []
    for record in six_batches().batches:
        assert record.drift is not None
        assert record.gate is not None
        drift = replace(record.drift, run=_run(record.drift.run, text), reference_data=text, new_data=text)
        gate = replace(record.gate, run=_run(record.gate.run, text), test_set=text, model_type=text)
        gate = replace(gate, decision=None, odd_decision=text)
        attempts = Attempts(2, (replace(run(text, minutes=600), status=text, experiment_id=text),))
        batches.append(replace(record, drift=drift, gate=gate, gate_attempts=attempts))
    history = History(
        batches=tuple(batches),
        unfinished=((9, (run("x", status=text),)),),
        odd_batch_numbers=TEXTS,
        missing_experiments=(text,),
        present_experiments=(text,),
    )
    names = MlflowNames(drift_experiment=text, gate_experiment=text, model=text)
    experiment = replace(EXPERIMENT, title=text, description=text, names=names)
    return tell(history, ProductionModel(text, text, text, text, text), experiment)


def _run(ref: RunRef | None, text: str) -> RunRef:
    assert ref is not None
    return replace(ref, run_id=f"{ref.run_id} {text}", experiment_id=text)


def evidence(text: str = EVERYTHING) -> Evidence:
    column = ColumnDrift(text, text, text, 0.2, 0.1, True, text)
    curve = roc_curve(0.7)
    return Evidence(
        roc=lambda _run_id, candidate: RocEvidence(curve, curve if candidate else None, (text,)),
        columns=lambda _run_id: ColumnEvidence((column,), (text,)),
    )
