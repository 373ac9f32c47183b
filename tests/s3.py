"""A real S3 server process that checks signatures, and the environment in which boto3 and MLflow find it."""

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

KEY, SECRET = "the-key", "the-secret"
RCLONE = Path(sys.executable).with_name("rclone")
LISTENS = re.compile(r"Starting s3 server on \[(.*)/\]")


@contextmanager
def serving() -> Iterator[str]:
    """Its address, on a free port. It begins empty, and knows one key."""
    with tempfile.TemporaryDirectory(prefix="s3-", ignore_cleanup_errors=True) as scratch:
        buckets, log = Path(scratch) / "buckets", Path(scratch) / "log.txt"
        buckets.mkdir()
        command = [str(RCLONE), "serve", "s3", str(buckets), "--addr", "127.0.0.1:0", "--auth-key", f"{KEY},{SECRET}"]
        env = {"PATH": os.defpath, "HOME": scratch, "RCLONE_CONFIG": os.devnull}
        with log.open("wb") as said, subprocess.Popen(command, env=env, stderr=said) as server:
            try:
                yield _address(server, log)
            finally:
                server.kill()


def _address(server: subprocess.Popen[bytes], log: Path) -> str:
    for _ in range(600):
        if found := LISTENS.search(log.read_text()):
            return found[1]
        assert server.poll() is None, log.read_text()
        time.sleep(0.05)
    raise AssertionError(log.read_text())


@dataclass(frozen=True)
class Lake:
    """The bucket "lake", and hands to fill it and to look into it."""

    endpoint: str
    client: Any

    def put(self, key: str, content: bytes) -> None:
        self.client.put_object(Bucket="lake", Key=key, Body=content)

    def get(self, key: str) -> bytes:
        return self.client.get_object(Bucket="lake", Key=key)["Body"].read()

    def names(self) -> list[str]:
        return [item["Key"] for item in self.client.list_objects_v2(Bucket="lake").get("Contents", ())]

    def empty(self) -> None:
        for key in self.names():
            self.client.delete_object(Bucket="lake", Key=key)


def configure(environment: pytest.MonkeyPatch, endpoint: str) -> Any:
    """A client of the server at ``endpoint``, where there is one bucket, called "lake"."""
    for name, value in {
        "AWS_ENDPOINT_URL_S3": endpoint,
        "MLFLOW_S3_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }.items():
        environment.setenv(name, value)
    boto3.setup_default_session()  # boto3 keeps the credentials that a process found first
    client = boto3.client("s3")
    if not client.list_buckets()["Buckets"]:
        client.create_bucket(Bucket="lake")
    return client
