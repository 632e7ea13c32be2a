"""Addresses on this machine: which are free, which answer."""

import socket
import time
from collections.abc import Set


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """True if a server could listen there now; a port in its closing minute after a stop counts as free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def becomes_free(port: int, seconds: float = 3.0) -> bool:
    """Like is_free, but gives a server that is just ending a moment to let go."""
    deadline = time.monotonic() + seconds
    while not is_free(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def pick(taken: Set[int] = frozenset()) -> int:
    """A free loopback port that is in none of `taken`."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def next_free(port: int, host: str) -> int:
    """The first free port above `port`, to name in a message."""
    return next((near for near in range(port + 1, min(port + 100, 65536)) if is_free(near, host)), 0)
