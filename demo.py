"""``python -m demo``: an experiment that ships, run into a local MLflow, with its report and what stands beside it."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import click

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
import settings
from batch_zero import children, commands, ports
from batch_zero.errors import COULD_NOT_RUN
from batch_zero.installation import shipped

PORT = commands.Whole(1, 65535)
LIGHT = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
"""Without the processes that run jobs, which nobody gives MLflow here."""

LOOK_EVERY_S = 2.0


@click.command("demo")
@commands.experiment
@click.option("--batches", default="0-5", show_default=True, metavar="A-B", help="Those that it has.")
@click.option("--restart", is_flag=True, help="Run them again, on top of the runs that are there.")
@click.option("--port", type=PORT, default=8501, show_default=True, metavar="N", help="Of the report.")
@click.option("--mlflow-port", type=PORT, default=5001, show_default=True, metavar="N", help="Of MLflow's own pages.")
def command(experiment: str | None, batches: str, restart: bool, port: int, mlflow_port: int) -> int:
    """Run a real experiment into a local MLflow, unless it is there already, and serve its report until Ctrl+C.

    The store is the embedded one, in BATCH_ZERO_HOME, whatever MLFLOW_TRACKING_URI names.
    """
    env = {name: value for name, value in os.environ.items() if name != "MLFLOW_TRACKING_URI"}
    config = settings.read(env)
    tracking = config.tracking
    if os.environ.get("MLFLOW_TRACKING_URI"):
        print(f"demo: MLFLOW_TRACKING_URI is left alone; the demo has a store in {tracking.home}", file=sys.stderr)
    ports.want_free(port, "--port")
    ports.want_free(mlflow_port, "--mlflow-port")
    first = experiment or config.experiments.first
    again = "--restart" if restart else "--reuse"
    history = children.room("pipeline", "run", "--experiment", first, "--batches", batches, again)
    with children.running(history, env) as pipeline:
        if code := pipeline.wait():
            return code
    return _serve(tracking, {**env, "BATCH_ZERO_EXPERIMENT": first}, port, mlflow_port)


def _serve(tracking: settings.Tracking, env: Mapping[str, str], port: int, mlflow_port: int) -> int:
    """All three, until the report's server ends."""
    report, mlflow = (f"http://{ports.LOCAL}:{number}" for number in (port, mlflow_port))
    options = f"--server.address {ports.LOCAL} --server.port {port}".split()
    page = children.library("streamlit", "run", str(shipped("server.py")), *options)
    options = f"--host {ports.LOCAL} --port {mlflow_port} --workers 1".split()
    ui = children.library("mlflow", "server", *options, "--backend-store-uri", tracking.uri)
    print(f"demo: report {report}   MLflow {mlflow}   (Ctrl+C ends all)", flush=True)
    logs = {name: tracking.home / f"{name}.log" for name in ("mlflow-ui", "jobs")}
    with (
        logs["mlflow-ui"].open("wb") as of_pages,
        logs["jobs"].open("wb") as of_jobs,
        children.running(ui, {**env, **LIGHT}, folder=tracking.home, output=of_pages) as pages,
        children.running(children.room("jobs"), env, folder=tracking.home, output=of_jobs) as worker,
        children.running(page, {**env, "MLFLOW_UI_URL": mlflow}) as server,
    ):
        beside = {
            "MLflow's own pages have": (pages, logs["mlflow-ui"]),
            "The worker of jobs has": (worker, logs["jobs"]),
        }
        _watch(server, beside)
        return COULD_NOT_RUN if server.wait() else 0


def _watch(server: subprocess.Popen[bytes], beside: dict[str, tuple[subprocess.Popen[bytes], Path]]) -> None:
    """Until the server ends. The report goes on without the others."""
    while server.poll() is None:
        for what, (process, log) in [*beside.items()]:
            if process.poll() is not None:
                print(f"demo: {what} ended; {log} says why", file=sys.stderr)
                del beside[what]
        with suppress(subprocess.TimeoutExpired):
            server.wait(LOOK_EVERY_S)


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m demo", arguments)


if __name__ == "__main__":
    sys.exit(main())
