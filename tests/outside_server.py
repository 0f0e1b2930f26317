"""The twin of Google and Facebook on a port of its own, spoken to over a real socket."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from werkzeug.serving import make_server

from portal.config import TWIN_CLIENT
from portal.integrations.outside_twin import Twin


@contextmanager
def outside_server(redirects: tuple[str, ...], secret: str) -> Iterator[Twin]:
    """The provider while the block runs; `twin.base` is where it listens."""
    twin = Twin(TWIN_CLIENT, secret, redirects)
    server = make_server("127.0.0.1", 0, twin, threaded=True)
    twin.base = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield twin
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=2)
