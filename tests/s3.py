"""A real S3 server on a free port, and the environment in which boto3 and MLflow find it."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
import requests
from moto.server import ThreadedMotoServer


@contextmanager
def serving() -> Iterator[str]:
    """Its address. Servers of one process share what they hold, so each begins empty."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    requests.post(f"http://{host}:{port}/moto-api/reset", timeout=10).raise_for_status()
    yield f"http://{host}:{port}"
    server.stop()


def configure(environment: pytest.MonkeyPatch, endpoint: str) -> Any:
    """A client of the server at ``endpoint``, where there is one empty bucket called "lake"."""
    for name, value in {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "MLFLOW_S3_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "anyone",
        "AWS_SECRET_ACCESS_KEY": "anything",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        environment.setenv(name, value)
    boto3.setup_default_session()  # boto3 keeps the credentials that a process found first
    client = boto3.client("s3")
    client.create_bucket(Bucket="lake")
    return client
