"""The web entrance: `wsgi:app` for any WSGI server."""

import sys

# Where the tools of developers are installed, structlog would take rich along: 4 MB, and tracebacks that show what
# every variable held, a passphrase or a number of an identity card among them.
sys.modules["rich"] = None  # type: ignore[assignment]

from portal import create_app  # noqa: E402 - behind what it must not import.
from portal.operations.stamps import check_stamp  # noqa: E402

app = create_app()
with app.app_context():
    check_stamp(is_demo=app.extensions["config"].demo)
