"""What others make of the same model: ``PYTHON benchmarks/other_suites.py NAME ROWS.csv``, in their own environment.

NAME: ``deepchecks``, its model evaluation suite, or ``explainerdashboard``, whose numbers are computed before it
serves. The model is trained here, since neither opens one that other versions wrote. Prints seconds and version.
"""

import sys
import time
import warnings
from importlib.metadata import version

import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder

warnings.filterwarnings("ignore")
WORDS, LABEL = ["region", "kind"], "outcome"


def trained(rows: pd.DataFrame) -> Pipeline:
    words = ColumnTransformer([("words", OneHotEncoder(), WORDS)], remainder="passthrough")
    model = make_pipeline(words, HistGradientBoostingClassifier(max_iter=100, random_state=0))
    return model.fit(rows.drop(columns=LABEL), rows[LABEL])


def deepchecks(model: Pipeline, rows: pd.DataFrame) -> None:
    from deepchecks.tabular import Dataset
    from deepchecks.tabular.suites import model_evaluation

    table = Dataset(rows, label=LABEL, cat_features=WORDS)
    model_evaluation().run(table, table, model)


def explainerdashboard(model: Pipeline, rows: pd.DataFrame) -> None:
    from explainerdashboard import ClassifierExplainer, ExplainerDashboard

    ExplainerDashboard(ClassifierExplainer(model, rows.drop(columns=LABEL), rows[LABEL]))


def main() -> None:
    name, path = sys.argv[1:]
    rows = pd.read_csv(path)
    model = trained(rows)
    suite = {"deepchecks": deepchecks, "explainerdashboard": explainerdashboard}[name]
    __import__(name)
    begun = time.perf_counter()
    suite(model, rows)
    print(f"\n{time.perf_counter() - begun:.2f} {version(name)}")


if __name__ == "__main__":
    main()
