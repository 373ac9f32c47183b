"""A history as Health Predict's own DAG writes it: by MLflow's client, with that pipeline's habits.

No ``decision`` on the retrain path, no threshold, production's scores in ``new_*`` where nothing was trained, a bare
model with its preprocessor beside it, and a stage instead of an alias.
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path

import joblib
import mlflow.sklearn
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from sklearn.compose import ColumnTransformer
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from xgboost import XGBClassifier

from lifecycle.experiment import MlflowNames

NAMES = MlflowNames("HealthPredict_Drift_Monitoring", "HealthPredict_Training_HPO_Airflow", "HealthPredictModel")
TARGET = "readmitted_binary"


class Dag:
    def __init__(self, client: MlflowClient, artifacts: Path | None = None) -> None:
        """artifacts: where the experiments keep them; None leaves it to the server."""
        self.client = client
        self.drift_id, self.training_id = (
            client.create_experiment(name, (artifacts / name).as_uri() if artifacts else None)
            for name in (NAMES.drift_experiment, NAMES.gate_experiment)
        )

    def _run(
        self,
        experiment_id: str,
        name: str,
        params: Mapping[str, object],
        metrics: Mapping[str, float],
        tags: Mapping[str, str],
        status: str = "FINISHED",
    ) -> str:
        run_id = self.client.create_run(experiment_id, run_name=name, tags=dict(tags)).info.run_id
        for key, value in params.items():
            self.client.log_param(run_id, key, value)
        for key, number in metrics.items():
            self.client.log_metric(run_id, key, number)
        self.client.set_terminated(run_id, status)
        return run_id

    def train(self, rows: pd.DataFrame) -> str:
        """Trials, the best of which keeps its model and its preprocessor as two artifacts."""
        for trial in range(3):
            self._run(self.training_id, f"trial_{trial}", {"batch_number": 3}, {"val_f1_score": 0.5}, {"hpo": "True"})
        features = rows.drop(columns=[TARGET, "patient"])
        preprocessor = preprocessor_of(features)
        model = XGBClassifier(n_estimators=20, n_jobs=1).fit(preprocessor.fit_transform(features), rows[TARGET])
        run_id = self._run(self.training_id, "XGBoost_best", {}, {"val_f1_score": 0.6}, {"best_hpo_model": "True"})
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder)
            mlflow.sklearn.save_model(model, path / "model", serialization_format="cloudpickle", pip_requirements=[])
            joblib.dump(preprocessor, path / "preprocessor.joblib")
            self.client.log_artifacts(run_id, str(path / "model"), "model")
            self.client.log_artifact(run_id, str(path / "preprocessor.joblib"), "preprocessor")
        return run_id

    def promote(self, run_id: str) -> str:
        if not self.client.search_registered_models():
            self.client.create_registered_model(NAMES.model)
        source = f"{self.client.get_run(run_id).info.artifact_uri}/model"
        version = str(self.client.create_model_version(NAMES.model, source, run_id).version)
        self.client.transition_model_version_stage(NAMES.model, version, "Production", archive_existing_versions=True)
        return version

    def monitor_drift(self, batch: int, share: float) -> str:
        """``dataset_drift`` is Evidently's own verdict, by its threshold of 0.5."""
        params = {"batch_number": batch, "reference_data": "initial_train.csv", "new_data": f"batch_{batch}.csv"}
        metrics = {"drift_share": share, "n_drifted_columns": round(share * 41), "n_total_columns": 41}
        return self._run(self.drift_id, f"drift_batch_{batch}", params, metrics | {"dataset_drift": 0}, {})

    def evaluate_production_only(self, batch: int, auc: float) -> str:
        params = {"evaluation_type": "production_only"}
        return self._gate(batch, auc, auc, params, {"decision": "SKIP_NO_DRIFT"})

    def compare_against_production(self, batch: int, old: float, new: float, status: str = "FINISHED") -> str:
        return self._gate(batch, old, new, {}, {}, status)

    def _gate(
        self,
        batch: int,
        old: float,
        new: float,
        params: Mapping[str, object],
        tags: Mapping[str, str],
        status: str = "FINISHED",
    ) -> str:
        common = {"batch_number": batch, "test_set_used": f"batch_{batch}_test", "model_type": "XGBoost"}
        scores = {f"prod_{name}_test": old - less for name, less in LESS.items()}
        scores |= {f"new_{name}_test": new - less for name, less in LESS.items()}
        gains = {"auc_improvement": new - old, "f1_improvement": new - old}
        name = f"quality_gate_batch_{batch}"
        run_id = self._run(
            self.training_id, name, {**common, **params}, scores | gains, {"quality_gate": "True", **tags}, status
        )
        for model, auc in (("production", old), ("new", new)):
            curve = {"fpr": [0.0, 0.2, 1.0], "tpr": [0.0, 0.8, 1.0], "thresholds": [1.0, 0.5, 0.0], "auc": auc}
            self.client.log_dict(run_id, curve, f"roc_curves/roc_curve_{model}.json")
        return run_id


LESS = {"auc": 0.0, "f1": 0.08, "precision": 0.11, "recall": 0.05}


def preprocessor_of(features: pd.DataFrame) -> ColumnTransformer:
    numbers = features.select_dtypes(include=np.number).columns
    return ColumnTransformer(
        [
            ("num", StandardScaler(), list(numbers)),
            ("cat", OneHotEncoder(handle_unknown="ignore"), [name for name in features if name not in numbers]),
        ]
    )


def five_batches(dag: Dag) -> None:
    """What the user remembers of the runs, with attempts that failed and batches that were run again."""
    dag.compare_against_production(3, 0.5, 0.6)
    for batch, share in enumerate((0.27, 0.27, 0.32, 0.34, 0.35), start=1):
        dag.monitor_drift(batch, share)
    for batch, auc in ((1, 0.82), (2, 0.81)):
        dag.evaluate_production_only(batch, auc)
    dag.compare_against_production(3, 0.82, 0.84)
    dag.compare_against_production(4, 0.85, 0.84)
    dag.compare_against_production(5, 0.85, 0.80)
    dag.compare_against_production(5, 0.0, 0.0, status="FAILED")
