"""No password in what is shown or logged."""

import pytest

from batch_zero.secrets import masked
from mlflow_io.errors import one_line


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("http://ada:hunter2@host:5000/x", "http://ada:***@host:5000/x"),
        ("postgresql+psycopg2://ada:hun%40ter2@host/db", "postgresql+psycopg2://ada:***@host/db"),
        ("postgresql://ada:hun@ter2@host/db", "postgresql://ada:***@host/db"),
        ("postgresql://ada:hun/ter2@host/db", "postgresql://ada:***@host/db"),
        ("postgresql://ada:hu@n/ter2@host/db", "postgresql://ada:***@host/db"),
        ("http://ada:12345@host:5000/x", "http://ada:***@host:5000/x"),
        ("http://hunter2@host", "http://***@host"),
        (
            "postgresql://host/db?user=ada&password=hunter2&sslmode=require",
            "postgresql://host/db?user=ada&password=***&sslmode=require",
        ),
        ("connection failed: host=h password=hunter2 dbname=d", "connection failed: host=h password=*** dbname=d"),
        ("two: http://a:hunter2@x and http://b:hunter2@y", "two: http://a:***@x and http://b:***@y"),
        ("mail@example.org at http://host/db", "mail@example.org at http://host/db"),
        ("http://token/with@127.0.0.1:5000/a", "http://***@127.0.0.1:5000/a"),
        ("postgresql//ada:hun?a=ter2@host/db", "postgresql//ada:***@host/db"),
        ("host=h password=hun\\ ter2 dbname=d", "host=h password=*** dbname=d"),
        ("host=h password = 'hun \\' ter2' user=ada", "host=h password = *** user=ada"),
        ("no user for password=hunter2 and more", "no user for password=***"),
        ("at h?password=*** cannot be reached: refused", "at h?password=*** cannot be reached: refused"),
        ("http://localhost:5000, ada@example.org", "http://localhost:5000, ada@example.org"),
        ("sqlite:////home/ada/mlflow.db", "sqlite:////home/ada/mlflow.db"),
    ],
)
def test_passwords_are_masked_and_nothing_else_is(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_a_failed_download_keeps_its_cause() -> None:
    heading = "The following failures occurred while downloading one or more artifacts from s3://lake/1:\n"
    said = heading + "##### File model.skops #####\n[Errno 28] No space left on device\nTraceback: ..."
    assert one_line(Exception(said)) == "model.skops: [Errno 28] No space left on device"
