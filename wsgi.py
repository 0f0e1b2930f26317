"""The web entrance: `wsgi:app` for any WSGI server."""

from portal import create_app
from portal.operations.stamps import check_stamp

app = create_app()
with app.app_context():
    check_stamp(is_demo=app.extensions["config"].demo)
