"""Which jobs there are: what each runs is a text, so that this room imports none of those that do the work."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """run: ``module:function``, which is called as ``function(payload, progress)`` in a process of its own and returns
    what JSON can hold; ``progress(step, of, text)`` says how far it is. It may be run again after a crash, so running
    twice must do no harm. limit_s: it is ended after that. lends: ``module:class`` of what a worker keeps open for
    these jobs (``jobs.process.lending``); the function is then given a descriptor of it, or None, as a third argument.
    imports: modules that take long, which the worker's jobs share (``jobs.process.nursery``). sweep:
    ``module:function``, which the worker itself calls now and then with the payloads of all jobs that wait or run; it
    removes what others left behind. page: the address of what shows such a job, with ``{id}`` for its own; empty where
    nothing does. A result that is an object may say in ``came``, a short text, what came of the job: lists show it."""

    run: str
    limit_s: float
    lends: str | None = None
    imports: tuple[str, ...] = ()
    sweep: str | None = None
    page: str = ""


WARM = "sandbox.lender:Lender"
STORE = "mlflow_io.writing.preloaded"

KINDS: Mapping[str, Kind] = {
    "probe": Kind("jobs.probe:run", limit_s=3600.0),
    "model_look": Kind("api.work.model_look:run", limit_s=600.0, lends=WARM, imports=("api.work.model_look",)),
    "model_test": Kind(
        "api.work.model_test:run",
        limit_s=3600.0,
        lends=WARM,
        imports=("api.work.model_test", STORE, "evidently"),
        sweep="api.work.left:sweep",
        page="test_model?test={id}#results",
    ),
}
"""A name is of small letters and underscores: a job's id begins with it."""
