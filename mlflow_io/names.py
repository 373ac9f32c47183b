"""Every param, tag, metric and artifact name of the contract with MLflow, written once.

The names of experiments and of the registered model are settings of each experiment (``experiment.toml``).
"""

# Params
BATCH_NUMBER = "batch_number"
REFERENCE_DATA = "reference_data"
NEW_DATA = "new_data"
DRIFT_THRESHOLD = "drift_threshold"
DRIFT_VERDICT = "drift_verdict"
MIN_ROWS = "min_rows"
TEST_SET = "test_set_used"
MODEL_TYPE = "model_type"
TRAINING_RUN_ID = "training_run_id"
EVALUATION_TYPE = "evaluation_type"
PRODUCTION_ONLY = "production_only"
PRODUCTION_VERSION = "production_model_version"
PRODUCTION_RUN_ID = "production_model_run_id"
PRODUCTION_TRAINED_ON = "production_trained_on_batches"
CANDIDATE_VERSION = "candidate_model_version"
CAPTURED_AFTER = "captured_after_batch"

# Metrics
DRIFT_SHARE = "drift_share"
DRIFTED_COLUMNS = "n_drifted_columns"
TOTAL_COLUMNS = "n_total_columns"
DATASET_DRIFT = "dataset_drift"
REFERENCE_ROWS = "reference_rows"
NEW_ROWS = "new_rows"
TEST_ROWS = "test_rows"
SEEN_ROWS = "rows_seen_in_training"
NEW_MODEL_ROWS = "new_model_training_rows"

# Tags
QUALITY_GATE = "quality_gate"
QUALITY_GATE_TRUE = "True"
DECISION = "decision"
FAILURE = "failure_reason"

# Artifacts
ROC_PRODUCTION = "roc_curves/roc_curve_production.json"
ROC_CANDIDATE = "roc_curves/roc_curve_new.json"
ROC_CURVES = (ROC_PRODUCTION, ROC_CANDIDATE)
DRIFT_COLUMNS = "drift/columns.json"
DRIFT_HTML = "drift/evidently_report.html"
MODEL = "model"
PREPROCESSOR = "preprocessor"

# Registry
ALIASES = ("production", "champion")
"""Aliases that mean "in production", the first one that is set wins."""

STAGE = "Production"


def production_score(name: str) -> str:
    """auc -> prod_auc_test"""
    return f"prod_{name}_test"


def candidate_score(name: str) -> str:
    return f"new_{name}_test"


def improvement(name: str) -> str:
    return f"{name}_improvement"


def drift_run(batch: int) -> str:
    return f"drift_batch_{batch}"


def gate_run(batch: int) -> str:
    return f"quality_gate_batch_{batch}"


def training_run(batch: int) -> str:
    return f"train_batch_{batch}"
