"""Models of libraries with a protocol of their own, behind that of scikit-learn."""

from typing import Any, ClassVar


class Native:
    """kind: what the model is, in a word. model: the library's own object.

    Besides ``predict`` it has ``predict_proba``, which raises Refused where its numbers are no probabilities, and what
    it knows of ``feature_names_in_``, ``n_features_in_`` and ``classes_``."""

    kind: ClassVar[str]

    def __init__(self, model: Any) -> None:
        self.model = model

    def classes_for(self, rows: Any) -> Any:
        """What its probabilities for these rows are of, in their order; None where it does not say."""
        del rows
        return getattr(self, "classes_", None)

    def task(self) -> str | None:
        """ "classifier" or "regressor"; None where it does not say."""
        return None

    def column_kinds(self, columns: list[str]) -> dict[str, Any]:
        """What it knows of its columns beyond that they are numbers: name -> ColumnType."""
        del columns
        return {}

    def instead_of_numbers(self) -> str | None:
        """What its ``predict`` gives, where that is no number of what its target counts: a part of a sentence."""
        return None
