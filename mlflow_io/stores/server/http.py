"""Asking a tracking server: the session, its credentials, and a sentence for everything that can go wrong.

Credentials come from where MLflow's own client takes them: ``MLFLOW_TRACKING_TOKEN``, ``MLFLOW_TRACKING_USERNAME`` and
``MLFLOW_TRACKING_PASSWORD`` (or ``~/.mlflow/credentials``), ``MLFLOW_TRACKING_INSECURE_TLS``,
``MLFLOW_TRACKING_SERVER_CERT_PATH`` and ``MLFLOW_TRACKING_CLIENT_CERT_PATH``.
"""

import configparser
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth
from urllib3 import Retry

from batch_zero import secrets
from mlflow_io.client import WAIT
from mlflow_io.errors import TrackingError, TrackingRefused, TrackingUnreachable

Number = TypeVar("Number", int, float)
API = "/api/2.0/mlflow"
CREDENTIALS = "~/.mlflow/credentials"
OTHER_CREDENTIALS = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4")
"""Ways to sign in that only MLflow's own client knows."""

_ABSENT = {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}
_TO_DO = {
    401: "set MLFLOW_TRACKING_TOKEN, or MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
    403: "these credentials may not read it",
    404: "there is no MLflow REST API under this address",
}


class Absent(TrackingRefused):
    """The server knows no such thing."""


def is_rest(uri: str) -> bool:
    """Whether ``uri`` is a server's that can be asked from here, with the credentials there are."""
    return uri.startswith(("http://", "https://")) and not any(map(os.environ.get, OTHER_CREDENTIALS))


class Connection:
    def __init__(self, uri: str) -> None:
        self.uri = uri
        self._timeout = _setting("MLFLOW_HTTP_REQUEST_TIMEOUT", float)
        self._session = _session(_setting("MLFLOW_HTTP_REQUEST_MAX_RETRIES", int))
        self._verify = _verify()

    def close(self) -> None:
        self._session.close()

    def get(self, path: str, **query: str) -> Mapping[str, Any]:
        """What the server says. Raises TrackingRefused or TrackingUnreachable."""
        return self._ask("GET", path, params=query)

    def find(self, path: str, **query: str) -> Mapping[str, Any] | None:
        """As ``get``; None where the server knows no such thing."""
        try:
            return self.get(path, **query)
        except Absent:
            return None

    def post(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """As ``get``."""
        return self._ask("POST", path, json=body)

    def no_answer(self, why: str) -> TrackingUnreachable:
        """For an answer that came, and that MLflow would not give."""
        return TrackingUnreachable(self.uri, f"what answers there is not MLflow: {why}")

    def _ask(self, method: str, path: str, **what: Any) -> Mapping[str, Any]:
        url = f"{self.uri.rstrip('/')}{API}{path}"
        try:
            answer = self._session.request(method, url, timeout=self._timeout, verify=self._verify, **what)
        except requests.Timeout as error:
            cause = f"no answer within {self._timeout:g} s (MLFLOW_HTTP_REQUEST_TIMEOUT)"
            raise TrackingUnreachable(self.uri, cause) from error
        except (requests.RequestException, ValueError) as error:  # ValueError: a URL that is none
            raise TrackingUnreachable(self.uri, error) from error
        try:
            content = answer.json()
        except ValueError:
            content = None
        if not answer.ok:
            raise self._said_no(answer, content)
        if not isinstance(content, dict):
            kind = answer.headers.get("Content-Type", "something without a type")
            raise self.no_answer(f"got {kind}, expected JSON")
        return content

    def _said_no(self, answer: requests.Response, content: Any) -> Exception:
        status, message = f"{answer.status_code} {answer.reason}", ""
        if isinstance(content, dict):
            message = str(content.get("message", ""))[:300]
            if content.get("error_code") in _ABSENT:
                return Absent(self.uri, message)
        if answer.status_code == 403 and "invalid host" in answer.text[:200].lower():
            host = urlsplit(self.uri).netloc.rpartition("@")[2]
            return TrackingRefused(
                self.uri,
                f"{status}: it does not answer to the host name {host!r}; start it with --allowed-hosts {host} "
                "(MLFLOW_SERVER_ALLOWED_HOSTS)",
            )
        cause = f"{status}: {message or _TO_DO.get(answer.status_code, 'no reason given')}"
        down = answer.status_code >= 500 or answer.status_code in {404, 429}
        return (TrackingUnreachable if down else TrackingRefused)(self.uri, cause)


def _setting(name: str, number: Callable[[str], Number]) -> Number:
    text = os.environ.get(name) or WAIT[name]
    try:
        return number(text)
    except ValueError:
        raise TrackingError(f"{name}: got {text!r:.80}, expected a number") from None


def _session(retries: int) -> requests.Session:
    session = requests.Session()
    again = Retry(
        total=retries,
        read=False,  # a server that does not answer in time would not do so a moment later either
        status_forcelist=(429, 502, 503, 504),
        allowed_methods=None,
        backoff_factor=0.3,
        raise_on_status=False,
    )
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(max_retries=again))
    _sign_in(session)
    return session


def _sign_in(session: requests.Session) -> None:
    env = os.environ
    stored = configparser.ConfigParser(interpolation=None)
    stored.read(os.path.expanduser(CREDENTIALS))  # noqa: PTH111  Path's raises where there is no home
    user, password = (
        env.get(name) or stored.get("mlflow", name.lower(), fallback=None)
        for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD")
    )
    if user and password:
        secrets.keep(values=[password])
        session.auth = HTTPBasicAuth(user.encode(), password.encode())
    elif token := env.get("MLFLOW_TRACKING_TOKEN"):
        session.auth = _Bearer(token)
    session.cert = os.environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH") or None


def _verify() -> bool | str | None:
    """With every request: as an attribute of the session, REQUESTS_CA_BUNDLE would overrule it."""
    if os.environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in {"1", "true"}:
        return False
    return os.environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or None


class _Bearer(AuthBase):
    """As a header alone, requests would replace it by what ``~/.netrc`` says."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request
