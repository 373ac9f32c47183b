"""A model that only MLflow's own loader opens (``python_function``): somebody's own class, or a library of which this
project knows nothing. MLflow is imported here because this runs in the child, among whatever else the model wants.
"""

from pathlib import Path
from typing import Any

import numpy as np

from sandbox.child.align import Refused
from sandbox.child.libraries.native import Native
from sandbox.child.words.numbers import as_numbers


class PyFunc(Native):
    """model: a ``mlflow.pyfunc.PyFuncModel``. It has one ``predict``, which may give anything."""

    kind = "pyfunc"

    def predict(self, rows: Any) -> Any:
        return self.model.predict(self._typed(rows))

    def predict_proba(self, rows: Any) -> Any:
        found = np.asarray(self.predict(rows))
        if found.dtype.kind == "O":
            found = as_numbers(found, "its predictions")
        if found.dtype.kind not in "fiub":
            raise Refused("its predict gives no numbers; the probability of the positive class was expected")
        if found.ndim == 2 and found.shape[1] > 1:
            return found
        ones = found.reshape(len(found)).astype(float)
        if np.isin(ones, (-1, 0, 1)).all():
            raise Refused("its predict gives classes, as it seems; the probability of the positive class was expected")
        return np.column_stack([1 - ones, ones])

    def _typed(self, rows: Any) -> Any:
        """A signature of 32 bits refuses numbers of 64, which is what a file of text has."""
        schema = self.model.metadata.get_input_schema()
        if schema is None or schema.is_tensor_spec():
            return rows
        narrow = {c.name: c.type.to_numpy() for c in schema.inputs if c.name and c.type.name in ("integer", "float")}
        return rows.astype(narrow)


def load_pyfunc(folder: Path) -> PyFunc:
    import mlflow.pyfunc

    return PyFunc(mlflow.pyfunc.load_model(str(folder), suppress_warnings=True))
