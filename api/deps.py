"""What a route needs, each thing named once, so that its signature says it: ``def report(history: HistoryDep)``.

What goes wrong is raised here and becomes an answer in ``api.problems``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, HTTPException, Query, Request

import settings
from jobs import service
from jobs.queue import CURSOR, Queue
from lifecycle.experiment import Experiment
from lifecycle.records import History
from mlflow_io.errors import StoreGone, StoreMissing
from report.service import shared
from report.story.story import Story


def _settings() -> settings.Settings:
    return settings.read()


SettingsDep = Annotated[settings.Settings, Depends(_settings)]


def _experiment(config: SettingsDep, experiment: str | None = None) -> Experiment:
    try:
        return settings.load_experiment(config.experiments.first if experiment is None else experiment, config)
    except settings.SettingsError as error:
        if experiment is None:
            raise
        raise HTTPException(404, str(error)) from None


ExperimentDep = Annotated[Experiment, Depends(_experiment)]
"""The one that the request names by ``?experiment=``, or else the one that opens first."""


@dataclass(frozen=True)
class Known:
    """What the store says now."""

    history: History
    story: Story


def _history(config: SettingsDep, experiment: ExperimentDep, refresh: bool = False) -> Known:
    story, reading = shared.read(
        config.tracking.uri,
        experiment,
        config.tracking.home,
        thoroughly=refresh,
        may_be_new=config.tracking.may_be_new,
    )
    if reading.outage is not None:
        raise reading.outage
    return Known(reading.history, story)


HistoryDep = Annotated[Known, Depends(_history)]
"""``?refresh=true`` reads everything again. What was known before an outage is no answer: programs get the outage."""


def from_here(request: Request) -> None:
    """For a request that changes something and that a form on anybody's page could send: raises HTTPException where a
    browser says that it comes from another site. Programs say nothing of the kind."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    elsewhere = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if elsewhere if site is None else site not in {"same-origin", "none"}:
        raise HTTPException(
            403, "got a request from another site's page, expected one of a program or of this server's page"
        )


def _queue(config: SettingsDep) -> Queue:
    return service.shared(config.jobs.url, config.jobs.bounds)


QueueDep = Annotated[Queue, Depends(_queue)]
JobsCursor = Annotated[str | None, Query(json_schema_extra={"pattern": CURSOR.pattern})]


def _kept_tests(config: SettingsDep) -> Iterator[str]:
    try:
        yield config.tracking.uri
    except StoreGone as error:
        if not config.tracking.may_be_new:
            raise
        raise StoreMissing(config.tracking.uri) from error


KeptTestsDep = Annotated[str, Depends(_kept_tests)]
"""The URI of the store where they are. One that has yet to be made has none of them, which is no outage."""
