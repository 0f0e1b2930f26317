"""The floor of a benchmark: a Flask app that returns the same bytes for every address, and does nothing else."""

from __future__ import annotations

import os
from pathlib import Path

from flask import Flask

app = Flask("bare")
BODY = Path(os.environ["BARE_BODY"]).read_bytes()


@app.route("/", defaults={"path": ""})
@app.route("/<path:path>")
def same_bytes(path: str) -> bytes:
    return BODY
