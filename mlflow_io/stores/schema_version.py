"""A database whose tables are of another version of MLflow than ours: its client would change them by opening it."""

from mlflow_io.errors import SchemaUnknown, TrackingUnreachable

NOT_SHIPPED = (
    "is not installed; only those of SQLite and PostgreSQL come with this program. Install it beside it, or read the "
    "store through an MLflow server"
)


def refuse_another_version(uri: str, *, may_be_empty: bool = False) -> None:
    """For any SQL database that is there. may_be_empty: one without tables may get them. Raises SchemaUnknown, or
    TrackingUnreachable where its driver is not installed."""
    from mlflow.store.db import utils
    from mlflow.store.db.db_types import DATABASE_ENGINES

    if uri.partition(":")[0].partition("+")[0] not in DATABASE_ENGINES:
        return
    try:
        engine = utils.create_sqlalchemy_engine(uri)
    except ImportError as error:
        raise TrackingUnreachable(uri, f"{error}: the database driver {error.name} {NOT_SHIPPED}") from error
    except ValueError as error:  # an address whose port is no number
        raise TrackingUnreachable(uri, error) from error
    try:
        there, wanted = utils._get_schema_version(engine), utils._get_latest_schema_revision()
    finally:
        engine.dispose()
    if there != wanted and not (may_be_empty and there is None):
        raise SchemaUnknown(
            uri, f"its schema is of version {there}, and MLflow would change that to {wanted} by opening it"
        )
