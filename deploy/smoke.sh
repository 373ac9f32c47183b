#!/usr/bin/env bash
# Uses the stack that is up, as a team would: the demo and a baseline into it, and the page's own reader on the result.
# DC is the compose command, with -f and the like where they are needed.
set -euo pipefail
read -ra compose <<< "${DC:-docker compose}"
report() { "${compose[@]}" exec -T dashboard python -m report "$@"; }

"${compose[@]}" run --rm demo

report --format json | python3 -c '
import json, sys
story = json.load(sys.stdin)
batches = [batch["batch"] for batch in story["batches"]]
assert batches == [0, 1, 2, 3, 4, 5], batches
assert story["model"]["alias"] == "production", story["model"]
print("smoke: read back by REST:", story["summary"]["takeaway"])'

# Each ROC curve went worker -> MLflow -> S3, and comes back by the same way; one that did not is a notice instead.
curves=$(report --format html | grep -c '<details class="roc">')
[ "$curves" = 6 ] || { echo "smoke: ROC curves of $curves batches came, of 6 were wanted" >&2; exit 1; }
echo "smoke: the ROC curves of $curves batches came back from S3"

"${compose[@]}" run --rm --entrypoint python baseline -c '
import gzip, os, boto3
rows = gzip.open("examples/crash_triage/nass_cds.csv.gz").read()
boto3.client("s3").put_object(Bucket=os.environ["S3_BUCKET"], Key="processed_data/initial_test.csv", Body=rows)'
"${compose[@]}" run --rm baseline
echo "smoke: all is well"
