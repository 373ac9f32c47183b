"""What a process that has just been started needs: memory for one reading, CPU for one report.

As a program, ``python -m benchmarks.fresh URI``, it is such a process: it prints the memory of one reading in bytes.
"""

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.contenders import first_fill
from benchmarks.histories import NAMES, Answer, Answers

ROOT = Path(__file__).resolve().parents[1]
COLD = 3
EXPERIMENT = f"""
title = "Benchmark"
description = "A long history."
[mlflow]
model = "{NAMES.model}"
drift_experiment = "{NAMES.drift_experiment}"
gate_experiment = "{NAMES.gate_experiment}"
[data]
target = "y"
[features]
"""


def memory_mb(uri: str) -> float:
    """The peak of one reading above what the imports take."""
    command = [sys.executable, "-m", "benchmarks.fresh", uri]
    return int(subprocess.check_output(command, cwd=ROOT)) / 1e6


def report_cpu_ms(uri: str) -> tuple[float, Answers]:
    """Of ``python -m report --format json``, from start to end, the median; and what it found."""
    costs, story = [], {}
    for _ in range(COLD):
        with tempfile.TemporaryDirectory() as home:
            toml = Path(home) / "experiment.toml"
            toml.write_text(EXPERIMENT)
            command = [sys.executable, "-m", "report", "--format", "json", "--experiment", str(toml)]
            env = {**os.environ, "MLFLOW_TRACKING_URI": uri, "BATCH_ZERO_HOME": home}
            before = _children_ms()
            story = json.loads(subprocess.check_output(command, cwd=ROOT, env=env))
            costs.append(_children_ms() - before)
    return statistics.median(costs), _answers(story)


def _answers(story: dict) -> Answers:
    return {
        batch["batch"]: Answer(
            batch["drift"]["run_id"],
            batch["drift"]["share"],
            batch["gate"]["run_id"],
            batch["gate"]["production"]["auc"],
        )
        for batch in story["batches"]
    }


def _children_ms() -> float:
    """Of children that have ended and been waited for; a server that still runs is none of them."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (used.ru_utime + used.ru_stime) * 1_000


def _memory(field: str) -> int:
    """Bytes. ``ru_maxrss`` will not do: a child begins with its parent's peak."""
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == field:
            return int(value.split()[0]) * 1024
    raise KeyError(field)


if __name__ == "__main__":
    imported = _memory("VmRSS")
    first_fill(sys.argv[1])
    print(_memory("VmHWM") - imported)
