"""``python -m api``: serve the page and the API beside it."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click

import settings
from batch_zero import commands
from batch_zero.errors import COULD_NOT_RUN

SERVER = Path(__file__).resolve().parents[1] / "server.py"


@click.command("serve", context_settings={"ignore_unknown_options": True})
@click.option("--port", type=click.IntRange(1, 65535), metavar="N", help="default: STREAMLIT_SERVER_PORT, else 8501.")
@click.option("--address", metavar="HOST", help="What to listen on; default: STREAMLIT_SERVER_ADDRESS, else 127.0.0.1.")
@click.argument("streamlit", nargs=-1, type=click.UNPROCESSED, metavar="[STREAMLIT OPTIONS]...")
def command(port: int | None, address: str | None, streamlit: Sequence[str]) -> int:
    """Serve the report's page and the API beside it, until Ctrl+C or SIGTERM.

    Other options, such as --server.baseUrlPath, are handed to Streamlit.
    """
    settings.read()  # what cannot be used is said here, in one sentence
    given = {"--server.port": port, "--server.address": address}
    options = [word for name, value in given.items() if value is not None for word in (name, str(value))]
    server = subprocess.Popen([sys.executable, "-m", "streamlit", "run", str(SERVER), *options, *streamlit])
    try:
        return COULD_NOT_RUN if server.wait() else 0
    finally:
        if server.poll() is None:  # it is we who were told to end
            server.terminate()
            server.wait()


def main(arguments: Sequence[str] | None = None) -> int:
    return commands.run(command, "python -m api", arguments)


if __name__ == "__main__":
    sys.exit(main())
