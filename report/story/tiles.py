"""The tiles of the report as plain data: the four at the top, and the scores of a batch."""

from dataclasses import dataclass

from batch_zero import formats
from metrics.kinds import Score
from report.story.chapter import Chapter
from report.story.story import Story
from report.story.summary import Summary, gated
from ui.tiles import Tile


@dataclass(frozen=True)
class ScoreTile:
    """One score of a batch. candidate, change: None where no model was trained.

    higher, better: whether the candidate's value is the higher, and the better one; None where they are equal or
    one is not known.
    """

    label: str
    production: str
    candidate: str | None
    change: str | None
    higher: bool | None = None
    better: bool | None = None

    @property
    def arrow(self) -> str:
        return {True: "↑", False: "↓", None: ""}[self.higher]


def hero_tiles(story: Story) -> tuple[Tile, ...]:
    return (_model_tile(story), _batches_tile(story), _trained_tile(story), _retraining_tile(story))


def closing_tiles(story: Story) -> tuple[Tile, ...]:
    """Where the experiment began and where it ended. ``scores.caveat`` belongs beside them."""
    summary, score = story.summary, story.experiment.scores.primary
    return (
        Tile(f"Starting {score.word}", score.text(summary.starting), _scored_first(summary, score)),
        Tile(f"Ending {score.word}", score.text(summary.ending), _scored_last(story)),
        _drift_tile(summary),
        _retraining_tile(story),
    )


def _scored_first(summary: Summary, score: Score) -> str:
    if summary.captured_after is not None:
        return f"model in production at that time, captured after Batch {summary.captured_after}"
    seen = f", {formats.counted(summary.seen_rows, 'row')} of it seen in training" if summary.seen_rows else ""
    if summary.baseline_unreadable:
        return "the quality gate run of Batch 0 cannot be read"
    if not summary.baseline:
        return "there is no baseline"
    return f"baseline model on Batch 0{seen}{_lacking(summary.starting, score)}"


def _lacking(value: float | None, score: Score) -> str:
    return f": no {score.word} is known" if value is None else ""


def _scored_last(story: Story) -> str:
    found, since = gated(story.chapters), story.summary.in_production_since
    if not found:
        return "no quality gate run has finished"
    last = found[-1]
    if last.gate_is_unreadable:
        return f"the quality gate run of Batch {last.batch} cannot be read"
    if last.undecided:
        return f"Batch {last.batch} has no known decision"
    model = f"model {'in production' if since is None else f'since Batch {since}'}, on Batch {last.batch}"
    return f"{model}{_lacking(story.summary.ending, story.experiment.scores.primary)}"


def _drift_tile(summary: Summary) -> Tile:
    if summary.later and not summary.checked:
        return Tile("Drift detected", formats.UNKNOWN, "no batch has a known drift check")
    unknown = summary.later - summary.checked
    none = "none " if unknown and not summary.drift_detected else ""
    note = f"{none}in {formats.counted(summary.checked, 'batch', 'batches')}{_unknown(unknown)}"
    return Tile("Drift detected", formats.at_least(summary.drift_detected, all_known=not unknown), note)


def _unknown(number: int) -> str:
    return f", {formats.counted(number, 'batch', 'batches')} not known" if number else ""


def score_tiles(chapter: Chapter) -> tuple[ScoreTile, ...]:
    """Of the scores that are shown; empty where no quality gate has finished."""
    return tuple(_score_tile(chapter, score) for score in chapter.scores.shown) if chapter.gate is not None else ()


def _score_tile(chapter: Chapter, score: Score) -> ScoreTile:
    value = score.text(chapter.production.get(score.name))
    if chapter.candidate is None:
        return ScoreTile(score.label, value, None, None)
    change = chapter.change_text(score)
    higher = None if change in {"0", formats.UNKNOWN} else change.startswith("+")
    better = None if higher is None else higher == score.higher_is_better
    new = score.text(chapter.candidate.get(score.name))
    return ScoreTile(score.label, value, new, change, higher, better)


def _model_tile(story: Story) -> Tile:
    if story.model is None:
        return no_model(story.experiment.names.model)
    facts, summary = [story.model.name], story.summary
    score = story.experiment.scores.primary
    if story.model_is_known and summary.ending is not None:
        facts.append(f"{score.label} {score.text(summary.ending)} on Batch {gated(story.chapters)[-1].batch}")
    if story.model_is_known and summary.in_production_since is not None:
        facts.append(f"since Batch {summary.in_production_since}")
    return Tile("Production model", f"version {story.model.version}", " · ".join(facts))


def no_model(name: str | None) -> Tile:
    """name: of the registered model of which no version is in production; None where the experiment names none."""
    if name is None:
        return Tile("Production model", formats.UNKNOWN, "the experiment names no registered model")
    return Tile("Production model", "none", f"no version of {name} is in production")


def _batches_tile(story: Story) -> Tile:
    numbers = [chapter.batch for chapter in story.chapters]
    if not numbers:
        return Tile("Batches processed", "0", "none yet")
    span = f"Batch {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"Batch {numbers[0]}"
    return Tile("Batches processed", formats.whole(story.summary.batches_processed), span)


def _trained_tile(story: Story) -> Tile:
    summary = story.summary
    if not story.chapters:
        return Tile("Models trained", "0", "none yet")
    unknown, again = summary.later - summary.decided, summary.retraining_events
    if summary.baseline and not summary.has_initial:
        shown = formats.at_least(again, all_known=again > 0 and not unknown)
        retrained = f"{again or 'none'} retrained{_unknown(unknown)}"
        return Tile("Models trained", shown, f"{retrained}; the first model's training is not stored")
    initial = "1 initial" if summary.has_initial else "initial not known"
    more = f" + {again} retrained" if again else ""
    shown = formats.at_least(summary.models_trained, all_known=summary.has_initial and not unknown)
    return Tile("Models trained", shown, f"{initial}{more}{_unknown(unknown)}")


def _retraining_tile(story: Story) -> Tile:
    summary = story.summary
    if summary.later and not summary.decided:
        return Tile("Retraining events", formats.UNKNOWN, "no batch has a known decision")
    shown = formats.at_least(summary.retraining_events, all_known=summary.decided == summary.later)
    deployments = _deployed(summary) if summary.retraining_events else _decided(summary)
    return Tile("Retraining events", shown, f"{deployments}{_unknown(summary.later - summary.settled)}")


def _deployed(summary: Summary) -> str:
    if summary.settled == summary.later:
        return f"{summary.deployed or 'none'} deployed"
    return f"at least {summary.deployed} deployed" if summary.deployed else "none known to be deployed"


def _decided(summary: Summary) -> str:
    if not summary.later:
        return "no batch after Batch 0"
    none = "none " if summary.decided < summary.later else ""
    return f"{none}in {formats.counted(summary.decided, 'batch', 'batches')}"
