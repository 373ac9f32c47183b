"""What may be tuned about reading a store, each thing with its unit. Whoever opens a store may hand in others."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paging:
    """How many runs one search of a server, or of MLflow's client, asks for.

    page: of the first look, and of ten batch numbers; a history of ordinary length is complete with it.
    few: newest runs of one batch; mostly enough to have a finished one of each kind among them.
    long_page: where everything is needed.
    excludable: how many batch numbers one search may rule out, each of which costs the database a join; else all runs
    that fit are read.
    ended: as many runs of any kind may have ended since the last look; where more did, only those with a batch number
    are asked for.
    ids: run ids in one search.
    """

    page: int = 50
    few: int = 10
    long_page: int = 1_000
    excludable: int = 15
    ended: int = 100
    ids: int = 200


@dataclass(frozen=True)
class Freshness:
    """For how long what was read stands.

    recent_s: a store that was asked so shortly ago is not asked again, unless thoroughly; nor is one that did not
    answer.
    thorough_s: after this time a quick look at a server is not enough.
    recount_s: after this time a server's runs are counted again: those that were deleted are still in the count.
    overlap_ms: a quick look goes this far behind the last end of a run it knows: clocks differ, and writing takes time.
    client_s: what MLflow's client read is as good as new for so long: it tells of no change, and reads everything.
    """

    recent_s: float = 5.0
    thorough_s: float = 300.0
    recount_s: float = 3_600.0
    overlap_ms: int = 60_000
    client_s: float = 60.0


@dataclass(frozen=True)
class FileLimits:
    """How the files of a file store are read.

    longest_meta: bytes of a meta.yaml; one that is longer is none. longest_value: bytes that are read of a param or tag
    (MLflow's own limit is 8,000 characters). longest_history: bytes from the end of a metric, some 400,000 values.
    deepest: of the collections in a meta.yaml; MLflow nests two, and the parser's time grows with the square.
    settled_ns: a file that changed less than this ago may change again under the same time stamp, because the clocks of
    file systems tick.
    tries, pause_s: MLflow empties a file before it writes it anew; who finds a fresh one empty looks again.
    """

    longest_meta: int = 1_000_000
    longest_value: int = 32_000
    longest_history: int = 16_000_000
    deepest: int = 20
    settled_ns: int = 2_000_000_000
    tries: int = 4
    pause_s: float = 0.005


@dataclass(frozen=True)
class Tuning:
    """busy_s: how long a reader of a SQLite file waits for a writer that holds it."""

    paging: Paging = Paging()
    freshness: Freshness = Freshness()
    files: FileLimits = FileLimits()
    busy_s: float = 5.0


USUAL = Tuning()
