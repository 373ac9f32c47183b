"""The rows that a model is shown, as the parent hands them over: the model decides which of them it takes."""

from dataclasses import dataclass

import pandas as pd
import pyarrow as pa


@dataclass(frozen=True)
class Shown:
    """The same rows twice. features: the experiment's, as our own pipeline types them. prepared: every column that a
    model may know of, as it was prepared."""

    features: pd.DataFrame
    prepared: pd.DataFrame

    def table(self) -> pd.DataFrame:
        """Both in one, each different column once; ``attrs`` says which is which: "prepared" and "features", name ->
        column."""
        typed = {f"f{place}": _values(self.features, place) for place in range(self.features.shape[1])}
        features = dict(zip(map(str, self.features.columns), typed, strict=True))
        raw: dict[str, pd.Series] = {}
        prepared = dict(features)
        for place, name in enumerate(self.prepared.columns):
            values = _values(self.prepared, place)
            if str(name) in features and values.equals(typed[features[str(name)]]):
                continue
            if _is_storable(values):
                raw[f"p{place}"] = values
                prepared[str(name)] = f"p{place}"
        table = pd.DataFrame(typed | raw)
        table.attrs = {"features": features, "prepared": prepared}
        return table


def _values(frame: pd.DataFrame, place: int) -> pd.Series:
    """Row by row, whatever the rows are called."""
    return frame.iloc[:, place].reset_index(drop=True)


def _is_storable(values: pd.Series) -> bool:
    """Whether a file of columns can hold it: one of numbers and text, say, cannot be."""
    try:
        pa.array(values, from_pandas=True)
    except pa.ArrowException:
        return False
    return True
