"""What the warm parent does once for all its children: with the first rows that they see, libraries import parts of
themselves and look at the machine."""

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from threadpoolctl import threadpool_limits

from sandbox.child import evidence, worker
from sandbox.child.words.mismatch import Saved
from sandbox.wire import tables


def rehearse() -> None:
    """A model of its own, trained here, answers for two rows. Leaves no thread behind."""
    rows = pd.DataFrame({"number": [0.0, 1.0], "word": ["a", "b"]})
    sent = rows.copy()
    sent.attrs = {"features": (names := {name: name for name in rows}), "prepared": names}
    with threadpool_limits(1):
        encoder = ColumnTransformer([("words", OneHotEncoder(), ["word"])], remainder="passthrough")
        model = make_pipeline(encoder, HistGradientBoostingClassifier(max_iter=1)).fit(rows, [0, 1])
        opened = worker.Opened(model, None, evidence.NO_DATA, {}, Saved())
        opened.description()
        _, values = opened.answer({"do": "predict_proba"}, tables.rows_in(bytes(tables.of_rows(sent))))
        tables.of_answer(values)
