"""``python -m api``: serve the page and the API beside it."""

import os
import sys
from collections.abc import Sequence

import click

import batch_zero.beginning  # noqa: F401 - hears Ctrl+C while the rest is imported
import settings
from batch_zero import children, commands, ports
from batch_zero.errors import COULD_NOT_RUN
from batch_zero.installation import shipped


@click.command("serve", context_settings={"ignore_unknown_options": True})
@click.option("--port", type=commands.Whole(1, 65535), metavar="N", help="default: STREAMLIT_SERVER_PORT, else 8501.")
@click.option("--address", metavar="HOST", help="What to listen on; default: STREAMLIT_SERVER_ADDRESS, else 127.0.0.1.")
@click.argument("streamlit", nargs=-1, type=click.UNPROCESSED, metavar="[STREAMLIT OPTIONS]...")
def command(port: int | None, address: str | None, streamlit: Sequence[str]) -> int:
    """Serve the report's page and the API beside it, until Ctrl+C or SIGTERM.

    Other options, such as --server.baseUrlPath, are handed to Streamlit.
    """
    settings.read()  # what cannot be used is said here, in one sentence
    if port is not None:  # without one, Streamlit looks for the next that is free
        ports.want_free(port, "--port", address or os.environ.get("STREAMLIT_SERVER_ADDRESS") or ports.LOCAL)
    given = {"--server.port": port, "--server.address": address}
    options = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    with children.running(children.library("streamlit", "run", str(shipped("server.py")), *options, *streamlit)) as it:
        return COULD_NOT_RUN if it.wait() else 0


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m api", arguments)


if __name__ == "__main__":
    sys.exit(main())
