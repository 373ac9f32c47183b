"""Has a model tested by Batch Zero, as a CI job would: ``python client_api_example.py URL MODEL [options]``.

Needs ``requests`` and nothing of Batch Zero. Exits 0 where the model passed, 1 where it did not, 2 where it could not
be tested. The token, if the server wants one, is in ``BATCH_ZERO_TOKEN``.
"""

import argparse
import json
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests

PASSED, NOT_PASSED, COULD_NOT_RUN = 0, 1, 2
LOOK_EVERY_S = 1.0
ANSWER_WITHIN_S = 60


def submit(session: requests.Session, url: str, given: argparse.Namespace) -> str:
    """Uploads the files and returns the address of the test. Waits where the server says that it is busy."""
    texts = {name: getattr(given, name) for name in ("labels", "policy", "rows", "seed")}
    fields = {name: value for name, value in texts.items() if value is not None}
    if given.check:
        fields["checks"] = ",".join(given.check)
    if given.keep:
        fields["keep"] = "true"
    if given.positive is not None:
        fields["settings"] = json.dumps({"positive": given.positive})
    registered = given.model.startswith("models:/")
    if registered:
        fields["model_uri"] = given.model
    while True:
        with ExitStack() as opened:
            paths = {"model": None if registered else given.model, "sample": given.sample, "schema": given.schema}
            files = {name: opened.enter_context(Path(path).open("rb")) for name, path in paths.items() if path}
            answer = session.post(
                f"{url.rstrip('/')}/run_tests",
                data=fields,
                files=files,
                headers={"Prefer": "respond-async"},
                timeout=ANSWER_WITHIN_S,
            )
        if answer.status_code not in {429, 503} or "Retry-After" not in answer.headers:
            return urljoin(answer.url, checked(answer).headers["Location"])
        time.sleep(float(answer.headers["Retry-After"]))


def through(session: requests.Session, address: str) -> dict[str, Any]:
    """The test when it has ended; says which check is through meanwhile, and not yet what came of it."""
    told = set()
    while True:
        test: dict[str, Any] = checked(session.get(address, timeout=ANSWER_WITHIN_S)).json()
        if test["state"] in {"succeeded", "failed", "cancelled"}:
            return test
        text = test["progress"]["text"].partition(": ")[0] if test["progress"] else _waiting(test)
        if text not in told:
            print(f"... {text}", flush=True)
            told.add(text)
        time.sleep(LOOK_EVERY_S)


def _waiting(test: dict[str, Any]) -> str:
    place = f", place {test['position']}" if test["position"] is not None else ""
    return f"{test['state']}{place}"


def checked(answer: requests.Response) -> requests.Response:
    """Raises RuntimeError with the server's own sentence."""
    if answer.ok:
        return answer
    problem = answer.headers.get("content-type", "").startswith("application/problem+json")
    raise RuntimeError(answer.json()["detail"] if problem else f"{answer.status_code} {answer.reason}")


def main() -> int:
    parser = argparse.ArgumentParser(description="Have a model tested by Batch Zero.")
    parser.add_argument("url", help="of the server, such as http://localhost:8501")
    parser.add_argument("model", help="a file, or models:/NAME@alias or models:/NAME/3 of the server's MLflow")
    parser.add_argument("--sample", help="rows as the model takes them: CSV, Parquet")
    parser.add_argument("--labels", help="the column of the sample that holds the labels, what is true of each row")
    parser.add_argument("--schema", help="the model's columns, as JSON")
    parser.add_argument("--policy", help="YAML, or a line such as 'auc >= 0.75 AND latency/p95 <= 50'")
    parser.add_argument("--rows", type=int, help="of made-up data")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--positive", help="of two classes, the one that recall, precision and F1 are of")
    parser.add_argument("--check", action="append", help="only this one, such as quality; may be repeated")
    parser.add_argument("--keep", action="store_true", help="model and sample stay with the test, to run it again")
    given = parser.parse_args()
    session = requests.Session()
    if token := os.environ.get("BATCH_ZERO_TOKEN"):
        session.headers["Authorization"] = f"Bearer {token}"
    try:
        test = through(session, submit(session, given.url, given))
    except (RuntimeError, OSError) as error:
        print(f"not tested: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    if test["state"] != "succeeded":
        print(f"not tested: {test['reason'] or test['state']}", file=sys.stderr)
        return COULD_NOT_RUN
    result = test["result"]
    for text in (*result["faults"], *result["cautions"]):  # what one has to know before the numbers
        print(f"! {text}")
    for finding in result["findings"]:
        print(f"{finding['check']}: {finding['sentence']}")
    verdict = result["verdict"] or {"passed": result["works"], "sentence": "No policy was given.", "limits": []}
    for limit in verdict["limits"]:
        print(f"  {limit['sentence']}")
    print(verdict["sentence"])
    return PASSED if verdict["passed"] else NOT_PASSED


if __name__ == "__main__":
    sys.exit(main())
