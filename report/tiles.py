"""The tiles of the report as plain data: the four at the top, and the scores of a batch."""

from dataclasses import dataclass

from metrics.scores import NAMES, Scores
from report import formats, words
from report.story import Chapter, Story


@dataclass(frozen=True)
class Tile:
    """note: one quiet line under the value."""

    label: str
    value: str
    note: str


@dataclass(frozen=True)
class ScoreTile:
    """One score of a batch. candidate, change: None where no model was trained.

    better: whether the candidate's value is the better one; None where they are equal or one is not known.
    """

    label: str
    production: str
    candidate: str | None
    change: str | None
    better: bool | None

    @property
    def arrow(self) -> str:
        return {True: "↑", False: "↓", None: ""}[self.better]


def hero_tiles(story: Story) -> tuple[Tile, ...]:
    return (_model_tile(story), _batches_tile(story), _trained_tile(story), _retraining_tile(story))


def closing_tiles(story: Story) -> tuple[Tile, ...]:
    """Where the experiment began and where it ended. ``words.CAVEAT`` belongs beside them."""
    summary, numbers = story.summary, [chapter.batch for chapter in story.chapters]
    after = sum(number > 0 for number in numbers)
    since = summary.in_production_since
    return (
        Tile("Starting AUC", formats.score(summary.starting_auc), "initial model on Batch 0"),
        Tile(
            "Ending AUC",
            formats.score(summary.ending_auc),
            f"model since Batch {since}, on Batch {_last_gated(story)}" if since is not None else "model in production",
        ),
        Tile(
            "Drift detected", formats.whole(summary.drift_detected), f"in {formats.counted(after, 'batch', 'batches')}"
        ),
        _retraining_tile(story),
    )


def score_tiles(chapter: Chapter) -> tuple[ScoreTile, ...]:
    """In the order of ``metrics.scores.NAMES``; empty where no quality gate has finished."""
    return tuple(_score_tile(chapter, name) for name in NAMES) if chapter.gate is not None else ()


def _score_tile(chapter: Chapter, name: str) -> ScoreTile:
    production = chapter.gate.production if chapter.gate is not None else Scores()
    label, value = words.metric_label(name), formats.score(getattr(production, name))
    if chapter.candidate is None:
        return ScoreTile(label, value, None, None, None)
    change = formats.change(chapter.gain(name))
    better = None if change in {"0", formats.UNKNOWN} else change.startswith("+")
    return ScoreTile(label, value, formats.score(getattr(chapter.candidate, name)), change, better)


def _model_tile(story: Story) -> Tile:
    if story.model is None:
        return Tile("Production model", "none", f"no version of {story.experiment.names.model} is in production")
    facts = [story.model.name]
    if _is_last_deployed(story):
        facts.append(f"AUC {formats.score(story.summary.ending_auc)}")
        if story.summary.in_production_since is not None:
            facts.append(f"since Batch {story.summary.in_production_since}")
    return Tile("Production model", f"version {story.model.version}", " · ".join(facts))


def _is_last_deployed(story: Story) -> bool:
    """Whether the registry's model may be the one this history deployed last, so that its AUC and batch are its own."""
    trained = [chapter.gate.training_run_id for chapter in story.chapters if chapter.deployed and chapter.gate]
    known = story.model.run_id if story.model is not None else None
    return not trained or trained[-1] is None or known is None or known == trained[-1]


def _batches_tile(story: Story) -> Tile:
    numbers = [chapter.batch for chapter in story.chapters]
    if not numbers:
        return Tile("Batches processed", "0", "none yet")
    span = f"Batch {numbers[0]} to {numbers[-1]}" if len(numbers) > 1 else f"Batch {numbers[0]}"
    return Tile("Batches processed", formats.whole(story.summary.batches_processed), span)


def _trained_tile(story: Story) -> Tile:
    retrained = story.summary.retraining_events
    initial = story.summary.models_trained - retrained
    return Tile(
        "Models trained", formats.whole(story.summary.models_trained), f"{initial} initial + {retrained} retrained"
    )


def _retraining_tile(story: Story) -> Tile:
    deployed = story.summary.deployed
    return Tile("Retraining events", formats.whole(story.summary.retraining_events), f"{deployed or 'none'} deployed")


def _last_gated(story: Story) -> str:
    gated = [chapter.batch for chapter in story.chapters if chapter.gate is not None]
    return str(gated[-1]) if gated else formats.UNKNOWN
