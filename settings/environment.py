"""Every knob that is an environment variable, in typed groups. The README has the table."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from batch_zero import installation, secrets
from batch_zero.errors import SettingsError
from batch_zero.validation import Expected, sentence
from settings.access import Access, read_access

DEFAULT_EXPERIMENT = "crash_triage"

Bare = Annotated[str, BeforeValidator(str.strip)]
"""Without the blanks around it, which came with copying."""
Link = Annotated[str | None, BeforeValidator(str.strip), AfterValidator(lambda url: _shown(url)), Expected("a URL")]


def _shown(url: str | None) -> str | None:
    """An address for links, without the user and password that it may hold; None where these cannot be told from the
    rest."""
    return secrets.without_credentials(url) if url else None


def _folder(path: Path) -> Path:
    try:
        return path.expanduser().resolve()
    except RuntimeError as error:  # "~nobody"
        raise ValueError(str(error)) from None


class Group(BaseModel):
    """Its fields' aliases are the variables' names. One that is empty or blank is as if it were not set."""

    model_config = ConfigDict(frozen=True, extra="ignore", validate_default=False)

    @classmethod
    def read(cls, env: Mapping[str, str]) -> Self:
        """Raises SettingsError."""
        given = {name: text for name, text in env.items() if text.strip()}
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise SettingsError(sentence(error, cls, given)) from None


Home = Annotated[Path, AfterValidator(_folder), Expected("a folder")]


class Tracking(Group):
    """home: the folder of the embedded default store."""

    home: Home = Field(default_factory=installation.data_folder, alias="BATCH_ZERO_HOME")
    named: Annotated[Bare | None, Expected("a tracking URI")] = Field(
        default=None, alias="MLFLOW_TRACKING_URI", repr=False
    )

    @property
    def uri(self) -> str:
        return self.named or f"sqlite:///{self.home / 'mlflow.db'}"

    @property
    def embedded(self) -> bool:
        """Whether the tracking store is the default one, which the pipeline may create."""
        return self.uri == f"sqlite:///{self.home / 'mlflow.db'}"

    @property
    def may_be_new(self) -> bool:
        """Whether the store has perhaps not been made yet: nobody named one."""
        return self.named is None

    @property
    def shown(self) -> str:
        """The tracking URI as it is shown: without secrets, and in the default folder without the way there."""
        return secrets.shown(self.uri).replace(f"sqlite:///{installation.data_folder().parent}/", "sqlite:///")

    @property
    def artifact_folder(self) -> Path | None:
        """Where the embedded store keeps artifacts; None for any other store, which decides itself."""
        return self.home / "artifacts" if self.embedded else None


class Experiments(Group):
    """first: the one that opens first. drift_threshold: the one that wins over an experiment's own, if any."""

    first: Annotated[Bare, Expected("an experiment")] = Field(default=DEFAULT_EXPERIMENT, alias="BATCH_ZERO_EXPERIMENT")
    drift_threshold: Annotated[Annotated[float, Field(gt=0, le=1)] | None, Expected("a share above 0 and up to 1")] = (
        Field(default=None, alias="DRIFT_THRESHOLD")
    )


class Links(Group):
    """What the sidebar names and links; None where there is nothing to link."""

    api: Link = Field(default=None, alias="API_URL")
    mlflow: Link = Field(default=None, alias="MLFLOW_UI_URL")
    airflow: Link = Field(default=None, alias="AIRFLOW_UI_URL")


class Jobs(Group):
    """The queue of long work: where it is kept, and how much of it there may be."""

    home: Home = Field(default_factory=installation.data_folder, alias="BATCH_ZERO_HOME")
    named: Annotated[Bare | None, Expected("sqlite:///FILE or postgresql://...")] = Field(
        default=None, alias="BATCH_ZERO_JOBS_URL", repr=False
    )
    concurrency: Annotated[int, Field(ge=1, le=64), Expected("a whole number from 1 to 64")] = Field(
        default=2, alias="BATCH_ZERO_JOBS_AT_A_TIME"
    )
    most_queued: Annotated[int, Field(ge=1, le=10_000), Expected("a whole number from 1 to 10000")] = Field(
        default=100, alias="BATCH_ZERO_JOBS_MOST_QUEUED"
    )
    keep_days: Annotated[float, Field(gt=0, le=3650), Expected("a number of days above 0 and up to 3650")] = Field(
        default=30.0, alias="BATCH_ZERO_JOBS_KEEP_DAYS"
    )

    @property
    def url(self) -> str:
        return self.named or f"sqlite:///{self.home / 'jobs.db'}"

    @property
    def bounds(self) -> dict[str, Any]:
        """What of a queue's bounds is a setting."""
        return {"concurrency": self.concurrency, "most_queued": self.most_queued, "keep_days": self.keep_days}


class Bench(Group):
    """What a model file that is tested may use, and whether one is opened where the kernel cannot keep it in."""

    home: Home = Field(default_factory=installation.data_folder, alias="BATCH_ZERO_HOME")
    upload_mb: Annotated[int, Field(ge=1, le=100_000), Expected("megabytes from 1 to 100000")] = Field(
        default=600, alias="BATCH_ZERO_BENCH_UPLOAD_MB"
    )
    wall_s: Annotated[float, Field(ge=1, le=86_400), Expected("seconds from 1 to 86400")] = Field(
        default=300.0, alias="BATCH_ZERO_BENCH_SECONDS"
    )
    call_s: Annotated[float, Field(ge=0.1, le=86_400), Expected("seconds from 0.1 to 86400")] = Field(
        default=30.0, alias="BATCH_ZERO_BENCH_ANSWER_SECONDS"
    )
    memory_mb: Annotated[Annotated[int, Field(ge=256)] | None, Expected("megabytes, 256 or more")] = Field(
        default=None, alias="BATCH_ZERO_BENCH_MEMORY_MB"
    )
    model_mb: Annotated[int, Field(ge=1, le=100_000), Expected("megabytes from 1 to 100000")] = Field(
        default=512, alias="BATCH_ZERO_BENCH_MODEL_MB"
    )
    allow_unconfined: Annotated[bool, Expected("true or false")] = Field(
        default=False, alias="BATCH_ZERO_BENCH_ALLOW_UNCONFINED"
    )
    kept_rows: Annotated[int, Field(ge=0, le=200_000), Expected("rows from 0 to 200000")] = Field(
        default=20_000, alias="BATCH_ZERO_BENCH_KEPT_ROWS"
    )

    @property
    def uploads(self) -> Path:
        """Where files wait for their test."""
        return self.home / "uploads"

    @property
    def limits(self) -> dict[str, Any]:
        """What of a session's limits is a setting; the others are the sandbox's own."""
        given = {"wall_s": self.wall_s, "call_s": self.call_s, "model_mb": self.model_mb, "memory_mb": self.memory_mb}
        return {name: value for name, value in given.items() if value is not None}


class Logs(Group):
    format: Annotated[Literal["text", "json"], Expected("text or json")] = Field(default="text", alias="BATCH_ZERO_LOG")


GROUPS = (Tracking, Experiments, Links, Jobs, Bench, Logs)


@dataclass(frozen=True)
class Settings:
    tracking: Tracking
    experiments: Experiments
    links: Links
    jobs: Jobs
    bench: Bench
    logs: Logs
    access: Access

    @property
    def mlflow_ui(self) -> str | None:
        """Where links to runs lead: a server has its pages under its own address."""
        served = self.tracking.uri.startswith(("http://", "https://"))
        named = "mlflow" in self.links.model_fields_set
        return _shown(self.tracking.uri) if served and not named else self.links.mlflow


def read(env: Mapping[str, str] = os.environ) -> Settings:
    """The settings in force. Raises SettingsError where a value cannot be used. Their secrets are masked from now on,
    wherever they come up."""
    tracking, jobs = Tracking.read(env), Jobs.read(env)
    secrets.keep(tracking.uri, jobs.url, env=env)
    return Settings(
        tracking=tracking,
        experiments=Experiments.read(env),
        links=Links.read(env),
        jobs=jobs,
        bench=Bench.read(env),
        logs=Logs.read(env),
        access=read_access(env),
    )
