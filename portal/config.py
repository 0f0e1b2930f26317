"""Typed, frozen settings; the only reader of the environment, with no default for a secret outside the demo."""

import base64
import hashlib
import os
import secrets
import tempfile
from binascii import Error as BadBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from portal.vault import VaultError, parse_keys

# "collect" keeps jobs in memory until a test runs them.
QueueMode = Literal["redis", "collect"]
ROOT = Path(__file__).resolve().parent.parent
NEW_KEY = "python3 -c 'import base64, secrets; print(base64.b64encode(secrets.token_bytes(32)).decode())'"
KEY_BYTES = 32


class ConfigError(Exception):
    """A setting is missing or wrong; the text names the variable and says what to do."""


@dataclass(frozen=True)
class ArgonCost:
    """What one password hash costs: memory in KiB, passes, lanes. The default is what OWASP advises."""

    memory: int = 19456
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True, kw_only=True)
class OutsideConfig:
    """A provider by which people may log in too. key: the word by which agencies declare it.

    OpenID Connect finds its addresses by the issuer; the others are given, and `profile_url` tells who one is.
    """

    key: str
    label: str
    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    scope: str
    authorize_url: str = ""
    token_url: str = ""
    profile_url: str = ""

    @property
    def is_oidc(self) -> bool:
        """True when the provider signs who somebody is."""
        return not self.profile_url


def google(client_id: str, client_secret: str, issuer: str) -> OutsideConfig:
    """Google, or whoever speaks OpenID Connect as it does."""
    return OutsideConfig(
        key="google", label="Google", issuer=issuer, client_id=client_id, client_secret=client_secret,
        scope="openid profile email",
    )  # fmt: skip


def facebook(client_id: str, client_secret: str, site: str, graph: str) -> OutsideConfig:
    """Facebook, which speaks OAuth alone. site, graph: where its pages and its answers lie."""
    return OutsideConfig(
        key="facebook", label="Facebook", issuer=site, client_id=client_id, client_secret=client_secret,
        scope="public_profile email", authorize_url=f"{site}/dialog/oauth",
        token_url=f"{graph}/oauth/access_token", profile_url=f"{graph}/me?fields=id,name,email",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Config:
    """Everything that differs between two installations. What may hold a secret is left out of repr, so no log shows it."""

    demo: bool
    testing: bool
    instance_dir: Path
    public_url: str
    bind: str
    port: int
    web_processes: int
    trusted_proxies: int
    queue_mode: QueueMode
    argon2: ArgonCost
    redis_is_embedded: bool
    # Officers need a code of their app at each log in; only the demo, whose passwords are public, goes without.
    officer_second_factor: bool
    clamd_socket: Path | None = None
    outside: tuple[OutsideConfig, ...] = ()
    esign_url: str | None = None
    esign_user: str | None = None
    whatsapp_url: str | None = None
    esign_password: str | None = field(default=None, repr=False)
    whatsapp_token: str | None = field(default=None, repr=False)
    # Signs the reports that WhatsApp sends us (the app secret), and the word by which it finds our address.
    whatsapp_secret: str | None = field(default=None, repr=False)
    whatsapp_verify: str | None = field(default=None, repr=False)
    smtp_url: str | None = field(default=None, repr=False)
    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    storage_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    data_keys: Mapping[str, bytes] = field(repr=False)
    index_key: bytes = field(repr=False)
    audit_key: bytes = field(repr=False)

    @property
    def uses_sqlite(self) -> bool:
        """True when the database is a file: then one web process at most may write to it."""
        return self.database_url.startswith("sqlite")

    @staticmethod
    def for_tests(database_url: str, instance_dir: Path | str, **changes: object) -> "Config":
        """Settings of a test: demo off, fixed keys, cheap passwords, and jobs that wait for run_pending_jobs()."""
        instance = Path(instance_dir)
        settings: dict[str, object] = {
            "demo": False,
            "testing": True,
            "instance_dir": instance,
            "public_url": "http://localhost",
            "bind": "127.0.0.1",
            "port": 0,
            "web_processes": 1,
            "trusted_proxies": 0,
            "queue_mode": "collect",
            "argon2": ArgonCost(memory=8, passes=1, lanes=1),
            "redis_is_embedded": True,
            "officer_second_factor": False,
            "database_url": database_url,
            "redis_url": f"unix://{embedded_socket(instance)}",
            "storage_url": f"file://{instance / 'files'}",
            "secret_key": "a secret for tests only, known to everybody",
            "data_keys": MappingProxyType({"test": b"d" * KEY_BYTES}),
            "index_key": b"i" * KEY_BYTES,
            "audit_key": b"a" * KEY_BYTES,
        }
        return Config(**(settings | changes))  # type: ignore[arg-type]


# The keys of the house lie in the environment; a child that reads strangers' bytes is not given them.
PASSED_ON = ("PATH", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
PASSED_ON_PREFIXES = ("LC_", "PYTHON")


def environment_of_a_child() -> dict[str, str]:
    """What a child may know of this environment: where programs and libraries are, and the language."""
    return {
        name: value for name, value in os.environ.items() if name in PASSED_ON or name.startswith(PASSED_ON_PREFIXES)
    }


def load_config(environ: Mapping[str, str] = os.environ) -> Config:
    """Read and check every setting; raises ConfigError for the first that is missing or wrong.

    In the demo the four secrets are made once and kept under INSTANCE_DIR/keys, readable by their owner only.
    """
    read = _Reader(environ)
    demo = read.flag("LOKET_DEMO")
    instance = (ROOT / read.text("INSTANCE_DIR", "instance")).resolve()
    port = read.number("PORT", 8000, most=65535)
    secret = _demo_secrets(read, instance / "keys") if demo else read.secret
    redis_url = read.text("REDIS_URL", "")
    database_url = _database_url(read.text("DATABASE_URL", f"sqlite:///{instance / 'loket.db'}"))
    return Config(
        demo=demo,
        testing=False,
        instance_dir=instance,
        public_url=_public_url(read, port, demo=demo),
        bind=read.text("BIND", "127.0.0.1"),
        port=port,
        web_processes=_web_processes(read, database_url),
        trusted_proxies=read.number("TRUSTED_PROXIES", 0, least=0, most=8),
        queue_mode="redis",
        argon2=ArgonCost(),
        database_url=database_url,
        redis_url=redis_url or f"unix://{embedded_socket(instance)}",
        redis_is_embedded=not redis_url,
        officer_second_factor=not demo,
        storage_url=read.text("STORAGE_URL", f"file://{instance / 'files'}"),
        smtp_url=read.optional("SMTP_URL"),
        whatsapp_url=read.optional("WHATSAPP_URL"),
        whatsapp_token=read.optional("WHATSAPP_TOKEN"),
        whatsapp_secret=read.optional("WHATSAPP_SECRET"),
        whatsapp_verify=read.optional("WHATSAPP_VERIFY"),
        esign_url=read.optional("ESIGN_URL"),
        esign_user=read.optional("ESIGN_USER"),
        esign_password=read.optional("ESIGN_PASSWORD"),
        clamd_socket=Path(path) if (path := read.optional("CLAMD_SOCKET")) else None,
        outside=_outside(read, _public_url(read, port, demo=demo), demo=demo),
        secret_key=_long_enough("SECRET_KEY", secret("SECRET_KEY")),
        data_keys=_data_keys(secret("DATA_KEYS")),
        index_key=_key("INDEX_KEY", secret("INDEX_KEY")),
        audit_key=_key("AUDIT_KEY", secret("AUDIT_KEY")),
    )


def embedded_socket(instance_dir: Path) -> Path:
    """Where the embedded queue server of one instance listens.

    It lies in a private folder under the system's temporary folder, because a socket's path has at most 107 bytes
    and an instance may lie anywhere. The user's number is in the name, so that two users never meet in one folder.
    """
    name = hashlib.sha256(str(instance_dir.resolve()).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"loket-{os.getuid()}-{name}" / "queue.sock"


@dataclass(frozen=True)
class _Reader:
    """Reads one environment; an empty value counts as none."""

    environ: Mapping[str, str]

    def optional(self, name: str) -> str | None:
        return self.environ.get(name, "").strip() or None

    def text(self, name: str, default: str) -> str:
        return self.optional(name) or default

    def flag(self, name: str) -> bool:
        value = self.text(name, "0")
        if value not in {"0", "1"}:
            raise ConfigError(f"{name} is {value!r}; write 1 for yes or 0 for no.")
        return value == "1"

    def number(self, name: str, default: int, *, most: int, least: int = 1) -> int:
        value = self.text(name, str(default))
        if not value.isascii() or not value.isdigit() or not least <= int(value) <= most:
            raise ConfigError(f"{name} is {value!r}; write a number from {least} to {most}.")
        return int(value)

    def secret(self, name: str) -> str:
        value = self.optional(name)
        if value is None:
            recipe = NEW_KEY if name != "DATA_KEYS" else f'echo "k1:$({NEW_KEY})"'
            raise ConfigError(f"{name} is not set. Make one and keep it safe, apart from the data: {recipe}")
        return value


def _public_url(read: _Reader, port: int, *, demo: bool) -> str:
    default = f"http://localhost:{port}" if demo else None
    url = read.optional("PUBLIC_URL") or default
    if url is None or not url.startswith(("http://", "https://")):
        raise ConfigError(
            "PUBLIC_URL is not set or no web address. It begins every link in a message: https://loket.example"
        )
    return url.rstrip("/")


# Where the demo's own provider answers, below PUBLIC_URL: a real one over HTTP, with people who are nobody.
TWIN = "/demo/penyedia"
TWIN_CLIENT = "loket"


def twin_providers(base: str, client_secret: str) -> tuple[OutsideConfig, ...]:
    """The provider that ships with the portal, at an address."""
    return (
        google(TWIN_CLIENT, client_secret, f"{base}/google"),
        facebook(TWIN_CLIENT, client_secret, f"{base}/facebook", f"{base}/facebook/graph"),
    )


def _outside(read: _Reader, public_url: str, *, demo: bool) -> tuple[OutsideConfig, ...]:
    """The providers with a client id; the demo has its own twin of those without."""
    found = {one.key: one for one in twin_providers(public_url + TWIN, TWIN_CLIENT)} if demo else {}
    if client_id := read.optional("GOOGLE_CLIENT_ID"):
        issuer = read.text("GOOGLE_ISSUER", "https://accounts.google.com")
        found["google"] = google(client_id, read.secret("GOOGLE_CLIENT_SECRET"), issuer)
    if client_id := read.optional("FACEBOOK_CLIENT_ID"):
        site = read.text("FACEBOOK_URL", "https://www.facebook.com")
        graph = read.text("FACEBOOK_GRAPH_URL", "https://graph.facebook.com")
        found["facebook"] = facebook(client_id, read.secret("FACEBOOK_CLIENT_SECRET"), site, graph)
    return tuple(found.values())


def _database_url(url: str) -> str:
    # Many hosts hand out the old scheme, which SQLAlchemy no longer knows.
    return "postgresql://" + url.removeprefix("postgres://") if url.startswith("postgres://") else url


def _web_processes(read: _Reader, database_url: str) -> int:
    count = read.number("WEB_PROCESSES", 1, most=64)
    if count > 1 and database_url.startswith("sqlite"):
        raise ConfigError(
            "WEB_PROCESSES is more than 1, but SQLite takes one. Set DATABASE_URL to a PostgreSQL server."
        )
    return count


def _long_enough(name: str, value: str) -> str:
    if len(value) < KEY_BYTES:
        raise ConfigError(f"{name} has {len(value)} characters; it needs {KEY_BYTES}. Make one: {NEW_KEY}")
    return value


def _key(name: str, value: str) -> bytes:
    try:
        key = base64.b64decode(value, validate=True)
    except (BadBase64, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ConfigError(f"{name} is not {KEY_BYTES} bytes in base64. Make one: {NEW_KEY}")
    return key


def _data_keys(value: str) -> Mapping[str, bytes]:
    try:
        keys = parse_keys(value)
    except VaultError as error:
        raise ConfigError(f"DATA_KEYS, written as id:base64,id:base64 with the newest first: {error}") from None
    if not keys:
        raise ConfigError("DATA_KEYS holds no key; it is written as id:base64,id:base64 with the newest first.")
    return MappingProxyType(keys)


def _demo_secrets(read: _Reader, folder: Path) -> Callable[[str], str]:
    """A reader of secrets that makes what is missing once and keeps it."""

    def secret(name: str) -> str:
        return read.optional(name) or _kept_secret(folder / name, prefix="demo:" if name == "DATA_KEYS" else "")

    return secret


def _kept_secret(path: Path, prefix: str) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{path.name}.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(prefix + base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode())
        try:
            # A link appears whole or not at all, and never over a secret that another process was quicker to make.
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()
