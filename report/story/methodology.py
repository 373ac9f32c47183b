"""How the experiment works, in words, with the numbers that were in force. Plain text, the same on every face."""

from collections import Counter
from collections.abc import Sequence

from batch_zero import formats
from batch_zero.text import capitalized, shortened
from drift.missing import JUMP, SIGNIFICANCE
from drift.policy import DriftPolicy
from lifecycle.experiment import Experiment
from lifecycle.gate import GatePolicy
from report.evidence import ColumnEvidence
from report.story.chapter import has_other_words
from report.story.story import Story
from report.story.surveys import CONTRACT


def paragraphs(story: Story, tables: Sequence[ColumnEvidence] = ()) -> tuple[tuple[str, str], ...]:
    """(heading, text). tables: of the drift runs, where they have been loaded."""
    return (
        ("Drift share", " ".join(filter(None, (_drift_share(story), methods(tables))))),
        ("Drift threshold", _threshold(story)),
        ("Quality gate", _gate(story)),
        ("Which runs are shown", _runs(story)),
        ("What this can and cannot show", _limits(story)),
    )


def in_force(story: Story) -> tuple[tuple[str, str], ...]:
    """Those of today's settings that this story goes by: (name, value)."""
    gate, names = story.experiment.gate, story.experiment.names
    higher, name = gate.score.higher_is_better, gate.score.with_article
    sign, way, far = (1, "from", "down to") if higher else (-1, "up to", "up to")
    threshold = ("Drift threshold", formats.threshold(story.drift_threshold))
    rule = (
        (f"Deploy {way} {name} change of", formats.limit(sign * gate.min_gain)),
        (f"Refresh {far} {name} change of", formats.limit(-sign * gate.max_loss)),
    )
    return (
        *([threshold] if story.uses_own_threshold else []),
        *(rule if story.uses_own_rule else ()),
        ("Registered model", names.model or formats.UNKNOWN),
        ("Drift runs in", names.drift_experiment),
        ("Quality gate runs in", names.gate_experiment),
    )


def _drift_share(story: Story) -> str:
    """Only what is known of this history: any pipeline may have written it."""
    own = f" {_pipeline(story.experiment.drift)}" if story.is_ours else ""
    return (
        f"Each batch is the current data; {_reference(story)}. The drift share is the number of drifted columns "
        "divided by the number of columns that could be tested, as the drift run stored it. How it was measured is not "
        "stored with the share; where a run keeps each column's test, value and limit, its batch lists them."
    ) + own


def methods(tables: Sequence[ColumnEvidence]) -> str:
    """The tests that the drift tables of this history name. Empty where no table was looked for."""
    if not tables:
        return ""
    there = [table for table in tables if table.columns]
    lacking = len(tables) - len(there)
    if not there:
        return "No drift run of this history has a table of its columns that can be read."
    without = f"; {formats.counted(lacking, 'run')} without one" if lacking else ""
    return f"The drift tables of this history ({len(there)} of {len(tables)} runs{without}) name {_named(there)}."


def _named(tables: Sequence[ColumnEvidence]) -> str:
    """Each test with the kinds of column that it was used for, the most used first."""
    uses = Counter((column.method, column.kind) for table in tables for column in table.columns if column.method)
    kinds: dict[str, list[str]] = {}
    for (method, kind), _ in uses.most_common():
        kinds.setdefault(shortened(method), []).append(kind)
    words = [f"{method} for {formats.listed(sorted(set(of)))} columns" for method, of in kinds.items()]
    return formats.sample(words, 8) if words else "no test"


def _reference(story: Story) -> str:
    drifts = [chapter.drift for chapter in story.chapters if chapter.batch > 0 and chapter.drift is not None]
    stored = sorted({shortened(drift.reference_data) for drift in drifts if drift.reference_data})
    if not stored:
        return "what it was compared with is not stored"
    return f"the reference that was stored is {formats.sample(stored)}"


def _pipeline(policy: DriftPolicy) -> str:
    return (
        "Batch Zero's own pipeline, with today's settings, has Evidently compare the two column by column. "
        f"{_test('numerical', policy.numerical_method, policy.numerical_threshold)} "
        f"{_test('categorical', policy.categorical_method, policy.categorical_threshold)} A column has drifted "
        "where the p-value of its test is below the limit, or its distance reaches the limit. It has drifted as well "
        f"where the share of its missing values changed by {JUMP:g} or more, beyond chance (z-test, "
        f"p < {SIGNIFICANCE:g}). With fewer than {policy.min_rows} rows on either side there is no verdict. Other "
        "pipelines may have measured it in another way."
    )


def _test(kind: str, method: str | None, limit: float | None) -> str:
    if method is None:
        small, large = {
            "numerical": ("Kolmogorov-Smirnov test", "Wasserstein distance"),
            "categorical": ("chi-squared or z-test", "Jensen-Shannon distance"),
        }[kind]
        stated = f"the limit is {limit:g}" if limit is not None else "limits 0.05 and 0.1"
        few = " Those with no more than 5 different values are tested as categorical ones are."
        tested = f"{kind} columns are tested by {small} up to 1,000 reference rows, by {large} beyond ({stated})."
        return capitalized(f"{tested}{few if kind == 'numerical' else ''}")
    return capitalized(
        f"{kind} columns are tested by {method}{f' (the limit is {limit:g})' if limit is not None else ''}."
    )


def _threshold(story: Story) -> str:
    return (
        "A batch counts as drifted when its drift share reaches the drift threshold; the threshold itself "
        "counts. A run that stores the threshold that was in force is told by that one, the others by today's, "
        f"{formats.threshold(story.drift_threshold)}. Here {_stored(story)}."
    )


def _stored(story: Story) -> str:
    checks = [chapter for chapter in story.chapters if chapter.batch > 0 and chapter.drift is not None]
    stored = [chapter.stored_threshold for chapter in checks if chapter.stored_threshold is not None]
    impossible = sum(chapter.threshold_is_impossible for chapter in checks)
    unread = sum(chapter.drift is not None and bool(chapter.drift.unread) for chapter in checks)
    without = len(checks) - len(stored) - impossible - unread
    limits = formats.listed([formats.threshold(limit) for limit in sorted(set(stored))])
    plural = "thresholds stored are" if len(set(stored)) > 1 else "threshold stored is"
    words = [
        f"the {plural} {limits}" if stored else "",
        f"{formats.counted(impossible, 'run')} stored one that cannot be, and drift is not known" if impossible else "",
        f"of {formats.counted(unread, 'run')} not everything can be read" if unread else "",
        f"{formats.counted(without, 'run')} stored none" if without and (stored or impossible) else "",
    ]
    return "; ".join(filter(None, words)) or "no run stored one"


def _gate(story: Story) -> str:
    """Of a history that others wrote, our rule is told only where it has a part in the story."""
    if story.is_ours:
        return (
            "With today's settings: where there is drift, a new model is trained and scored against the production "
            f"model on the same test rows of the batch. {_rule(story.experiment)} {_decided(story)}"
        )
    if not any(chapter.gate is not None for chapter in story.chapters):
        return "No quality gate run of this history is known, and so nothing of its models, scores and decisions."
    if not story.uses_own_rule:
        return f"A decision is told as its run stored it. {_decided(story)}"
    return (
        "A decision is told as its run stored it. Where a run stored none, it is worked out by today's settings, for a "
        f"new model that was scored beside production's. {_rule(story.experiment)} {_decided(story)}"
    )


def _rule(experiment: Experiment) -> str:
    policy, score = experiment.gate, experiment.gate.score
    others = [other.word for other in experiment.scores.shown if other != score]
    shown = f" {capitalized(formats.listed(others))} {'is' if len(others) == 1 else 'are'} shown and" if others else ""
    return (
        f"It is deployed when its {score.word} is {_enough(policy)}. {_below(policy)}"
        f"{shown and f'{shown} decide nothing.'}"
    )


def _decided(story: Story) -> str:
    """Whether the stored decisions are of today's rule, where that was told: the runs do not store the one that they
    were made by."""
    stored = [found for found in story.chapters if found.batch > 0 and found.decision and not found.verdict.inferred]
    other = [found.batch for found in stored if found.verdict.today is not None and not found.verdict.explained]
    elsewhere = [found.batch for found in story.chapters if found.undecided and has_other_words(found.gate)]
    if not story.uses_own_rule:
        words = ""
    elif other:
        words = f" {_batches(other)} stored another decision than this rule makes of the scores: it was not theirs."
    else:
        words = (
            " No stored decision of this history speaks against it." if stored else " No run stored such a decision."
        )
    more = f" {_batches(elsewhere)} stored one in other words, so by another rule or pipeline." if elsewhere else ""
    return f"The runs do not store the rule that they were decided by.{words}{more}"


def _batches(numbers: list[int]) -> str:
    return f"{'Batch' if len(numbers) == 1 else 'Batches'} {formats.ranges(numbers)}"


def _enough(policy: GatePolicy) -> str:
    gain, (better, worse) = policy.min_gain, _sides(policy)
    if gain == 0:
        return f"at least as {'high' if policy.score.higher_is_better else 'low'} as production's"
    if gain > 0:
        return f"at least {formats.exact(gain, 3)} {better} than production's"
    return f"at most {formats.exact(-gain, 3)} {worse} than production's"


def _sides(policy: GatePolicy) -> tuple[str, str]:
    """What a better score is, and a worse one."""
    return ("higher", "lower") if policy.score.higher_is_better else ("lower", "higher")


def _below(policy: GatePolicy) -> str:
    refresh, improvement = policy.limits
    worse, beyond = _sides(policy)[1], "below" if policy.score.higher_is_better else "above"
    if refresh >= improvement:
        return f"{capitalized(beyond)} that it is not deployed."
    allowed = f"by no more than {formats.exact(-refresh, 3)} {beyond}" if refresh else f"not {beyond}"
    return (
        f"If it is {worse} than that, but {allowed} production's, it still replaces the older model as a refresh; "
        f"{beyond} that it is not deployed."
    )


def _runs(story: Story) -> str:
    return (
        "A batch may have been run many times. Its card shows the latest finished drift run and the latest finished "
        "quality gate run; failed, running and deleted runs never count. One that is newer than the run shown, "
        f"or of a kind of which none has finished, is named in the card.{_unfinished(story)}{_superseded(story)}"
    )


def _unfinished(story: Story) -> str:
    number = sum(len(chapter.runs.unfinished) for chapter in story.chapters)
    return f" Here {'is' if number == 1 else 'are'} {formats.counted(number, 'such run')}." if number else ""


def _superseded(story: Story) -> str:
    counts = [chapter.runs.superseded for chapter in story.chapters]
    if None in counts:
        return " The older finished runs are not counted yet."
    number = sum(filter(None, counts))
    verb = "was" if number == 1 else "were"
    return f" {formats.counted(number, 'older finished run')} {verb} superseded." if number else ""


def _limits(story: Story) -> str:
    word = story.experiment.scores.primary.word
    chance = f" Each {word} comes from one test set, so small differences may be chance." if story.has_scores else ""
    gated = story.table_scores
    models = ", and which of two models does better on the same rows" if gated else ""
    alone = "" if gated else f" To have models, scores and decisions told, log quality gate runs as {CONTRACT} says."
    return (
        f"It can show that the data changed{models}.{alone} It cannot show "
        "why the data changed: drift counts columns, it does not weigh how much a column matters to the model, "
        f"and it does not see a changed relation between the columns and the outcome.{chance}"
    )
