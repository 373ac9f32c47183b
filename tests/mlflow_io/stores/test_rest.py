"""Asking a server: credentials, certificates, and a sentence for every way in which it can fail."""

import datetime
import ipaddress
import json
import socket
import ssl
import threading
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mlflow_io.errors import TrackingError, TrackingRefused, TrackingUnreachable
from mlflow_io.history import read_history
from mlflow_io.stores.tuning import USUAL, Paging, Tuning
from tests.fake_server import Answer, as_json, empty_mlflow, serving
from tests.server import Server
from tests.world import NAMES, World, read_production

LONG_HISTORY = Tuning(Paging(page=1))
"""By which a few runs are too many for the first page."""


@pytest.fixture(autouse=True)
def no_files_of_the_developer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))


def failure(answer: Answer) -> tuple[type[Exception], str]:
    with serving(lambda _: answer) as fake, pytest.raises((TrackingUnreachable, TrackingRefused)) as caught:
        read_history(fake.uri.replace("://", "://user:hunter2@"), NAMES)
    said = str(caught.value)
    assert "user:***@127.0.0.1" in said
    assert "hunter2" not in said
    assert "\n" not in said
    assert len(said) < 500
    return caught.type, said.split(": ", 1)[1]


@pytest.mark.parametrize(
    ("answer", "kind", "sentence"),
    [
        (
            (401, "text/plain", b"no"),
            TrackingRefused,
            "401 Unauthorized: set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
        ),
        ((403, "text/plain", b"no"), TrackingRefused, "403 Forbidden: these credentials may not read it"),
        (
            as_json(403, {"error_code": "PERMISSION_DENIED", "message": "Permission denied"}),
            TrackingRefused,
            "403 Forbidden: Permission denied",
        ),
        (
            (404, "text/html", b"<h1>Not found</h1>"),
            TrackingUnreachable,
            "404 Not Found: there is no MLflow REST API under this address",
        ),
        ((500, "text/html", b"<h1>Oops</h1>"), TrackingUnreachable, "500 Internal Server Error: no reason given"),
        (
            as_json(500, {"error_code": "INTERNAL_ERROR", "message": "disk full"}),
            TrackingUnreachable,
            "500 Internal Server Error: disk full",
        ),
        (
            (200, "text/html; charset=utf-8", b"<h1>Sign in</h1>"),
            TrackingUnreachable,
            "what answers there is not MLflow: got text/html; charset=utf-8, expected JSON",
        ),
        (
            (200, "application/json", b'{"experiment": '),
            TrackingUnreachable,
            "what answers there is not MLflow: got application/json, expected JSON",
        ),
        (
            as_json(200, [1, 2]),
            TrackingUnreachable,
            "what answers there is not MLflow: got application/json, expected JSON",
        ),
        (as_json(200, {"experiment": 3}), TrackingUnreachable, "what answers there is not MLflow: AttributeError"),
        (as_json(200, {}), TrackingUnreachable, "what answers there is not MLflow: KeyError 'experiment'"),
        (
            as_json(200, {"experiment": {"experiment_id": "1' OR '1' = '1"}}),
            TrackingUnreachable,
            "what answers there is not MLflow: ValueError an id that is none",
        ),
    ],
)
def test_every_failure_has_a_sentence_with_the_address_and_no_password(
    answer: Answer, kind: type[Exception], sentence: str
) -> None:
    caught, said = failure(answer)
    assert caught is kind
    assert said.startswith(sentence)


def test_an_overloaded_server_is_asked_once_more() -> None:
    answers = iter([(503, "text/plain", b"later")])
    with serving(lambda path: next(answers, empty_mlflow(path))) as fake:
        assert read_history(fake.uri, NAMES).missing_experiments == ("Drift", "Gate")


def test_a_server_that_is_slow_is_waited_for_as_long_as_the_setting_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_TIMEOUT", "0.2")
    enough = threading.Event()

    def never(path: str) -> Answer:
        enough.wait(120)
        return empty_mlflow(path)

    with serving(never) as fake:
        with pytest.raises(TrackingUnreachable, match=r"no answer within 0.2 s \(MLFLOW_HTTP_REQUEST_TIMEOUT\)"):
            read_history(fake.uri, NAMES)
        assert len(fake.asked) == 1  # and it is not asked again
        enough.set()


@pytest.mark.parametrize("name", ["MLFLOW_HTTP_REQUEST_TIMEOUT", "MLFLOW_HTTP_REQUEST_MAX_RETRIES"])
def test_a_setting_that_is_no_number_is_said(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "soon")
    with pytest.raises(TrackingError, match=f"{name}: got 'soon', expected a number"):
        read_history("http://127.0.0.1:9", NAMES)


@pytest.mark.parametrize(
    ("env", "sent"),
    [
        ({}, None),
        ({"MLFLOW_TRACKING_TOKEN": "t0ken"}, "Bearer t0ken"),
        ({"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "pass"}, "Basic YWRhOnBhc3M="),
        (
            {"MLFLOW_TRACKING_USERNAME": "ada", "MLFLOW_TRACKING_PASSWORD": "pass", "MLFLOW_TRACKING_TOKEN": "t0ken"},
            "Basic YWRhOnBhc3M=",
        ),
        ({"MLFLOW_TRACKING_USERNAME": "ada"}, None),
    ],
)
def test_credentials_are_sent_as_mlflow_sends_them(
    monkeypatch: pytest.MonkeyPatch, env: dict[str, str], sent: str | None
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    with serving(empty_mlflow) as fake:
        read_history(fake.uri, NAMES)
        ours = {headers["Authorization"] for headers in fake.asked}
        fake.asked.clear()
        from mlflow_io.client import connect

        connect(fake.uri).get_experiment_by_name("Drift")
        theirs = {headers["Authorization"] for headers in fake.asked if headers["Authorization"] or not sent}
    assert ours == theirs == {sent}


def test_credentials_may_be_in_mlflows_file(tmp_path: Path) -> None:
    (tmp_path / ".mlflow").mkdir()
    file = tmp_path / ".mlflow" / "credentials"
    file.write_text("[mlflow]\nmlflow_tracking_username = ada\nmlflow_tracking_password = pa%%ss\n")
    with serving(empty_mlflow) as fake:
        read_history(fake.uri, NAMES)
    assert {headers["Authorization"] for headers in fake.asked} == {"Basic YWRhOnBhJSVzcw=="}


def test_a_token_wins_over_what_netrc_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login other password secret\n")
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t0ken")
    with serving(empty_mlflow) as fake:
        read_history(fake.uri, NAMES)
    assert {headers["Authorization"] for headers in fake.asked} == {"Bearer t0ken"}


def test_a_certificate_nobody_knows_is_refused_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, context = self_signed(tmp_path)
    with serving(empty_mlflow, context) as fake:
        with pytest.raises(TrackingUnreachable, match=r"(?i)certificate"):
            read_history(fake.uri, NAMES)
        monkeypatch.setenv("MLFLOW_TRACKING_SERVER_CERT_PATH", str(certificate))
        assert read_history(fake.uri, NAMES).batches == ()
        monkeypatch.delenv("MLFLOW_TRACKING_SERVER_CERT_PATH")
        monkeypatch.setenv("MLFLOW_TRACKING_INSECURE_TLS", "true")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "none.pem"))
        with pytest.warns(match="Unverified HTTPS request"):
            assert read_history(fake.uri, NAMES).batches == ()


def self_signed(folder: Path) -> tuple[Path, ssl.SSLContext]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    today = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(today - datetime.timedelta(days=1))
        .not_valid_after(today + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert_file, key_file)
    return cert_file, context


def test_a_host_name_that_the_server_does_not_know_is_explained(
    tracking_server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A compose service name: MLflow answers 403 unless it is told of it."""
    find = socket.getaddrinfo
    monkeypatch.setattr(
        socket, "getaddrinfo", lambda host, *rest, **more: find(host.replace("mlflow", "127.0.0.1"), *rest, **more)
    )
    port = tracking_server.uri.rpartition(":")[2]
    with pytest.raises(
        TrackingRefused, match=f"host name 'mlflow:{port}'; start it with --allowed-hosts mlflow:{port}"
    ):
        read_history(f"http://mlflow:{port}", NAMES)


def test_the_registry_is_read_as_sql_reads_it(rest_world: World) -> None:
    client = rest_world.client
    client.create_registered_model("Model")
    assert read_production(rest_world.uri, "Model") is None
    for _ in range(3):
        client.create_model_version("Model", "file:///nowhere", rest_world.gate(0))
    client.transition_model_version_stage("Model", "2", "Production")
    for change in (
        lambda: None,
        lambda: client.set_registered_model_alias("Model", "champion", "1"),
        lambda: client.set_registered_model_alias("Model", "production", "3"),
        lambda: client.delete_registered_model_alias("Model", "champion"),
    ):
        change()
        read = read_production(rest_world.uri, "Model")
        assert read is not None
        assert read == read_production(f"sqlite:///{client.tracking_uri.removeprefix('sqlite:///')}", "Model")


@pytest.mark.parametrize("tuning", [USUAL, LONG_HISTORY], ids=["short", "long"])
def test_hostile_numbers_are_data(rest_world: World, tuning: Tuning) -> None:
    """A batch number that would end the filter it is put into."""
    wanted = rest_world.gate(1)
    for text in ("1' OR '1' = '1", '"', "'", "1\n2", "%", "_", "--", "1 " * 200):
        rest_world.gate(text)
    (record,) = read_history(rest_world.uri, NAMES, tuning).batches
    assert record.gate.run.run_id == wanted


@pytest.mark.parametrize("numbers", [range(70, 76), (5, 20_250_101, 20_250_102), range(3, 130, 6)])
def test_numbers_of_any_size_are_found_in_a_long_history(rest_world: World, numbers: range) -> None:
    for number in numbers:
        rest_world.gate(number)
    rest_world.gate(f"{numbers[0]}.0")
    assert [record.batch for record in read_history(rest_world.uri, NAMES, LONG_HISTORY).batches] == sorted(numbers)


def test_a_server_of_before_3_11_is_asked_in_its_own_grammar(rest_world: World) -> None:
    """It knows no IS NULL; the answers of a real server, but for that."""
    tagged, untagged = rest_world.gate(1), rest_world.gate(2, tag=None)
    for batch in (1, 2):
        rest_world.run(NAMES.gate_experiment, params={"batch_number": batch}, metrics={"val_auc": 0.9})
    asked: list[str] = []
    kind = {"Content-Type": "application/json"}

    def older(method: str, path: str, body: bytes) -> Answer:
        if b"IS NULL" in body:
            return as_json(400, {"error_code": "INVALID_PARAMETER_VALUE", "message": "Invalid clause(s)"})
        asked.append(json.loads(body or b"{}").get("filter", ""))
        answer = requests.request(method, rest_world.uri + path, data=body, headers=kind, timeout=120)
        return answer.status_code, "application/json", answer.content

    with serving(older) as fake:
        batches = read_history(fake.uri, NAMES, Tuning(Paging(page=1, few=1))).batches
    assert [record.gate.run.run_id for record in batches] == [tagged, untagged]
    assert any("metrics.prod_auc_test" in text for text in asked)
