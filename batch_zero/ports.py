"""Ports to listen on."""

import os
import socket
from errno import EADDRINUSE

from batch_zero.errors import BatchZeroError

LOCAL = "127.0.0.1"


class PortInUse(BatchZeroError):
    """Somebody listens there already. One sentence."""


def want_free(port: int, option: str, address: str = LOCAL) -> None:
    """Raises PortInUse. option: of the command, which names another. What else is wrong with an address, whoever
    listens on it says."""
    try:
        (family, kind, _, _, place), *_ = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)
    except OSError:
        return
    with socket.socket(family, kind) as there:
        if os.name == "posix":  # a port that was just left is free; on Windows this would take one that is not
            there.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            there.bind(place)
        except OSError as error:
            if error.errno == EADDRINUSE:
                raise PortInUse(f"port {port} of {address} is in use; name another by {option}") from None
