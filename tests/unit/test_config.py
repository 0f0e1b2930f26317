"""Settings: what is read, what is refused, and what the demo makes for itself."""

import base64
import stat
from datetime import UTC, date, datetime, timedelta

import pytest

from portal import clock
from portal.config import Config, ConfigError, embedded_socket, load_config

KEYS = {name: base64.b64encode(bytes([number]) * 32).decode() for number, name in enumerate(("INDEX_KEY", "AUDIT_KEY"))}
PRODUCTION = {
    "PUBLIC_URL": "https://loket.example/",
    "SECRET_KEY": "s" * 40,
    "DATA_KEYS": f"k2:{base64.b64encode(b'2' * 32).decode()},k1:{base64.b64encode(b'1' * 32).decode()}",
    **KEYS,
}


def test_production_settings_are_read_and_typed(tmp_path):
    config = load_config(
        PRODUCTION | {"INSTANCE_DIR": str(tmp_path), "PORT": "8123", "CLAMD_SOCKET": "/run/clamd.sock"}
    )
    assert not config.demo
    assert config.port == 8123
    assert config.public_url == "https://loket.example"
    assert list(config.data_keys.items()) == [("k2", b"2" * 32), ("k1", b"1" * 32)]
    assert config.database_url == f"sqlite:///{tmp_path}/loket.db"
    assert config.uses_sqlite
    assert config.redis_url == f"unix://{embedded_socket(tmp_path)}"
    assert config.redis_is_embedded
    assert config.storage_url == f"file://{tmp_path}/files"
    assert config.bind == "127.0.0.1"
    assert config.trusted_proxies == 0


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATA_KEYS", "INDEX_KEY", "AUDIT_KEY", "PUBLIC_URL"])
def test_a_missing_secret_in_production_is_an_error_that_names_it(name):
    with pytest.raises(ConfigError, match=name):
        load_config({key: value for key, value in PRODUCTION.items() if key != name})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("LOKET_DEMO", "yes"),
        ("WEB_PROCESSES", "2"),
        ("TRUSTED_PROXIES", "-1"),
        ("TRUSTED_PROXIES", "all"),
        ("SECRET_KEY", "short"),
        ("INDEX_KEY", "not base64!"),
        ("AUDIT_KEY", base64.b64encode(b"short").decode()),
        ("DATA_KEYS", "no-colon"),
        ("DATA_KEYS", ","),
        ("PUBLIC_URL", "loket.example"),
    ],
)
def test_a_wrong_setting_is_an_error_that_names_it(name, value):
    with pytest.raises(ConfigError, match=name):
        load_config(PRODUCTION | {name: value})


def test_no_secret_stands_in_the_text_of_a_config_or_an_error():
    config = load_config(
        PRODUCTION | {"DATABASE_URL": "postgresql://loket:hunter2@db/loket", "SMTP_URL": "smtp://a:hunter2@m"}
    )
    assert "hunter2" not in repr(config)
    assert PRODUCTION["SECRET_KEY"] not in repr(config)
    assert "2222" not in repr(config)
    with pytest.raises(ConfigError) as error:
        load_config(PRODUCTION | {"INDEX_KEY": "hunter2"})
    assert "hunter2" not in str(error.value)


def test_the_demo_makes_its_secrets_once_for_its_owner_only(tmp_path):
    demo = {"LOKET_DEMO": "1", "INSTANCE_DIR": str(tmp_path)}
    first, second = load_config(demo), load_config(demo)
    assert first == second
    assert first.demo
    assert first.public_url == "http://localhost:8000"
    files = sorted((tmp_path / "keys").iterdir())
    assert [file.name for file in files] == ["AUDIT_KEY", "DATA_KEYS", "INDEX_KEY", "SECRET_KEY"]
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700


def test_an_old_postgres_address_is_understood():
    config = load_config(PRODUCTION | {"DATABASE_URL": "postgres://db/loket"})
    assert config.database_url == "postgresql://db/loket"
    assert not config.uses_sqlite


def test_the_socket_of_the_queue_fits_wherever_the_instance_lies(tmp_path):
    deep = tmp_path / ("x" * 120) / ("y" * 120)
    assert len(str(embedded_socket(deep)).encode()) < 108
    assert embedded_socket(deep) != embedded_socket(tmp_path)


def test_test_settings_can_be_changed(tmp_path):
    config = Config.for_tests("sqlite://", tmp_path, demo=True, queue_mode="redis")
    assert config.testing
    assert config.demo
    assert config.queue_mode == "redis"


def test_the_clock_is_aware_and_can_be_frozen():
    assert clock.now().tzinfo is UTC
    late = datetime(2026, 1, 1, 20, 0, tzinfo=UTC)
    with clock.frozen(late):
        assert clock.now() == late
        assert clock.today("Asia/Jakarta") == date(2026, 1, 2)
        assert clock.today("UTC") == date(2026, 1, 1)
        with clock.frozen(late + timedelta(hours=1)):
            assert clock.now() == late + timedelta(hours=1)
        assert clock.now() == late
    assert clock.now() != late


def test_the_clock_refuses_a_moment_without_a_zone():
    with pytest.raises(ValueError, match="aware"), clock.frozen(datetime(2026, 1, 1)):
        pass


def test_outside_providers_come_from_settings_only_and_their_secrets_are_not_shown(tmp_path):
    environ = {"LOKET_DEMO": "1", "INSTANCE_DIR": str(tmp_path)}
    twins = load_config(environ).outside
    assert {one.key: one.issuer.startswith("http://localhost:8000/demo/") for one in twins} == {
        "google": True,
        "facebook": True,
    }
    real = load_config(environ | {"GOOGLE_CLIENT_ID": "kita", "GOOGLE_CLIENT_SECRET": "sangat-rahasia"})
    google = next(one for one in real.outside if one.key == "google")
    assert google.issuer == "https://accounts.google.com"
    assert "sangat-rahasia" not in repr(real)
    with pytest.raises(ConfigError, match="GOOGLE_CLIENT_SECRET"):
        load_config(environ | {"GOOGLE_CLIENT_ID": "kita"})
