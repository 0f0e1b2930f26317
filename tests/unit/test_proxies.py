"""Behind a proxy: whose address counts is said by a setting, never by the visitor."""

import pytest
from flask import request

from portal import create_app
from portal.config import Config

FORWARDED = {
    "X-Forwarded-For": "203.0.113.9, 198.51.100.7",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Host": "elsewhere.example",
}


@pytest.mark.parametrize(
    ("proxies", "address", "is_secure"),
    [(0, "192.0.2.1", False), (1, "198.51.100.7", True), (2, "203.0.113.9", False)],
)
def test_only_what_trusted_proxies_wrote_is_believed(tmp_path, proxies, address, is_secure):
    app = create_app(
        Config.for_tests(f"sqlite:///{tmp_path / 'loket.db'}", tmp_path, trusted_proxies=proxies),
    )
    seen = []

    @app.before_request
    def _look() -> str:
        seen.append((request.remote_addr, request.is_secure, request.host))
        return "seen"

    app.test_client().get("/", headers=FORWARDED, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    # Two proxies write two values each: a protocol that only one of them told is believed by nobody.
    assert seen == [(address, is_secure, "localhost")]
