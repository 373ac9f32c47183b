"""A graph in ONNX, run by ONNX Runtime on the processor.

What its inputs and outputs mean is said by convention only: one input for each column, or one for all of them; a
classifier gives its label and, beside it, the probabilities: a table, or a dictionary for each row.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np

from sandbox.child.align import Refused
from sandbox.child.evidence import NUMBERS, TEXT, TRUTH, WHOLE, ColumnType
from sandbox.child.libraries.native import Native
from sandbox.child.words import objectives

TYPES = {
    "tensor(float)": ("float32", NUMBERS), "tensor(double)": ("float64", NUMBERS), "tensor(int64)": ("int64", WHOLE),
    "tensor(int32)": ("int32", WHOLE), "tensor(bool)": ("bool", TRUTH), "tensor(string)": ("object", TEXT),
}  # fmt: skip
"""Of an input: its type in NumPy, and what it says of a column."""

LABELS = ("tensor(int64)", "tensor(string)", "tensor(bool)", "tensor(int32)")
TABLES = ("tensor(float)", "tensor(double)")


class Onnx(Native):
    """model: an ``onnxruntime.InferenceSession``."""

    kind = "ONNX"

    def __init__(self, model: Any) -> None:
        super().__init__(model)
        self._inputs = model.get_inputs()
        if odd := [i.type for i in self._inputs if i.type not in TYPES]:
            raise Refused(f"it takes {odd[0][:50]}, one of {', '.join(TYPES)} was expected")
        if len(self._inputs) > 1:
            self.feature_names_in_ = [i.name for i in self._inputs]
        elif isinstance(width := self._inputs[0].shape[-1], int):
            self.n_features_in_ = width

    def task(self) -> str | None:
        outputs = self.model.get_outputs()
        if len(outputs) == 1:
            return "regressor" if outputs[0].type in TABLES else None
        return "classifier" if outputs[0].type in LABELS else None

    def predict(self, rows: Any) -> Any:
        first = self.model.get_outputs()[0].name
        found = np.asarray(self.model.run([first], self._fed(rows))[0])
        return found[:, 0] if found.ndim == 2 and found.shape[1] == 1 else found

    def predict_proba(self, rows: Any) -> Any:
        found = self.model.run([self._probabilities().name], self._fed(rows))[0]
        if isinstance(found, list):  # a dictionary of class and probability for each row
            return np.array([[row[name] for name in found[0]] for row in found])
        return found

    def classes_for(self, rows: Any) -> list[Any] | None:
        """Only where the probabilities have names, which no row but a real one brings to light."""
        if self._probabilities().type in TABLES:
            return None
        return list(self.model.run([self._probabilities().name], self._fed(rows[:1]))[0][0])

    def _probabilities(self) -> Any:
        outputs = self.model.get_outputs()
        for output in outputs[1:] if self._labels else ():
            if output.type in TABLES or output.type.startswith("seq(map("):
                return output
        raise Refused(
            f"its outputs are {', '.join(f'{o.name} {o.type}' for o in outputs)[:200]}; a label and the probabilities "
            "of the classes were expected, as classifiers have them"
        )

    def column_kinds(self, columns: list[str]) -> dict[str, ColumnType]:
        if len(self._inputs) == 1:
            return dict.fromkeys(columns, ColumnType(TYPES[self._inputs[0].type][1]))
        return {i.name: ColumnType(TYPES[i.type][1]) for i in self._inputs}

    @property
    def _labels(self) -> bool:
        """Whether the label comes first, as in a classifier."""
        outputs = self.model.get_outputs()
        return len(outputs) > 1 and outputs[0].type in LABELS

    def instead_of_numbers(self) -> str | None:
        """CatBoost writes into a graph what it was trained for; others write no more than outputs."""
        if self._labels:
            return f"its output {self.model.get_outputs()[0].name[:50]} is the label of a class"
        written = self.model.get_modelmeta()
        if written.producer_name != "CatBoost" or "params" not in written.custom_metadata_map:
            return None
        loss = json.loads(written.custom_metadata_map["params"])["loss_function"]["type"]
        return objectives.of_catboost(str(loss), raw=True)

    def _fed(self, rows: Any) -> dict[str, Any]:
        if len(self._inputs) == 1:
            one = self._inputs[0]
            values = rows.to_numpy(TYPES[one.type][0]) if hasattr(rows, "to_numpy") else np.asarray(rows)
            return {one.name: values.astype(TYPES[one.type][0])}
        return {i.name: rows[[i.name]].to_numpy(TYPES[i.type][0]) for i in self._inputs}


def load_onnx(file: Path) -> Onnx:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3  # it may not choose a processor for each of its threads, and says so
    return Onnx(onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"]))
