"""The stack as docker-compose.yml describes it."""

import re
import subprocess
from typing import Any

import pytest
import yaml

import settings
from jobs.bounds import Bounds
from sandbox.memory import MOST_MB, SHARE
from settings.environment import Jobs
from tests.house import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text("utf-8")
COMPOSE = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")
each = pytest.mark.parametrize("name", SERVICES)


def variables(text: str) -> dict[str, str]:
    """Name -> ``:-default`` or ``:?message``."""
    return dict(re.findall(r"\$\{(\w+)(:[-?][^}]*)?\}", text))


def test_it_is_the_stack_that_the_readme_promises() -> None:
    assert set(OURS) == {"dashboard", "jobs", "mlflow", "demo", "baseline"}
    assert set(SERVICES) - set(OURS) == {"postgres", "s3", "secrets"}
    assert {name for name, service in SERVICES.items() if "profiles" in service} == {"demo", "baseline"}


@each
def test_an_image_is_built_here_or_has_a_version(name: str) -> None:
    service = SERVICES[name]
    # Both at once, and Compose would look for ours in a registry first.
    assert ("build" in service) != ("image" in service)
    if "build" in service:
        assert f" AS {service['build']['target']}\n" in (ROOT / "Dockerfile").read_text("utf-8")
    else:
        assert re.search(r":v?\d+[\w.-]*@sha256:[0-9a-f]{64}$", service["image"])


@each
def test_a_service_may_do_little(name: str) -> None:
    service = SERVICES[name]
    assert service["cap_drop"] == ["ALL"]
    assert set(service.get("cap_add", [])) <= {"CHOWN", "DAC_READ_SEARCH", "FOWNER", "SETGID", "SETUID"}
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["init"]
    assert {"mem_limit", "pids_limit"} <= service.keys()
    assert not {"privileged", "network_mode", "pid", "devices"} & service.keys()
    # The object store's image is not ours, and its writing outside of /data is not documented.
    assert service.get("read_only") or name == "s3"


@pytest.mark.parametrize("name", OURS)
def test_ours_write_to_memory_and_volumes_only_and_take_no_capability(name: str) -> None:
    service = OURS[name]
    assert service["read_only"]
    assert service["tmpfs"]
    assert "cap_add" not in service
    assert all(":" in volume and not volume.startswith((".", "/")) for volume in service.get("volumes", []))


PARENT_MB = 1_024
"""What a pipeline or a baseline itself takes, with pandas, Evidently and XGBoost: some 700 MB at most."""


@pytest.mark.parametrize("name", ["demo", "baseline", "jobs"])
def test_a_model_its_files_and_the_command_beside_it_fit_into_the_limit(name: str) -> None:
    limit = int(SERVICES[name]["mem_limit"].removesuffix("g")) * 1_024
    (files,) = (int(re.fullmatch(r"/tmp:size=(\d+)m", mount)[1]) for mount in SERVICES[name]["tmpfs"])
    assert min(MOST_MB, int(SHARE * limit)) + files + PARENT_MB <= limit


@each
def test_ports_are_this_machines_own(name: str) -> None:
    for port in SERVICES[name].get("ports", []):
        assert re.fullmatch(r"127\.0\.0\.1:\$\{\w+:-\d+\}:(\d+|\$\{\w+:-\d+\})", port)


def test_a_service_reaches_what_it_needs_and_no_more() -> None:
    def beside(network: str) -> set[str]:
        return {name for name, service in SERVICES.items() if network in service["networks"]}

    assert beside("database") == {"mlflow", "postgres", "secrets"}
    assert beside("storage") == {"mlflow", "s3", "baseline", "jobs"}
    assert beside("front") == {"mlflow", *OURS}
    assert beside("published") == {"s3"}
    assert {name for name, network in COMPOSE["networks"].items() if network} == {"database", "storage"}
    assert all(COMPOSE["networks"][name] == {"internal": True} for name in ("database", "storage"))
    assert "ports" not in SERVICES["postgres"]


def test_what_is_kept_is_kept_in_named_volumes() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert used == COMPOSE["volumes"].keys() == {"dashboard", "postgres", "s3"}


@pytest.mark.parametrize("name", ["dashboard", "jobs", "mlflow", "demo", "baseline"])
def test_a_service_starts_when_what_it_needs_is_healthy(name: str) -> None:
    waits = SERVICES[name]["depends_on"]
    assert {wait["condition"] for wait in waits.values()} == {"service_healthy"}
    dockerfile = (ROOT / "Dockerfile").read_text("utf-8")
    for other in waits:
        stage = dockerfile.partition(f" AS {other}\n")[2].partition("\nFROM ")[0]
        assert "healthcheck" in SERVICES[other] or "HEALTHCHECK" in stage


def test_every_variable_is_in_the_example_with_the_default_that_holds() -> None:
    shown = dict(re.findall(r"^#?(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    used = variables(TEXT)
    assert shown.keys() - {"COMPOSE_PROJECT_NAME"} == used.keys()
    for name, rule in used.items():
        if rule.startswith(":-"):
            assert shown[name] == rule[2:], name


def test_the_page_and_the_worker_of_jobs_share_a_queue() -> None:
    page, worker = SERVICES["dashboard"], SERVICES["jobs"]
    names = {str(field.alias) for field in Jobs.model_fields.values()} - {"BATCH_ZERO_HOME"}
    assert {name: page["environment"][name] for name in names} == {name: worker["environment"][name] for name in names}
    assert page["volumes"] == worker["volumes"]
    assert worker["restart"] == "unless-stopped"
    assert float(worker["stop_grace_period"].removesuffix("s")) > 2 * Bounds().grace_s


def test_secrets_have_no_default() -> None:
    needed = {name for name, rule in variables(TEXT).items() if rule.startswith(":?")}
    assert needed == {"POSTGRES_PASSWORD", "S3_ACCESS_KEY", "S3_SECRET_KEY"}
    assert set(re.findall(r"^(\w+)=change-me", EXAMPLE, re.MULTILINE)) == needed
    with_word = {name for name in variables(TEXT) if re.search("PASSWORD|SECRET|TOKEN|KEY", name)}
    for name in with_word - needed:
        assert variables(TEXT)[name] == ":-", f"{name} has a default that everybody knows"


def checked(**more: str) -> subprocess.CompletedProcess[str]:
    """What the service ``secrets`` says, run as its container runs it."""
    service = SERVICES["secrets"]
    (script,) = service["command"]
    example = dict(re.findall(r"^(\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    # Without a PATH: a command that an image lacks would let everything pass.
    env = {"PATH": "", **{name: example[name] for name in service["environment"]}, **more}
    _, *arguments = service["entrypoint"]
    command = ["/bin/sh", *arguments, script.replace("$$", "$")]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False)


def test_with_the_secrets_of_the_example_nothing_starts() -> None:
    done = checked(S3_ACCESS_KEY="ours", POSTGRES_PASSWORD="a $word 'of' ours")
    assert done.returncode == 1
    assert done.stderr.startswith("secrets: got the example's: S3_SECRET_KEY, expected secrets of your own")
    assert checked(**dict.fromkeys(SERVICES["secrets"]["environment"], "ours")).returncode == 0
    for name in ("postgres", "s3"):
        assert SERVICES[name]["depends_on"] == {"secrets": {"condition": "service_completed_successfully"}}


def test_the_page_is_given_every_setting_there_is() -> None:
    names = set(re.findall(r'env(?:\.get\(|\[)"(\w+)"', (ROOT / "settings" / "access.py").read_text("utf-8")))
    names |= {str(field.alias) for group in settings.GROUPS for field in group.model_fields.values()}
    oidc = {f"BATCH_ZERO_OIDC_{name.upper()}" for name in settings.Oidc.__dataclass_fields__}
    assert (names | oidc) - {"BATCH_ZERO_HOME"} <= SERVICES["dashboard"]["environment"].keys()


def test_settings_that_are_left_empty_are_as_if_they_were_not_there() -> None:
    given = {
        name: re.sub(r"\$\{\w+:-(.*)\}", r"\1", text) for name, text in SERVICES["dashboard"]["environment"].items()
    }
    read = settings.read(given)
    assert (read.tracking.uri, read.mlflow_ui) == ("http://mlflow:5000", "http://localhost:5001")
    assert (read.access.token, read.access.oidc, read.experiments.drift_threshold, read.experiments.first) == (
        None,
        None,
        None,
        "crash_triage",
    )


def test_mlflow_runs_as_it_was_measured() -> None:
    mlflow = SERVICES["mlflow"]["environment"]
    assert mlflow["MLFLOW_BACKEND_STORE_URI"].startswith("postgresql://")
    assert "PASSWORD" not in mlflow["MLFLOW_BACKEND_STORE_URI"]
    assert "mlflow:5000" in mlflow["MLFLOW_SERVER_ALLOWED_HOSTS"]
    stage = (ROOT / "Dockerfile").read_text("utf-8").partition(" AS mlflow\n")[2]
    assert "MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false" in stage
    assert '"--workers", "1"' in stage


def test_artifacts_are_downloaded_by_an_address_that_browsers_and_containers_find() -> None:
    s3 = SERVICES["s3"]
    (alias,) = s3["networks"]["storage"]["aliases"]
    assert alias.endswith(".localhost")
    port = "${S3_PORT:-8333}"
    assert SERVICES["mlflow"]["environment"]["MLFLOW_S3_ENDPOINT_URL"] == f"http://{alias}:{port}"
    assert s3["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert f"-s3.port={port}" in s3["command"]


def test_compose_v1_can_load_it() -> None:
    assert set(COMPOSE) <= {"services", "networks", "volumes"} | {name for name in COMPOSE if name.startswith("x-")}
    assert "start_interval" not in TEXT.replace("`start_interval`", "")
