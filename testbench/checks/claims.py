"""What a model says of itself and cannot be: how a test goes on."""

from collections.abc import Iterator

from sandbox.description import Description

WITHOUT = {
    "features": "the test goes on without these names, and takes the columns in the order in which they come",
    "feature_count": "the test goes on without it",
    "classes": "the test goes on without them, and calls its classes 0, 1 and so on, or by what it predicts",
}


def remarks(model: Description) -> Iterator[str]:
    """In sentences, for a person."""
    for what, goes_on in WITHOUT.items():
        if what in model.odd:
            yield f"Of itself the model says what cannot be: {model.odd[what]}; {goes_on}."
