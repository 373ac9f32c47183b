"""What can go wrong with a model file, and its own words about that."""

from batch_zero.errors import BatchZeroError
from batch_zero.text import one_line

UNUSABLE = "the model could not be used: "
"""So begins what a model's process says of an error."""


class ModelError(BatchZeroError):
    """The model could not be opened, or it gave no usable predictions. One sentence."""

    status = 422


class NoAnswerError(ModelError):
    """The model's process ended, or wrote something else, where an answer was due."""


def plain(text: str) -> str:
    """A model's own words, for a terminal and a log: one line of at most 300 characters, none of them for control."""
    return " ".join(one_line(text[:10_000]).split())[:300]
