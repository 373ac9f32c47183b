"""Puts every file of the corpus through the whole bench and prints what came of it: ``python -m
tests.testbench.corpus.whole``. Exits 1 where a hostile file was not contained, a benign one was not tested, a malformed
one was, or anything else than a sentence came."""

import os
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pandas as pd

from batch_zero.errors import BatchZeroError
from batch_zero.progress import Step
from sandbox.warm import WarmParent
from testbench.checks.latency import LatencySettings
from testbench.checks.simulation import SimulationSettings
from testbench.findings import State
from testbench.run import Asked, Settings, run_tests
from tests.testbench.corpus import benign, hostile, malformed, run, world

QUICK = Settings(
    latency=LatencySettings(sizes=(1,), calls=5, warm_up=1, budget_s=0.2),
    simulation=SimulationSettings(strengths=(1.0,), rows=60),
    limits=run.LIMITS,
)
TESTED, REFUSED = "tested", "refused"
GROUPS = {"benign": benign.cases, "malformed": malformed.cases, "hostile": hostile.cases}
EXPECTED = {"benign": {TESTED}, "malformed": {REFUSED}, "hostile": {TESTED, REFUSED}}


def tried(path: Path, rows: pd.DataFrame, settings: Settings, warm: WarmParent) -> tuple[str, str]:
    """What came of it, and in which words."""
    try:
        report = run_tests(Asked(path, path.name, rows, settings=settings), _unheard, warm)
    except BatchZeroError as error:
        return REFUSED, error.advised
    except Exception as error:  # what the bench must never let through
        return "broke", repr(error)
    failed = [finding.sentence for finding in report.findings if finding.state is State.FAILED]
    return ("failed", failed[0]) if failed else (TESTED, report.findings[0].sentence)


def _unheard(_: Step) -> None:
    pass


def main() -> int:
    os.environ["CORPUS_SECRET"] = world.SECRET
    counts = Counter[tuple[str, str, bool]]()
    with WarmParent() as warm:
        for group, cases in GROUPS.items():
            settings = replace(QUICK, limits=run.HOSTILE) if group == "hostile" else QUICK
            for case in cases():
                with tempfile.TemporaryDirectory() as folder, world.made_in(Path(folder)) as place:
                    (Path(folder) / "file").mkdir()
                    made = [Path(folder) / "file"] if group == "benign" else [Path(folder) / "file", place]
                    rows = case.rows if group == "benign" else benign.ROWS
                    outcome, words = tried(case.make(*made), rows, settings, warm)
                    well = outcome in EXPECTED[group] and not place.harm() and not world.told(words)
                counts[group, outcome, well] += 1
                mark = "ok" if well else "FAILED"
                print(f"{group:9} {mark:6} {outcome:8} {case.name[:45]:45} {words[:110]}", flush=True)
    for (group, outcome, well), count in sorted(counts.items()):
        print(f"{group}: {count} {outcome}{'' if well else ', NOT as it should be'}")
    return int(any(not well for _, _, well in counts))


if __name__ == "__main__":
    sys.exit(main())
