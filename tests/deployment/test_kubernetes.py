"""The manifest for Kubernetes, against the schemas of the API and against the rest of the house."""

from typing import Any

import kubernetes_validate
import pytest
import yaml

import settings
from tests.house import ROOT

VERSIONS = ("1.30", "1.34", "1.37")
MANIFEST = list(yaml.safe_load_all((ROOT / "deploy" / "kubernetes.yaml").read_text("utf-8")))


def one(kind: str, name: str = "batch-zero") -> dict[str, Any]:
    (found,) = [each for each in MANIFEST if (each["kind"], each["metadata"]["name"]) == (kind, name)]
    return found


POD = one("Deployment")["spec"]["template"]["spec"]
(CONTAINER,) = POD["containers"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    "resource", MANIFEST, ids=lambda resource: f"{resource['kind']}-{resource['metadata']['name']}"
)
def test_the_schemas_accept_it(resource: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(resource, version, strict=True)


def test_the_pod_may_do_little() -> None:
    assert POD["securityContext"]["runAsNonRoot"]
    assert POD["securityContext"]["runAsUser"] == POD["securityContext"]["fsGroup"] == 10001
    assert not POD["automountServiceAccountToken"]
    assert CONTAINER["securityContext"]["readOnlyRootFilesystem"]
    assert CONTAINER["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert not CONTAINER["securityContext"]["allowPrivilegeEscalation"]


def test_what_the_page_writes_to_is_there() -> None:
    mounts = {mount["mountPath"]: mount["name"] for mount in CONTAINER["volumeMounts"]}
    assert mounts.keys() >= {"/tmp", "/var/lib/batch-zero"}
    assert set(mounts.values()) == {volume["name"] for volume in POD["volumes"]}


def test_an_outage_of_mlflow_does_not_take_the_page_away() -> None:
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert CONTAINER[probe]["httpGet"] == {"path": "/healthz", "port": "http"}


def test_the_parts_find_each_other() -> None:
    labels = one("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert one("Service")["spec"]["selector"].items() <= labels.items()
    (rule,) = one("Ingress")["spec"]["rules"]
    (path,) = rule["http"]["paths"]
    assert path["backend"]["service"]["name"] == "batch-zero"
    assert rule["host"] in one("ConfigMap")["data"]["STREAMLIT_SERVER_ALLOWED_HOSTS"]


def test_its_settings_and_its_experiment_can_be_read(tmp_path: Any) -> None:
    given = one("ConfigMap")["data"]
    config = settings.read(given)
    assert (config.tracking.uri, config.logs.format) == (given["MLFLOW_TRACKING_URI"], "json")
    (tmp_path / "experiment.toml").write_text(one("ConfigMap", "batch-zero-experiment")["data"]["experiment.toml"])
    assert settings.load_experiment(str(tmp_path), config).names.model == "ExampleModel"
