"""Many visitors at once, and what goes wrong around them: ``python benchmarks/load.py``.

The dashboard as the README starts it, over ``mlflow server`` over PostgreSQL, all started here on loopback. Sessions
speak Streamlit's own protocol over WebSocket: each loads the page, then runs it again after every pause for thought,
while programs ask the API. Then thousands of page loads; then MLflow and PostgreSQL are killed under a session that
stays, and come back. It ends by itself, and touches no store of yours.
"""

import argparse
import asyncio
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[0] = str(ROOT)

import httpx  # noqa: E402  the path has to be set first
import psutil  # noqa: E402
import websockets  # noqa: E402
from streamlit.proto.BackMsg_pb2 import BackMsg  # noqa: E402
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg  # noqa: E402

from benchmarks import histories  # noqa: E402
from benchmarks.servers import mlflow_server, postgres_server  # noqa: E402
from benchmarks.stores import say  # noqa: E402
from tests.server import free_port  # noqa: E402
from tests.serving import serving  # noqa: E402
from tests.world import EXPERIMENT_TOML  # noqa: E402

RESULT = ROOT / "benchmarks" / "results" / "load.md"
HISTORY = 10_000
SESSIONS, THINK_S, SECONDS = 25, 5.0, 60.0
WARM, LOADS, PARTS, AT_ONCE = 200, 2_000, 4, 4
P95_S, GROWTH_MB = 2.0, 30.0
OUTAGE = "cannot be reached"
PATIENCE_S = 90.0
TOML = EXPERIMENT_TOML.replace('gate_experiment = "Gate"', 'gate_experiment = "Training"')


@dataclass(frozen=True)
class Stack:
    """mlflow: takes the server away and brings it back; postgres: the same for the database."""

    url: str
    page: psutil.Process
    mlflow: "Switch"
    postgres: "Switch"


class Switch:
    """A server that can be killed and started again where it was."""

    def __init__(self, start: Callable[[], AbstractContextManager[object]]) -> None:
        self._start, self._running = start, ExitStack()
        self.on()

    def on(self) -> None:
        self._running.enter_context(self._start())

    def off(self) -> None:
        self._running.close()


class Visitor:
    """A session of the page, as a browser holds it."""

    def __init__(self, socket: websockets.ClientConnection) -> None:
        self._socket = socket

    async def run(self) -> tuple[float, str]:
        """Runs the page from top to bottom; seconds until it is there, and all text in it."""
        ask = BackMsg()
        ask.rerun_script.query_string = ""
        began = time.perf_counter()
        await self._socket.send(ask.SerializeToString())
        parts = []
        while True:
            message = ForwardMsg.FromString(await self._socket.recv())
            if message.WhichOneof("type") == "script_finished":
                return time.perf_counter() - began, "".join(parts)
            if message.WhichOneof("type") == "delta":
                parts.append(str(message.delta))


@contextmanager
def stack(scratch: Path) -> Iterator[Stack]:
    with ExitStack() as everything:
        database = everything.enter_context(postgres_server(scratch / "postgres"))
        database.command("CREATE DATABASE load")
        uri = database.uri("load")
        histories.make_experiments(uri)
        histories.fill_postgres(uri, histories.Shape(HISTORY, 6))
        port, number = free_port(), count()
        mlflow = Switch(lambda: mlflow_server(uri, scratch / f"mlflow-{next(number)}", port))
        everything.callback(mlflow.off)
        (scratch / "experiment.toml").write_text(TOML)
        env = {
            **os.environ,
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}",
            "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
            "BATCH_ZERO_EXPERIMENT": str(scratch / "experiment.toml"),
            "BATCH_ZERO_HOME": str(scratch / "home"),
        }
        before = set(psutil.Process().children())
        url = everything.enter_context(serving(env, scratch / "page.txt"))
        (page,) = set(psutil.Process().children()) - before
        yield Stack(url, page, mlflow, Switch(database.running))


@asynccontextmanager
async def visiting(url: str) -> AsyncIterator[Visitor]:
    address = f"{url.replace('http', 'ws')}/_stcore/stream"
    async with websockets.connect(address, subprotocols=["streamlit"], max_size=None, origin=url) as socket:
        yield Visitor(socket)


async def one_visitor(url: str, until: float, loads: list[float], runs: list[float]) -> None:
    await asyncio.sleep(random.uniform(0, THINK_S))  # nobody comes at the same moment
    async with visiting(url) as visitor:
        loads.append((await visitor.run())[0])
        while time.monotonic() < until:
            await asyncio.sleep(THINK_S)
            runs.append((await visitor.run())[0])


async def one_program(url: str, until: float, answers: list[float]) -> None:
    async with httpx.AsyncClient() as client:
        while time.monotonic() < until:
            began = time.perf_counter()
            (await client.get(f"{url}/api/report", timeout=60)).raise_for_status()
            answers.append(time.perf_counter() - began)
            await asyncio.sleep(1)


async def crowd(url: str) -> dict[str, list[float]]:
    """Seconds of page loads, reruns and answers of the API."""
    times: dict[str, list[float]] = {"page load": [], "rerun": [], "API": []}
    until = time.monotonic() + SECONDS
    visitors = [one_visitor(url, until, times["page load"], times["rerun"]) for _ in range(SESSIONS)]
    await asyncio.gather(*visitors, one_program(url, until, times["API"]))
    return times


async def many_loads(url: str, number: int) -> None:
    """Visitors who come, see and leave."""

    async def some() -> None:
        for _ in range(number // AT_ONCE):
            async with visiting(url) as visitor:
                await visitor.run()

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def outage(url: str, server: Switch) -> tuple[float, float]:
    """Seconds until a session that stays shows that ``server`` is gone, and until it shows that it is back."""
    async with visiting(url) as visitor:
        assert OUTAGE not in (await visitor.run())[1], "there is an outage before there is one"
        server.off()
        shown = await _until(visitor, lambda text: OUTAGE in text)
        server.on()
        return shown, await _until(visitor, lambda text: OUTAGE not in text and "Batch 0" in text)


async def _until(visitor: Visitor, true: Callable[[str], bool]) -> float:
    began = time.monotonic()
    while time.monotonic() - began < PATIENCE_S:
        if true((await visitor.run())[1]):
            return time.monotonic() - began
        await asyncio.sleep(0.5)
    raise SystemExit("the page never showed it")


def megabytes(page: psutil.Process) -> float:
    return page.memory_info().rss / 1e6


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--out", type=Path, default=RESULT, metavar="FILE", help="default: below benchmarks/results")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        say("starting PostgreSQL, MLflow and the dashboard")
        with stack(Path(scratch)) as running:
            say(f"{SESSIONS} sessions for {SECONDS:.0f} s")
            times = asyncio.run(crowd(running.url))
            asyncio.run(many_loads(running.url, WARM))
            memory = [megabytes(running.page)]
            for part in range(PARTS):
                say(f"page loads: {LOADS // PARTS * (part + 1):,} of {LOADS:,}")
                asyncio.run(many_loads(running.url, LOADS // PARTS))
                memory.append(megabytes(running.page))
            outages = {}
            for name, server in (("MLflow", running.mlflow), ("PostgreSQL", running.postgres)):
                say(f"{name} goes, and comes back")
                outages[name] = asyncio.run(outage(running.url, server))
    text = written(times, memory, outages)
    asked.out.write_text(text)
    print(text)


def written(times: dict[str, list[float]], memory: list[float], outages: dict[str, tuple[float, float]]) -> str:
    slowest = max(_p95(times[what]) for what in ("page load", "rerun"))
    lines = [
        "# Load",
        "",
        f"`python benchmarks/load.py`, {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, {platform.machine()}. The "
        "dashboard over `mlflow server` over PostgreSQL, everything on this machine, whoever asks included.",
        "",
        f"## {SESSIONS} sessions, {THINK_S:.0f} s to think, and a program that asks the API every second",
        "",
        "| | number | median, s | p95, s |",
        "|---|---:|---:|---:|",
        *(
            f"| {what} | {len(all_)} | {statistics.median(all_):.2f} | {_p95(all_):.2f} |"
            for what, all_ in times.items()
        ),
        "",
        f"p95 under {P95_S:.0f} s: {'✓' if slowest < P95_S else '✗'}",
        "",
        f"## {LOADS:,} page loads",
        "",
        f"Memory of the dashboard after {WARM} loads, then after every {LOADS // PARTS:,}: "
        + ", ".join(f"{value:.0f}" for value in memory)
        + f" MB. Flat (less than {GROWTH_MB:.0f} MB more): {'✓' if memory[-1] - memory[0] < GROWTH_MB else '✗'}",
        "",
        "## Servers that go and come back, under a session that stays",
        "",
        "| | outage shown after, s | healed after, s |",
        "|---|---:|---:|",
        *(f"| {name} | {shown:.1f} | {healed:.1f} |" for name, (shown, healed) in outages.items()),
    ]
    return "\n".join(lines) + "\n"


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


if __name__ == "__main__":
    main()
