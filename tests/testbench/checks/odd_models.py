"""Models that are not as they should be, each in one way. Their classes are made within functions, so that cloudpickle
stores them by value: the sandbox knows nothing of this file."""

from typing import Any


def answering(answers: str) -> Any:
    """A classifier of two classes whose ``predict_proba`` is given as Python: of ``X`` (a frame) and ``np``."""

    class Odd:
        _estimator_type = "classifier"
        classes_ = [0, 1]  # noqa: RUF012 - as scikit-learn has it

        def __init__(self, code: str) -> None:
            self.code, self.calls = code, 0

        def predict_proba(self, X: Any) -> Any:
            import os
            import time

            import numpy as np

            self.calls += 1
            ones = eval(self.code, {"X": X, "np": np, "os": os, "time": time, "calls": self.calls})
            ones = np.asarray(ones, dtype=float)
            return np.column_stack([1 - ones, ones])

        def predict(self, X: Any) -> Any:
            return (self.predict_proba(X)[:, 1] >= 0.5).astype(int)

    return Odd(answers)


def shaped(columns: int, classes: int | None) -> Any:
    """A classifier whose ``predict_proba`` has so many columns, one number for each row where they are 0; classes:
    that it says it has."""

    class Shaped:
        _estimator_type = "classifier"

        def __init__(self) -> None:
            self.columns = columns
            if classes is not None:
                self.classes_ = list(range(classes))

        def predict_proba(self, X: Any) -> Any:
            import numpy as np

            return np.full((len(X), self.columns), 1 / self.columns) if self.columns else np.full(len(X), 0.5)

        def predict(self, X: Any) -> Any:
            return (X["x"] > 0.5).to_numpy().astype(int)

    return Shaped()


def saying(answers: str = "(X.iloc[:, 0] >= 0.5).astype(int)", **attributes: Any) -> Any:
    """A model that says of itself what it is told, whose ``predict`` is given as Python: of ``X`` (a frame)."""

    class Says:
        _estimator_type = "classifier"

        def __init__(self) -> None:
            self.__dict__.update(attributes)

        def predict(self, X: Any) -> Any:
            import numpy as np

            return np.asarray(eval(answers, {"X": X}))

        def predict_proba(self, X: Any) -> Any:
            import numpy as np

            if answers.startswith("["):
                raise ValueError("it has none")
            ones = np.clip(X.iloc[:, 0], 0, 1)
            return np.column_stack([1 - ones, ones])

    return Says()
