"""The command `portal`: start, check, prepare and look after an installation."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import click
from flask import Flask

from portal.config import ROOT, Config, ConfigError, load_config
from portal.errors import Refusal
from portal.transaction import transaction

PORTAL = ROOT / "portal"
MIGRATIONS = PORTAL / "migrations"


class _Commands(click.Group):
    """Shows a wrong setting as one sentence instead of a traceback."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except ConfigError as error:
            raise click.ClickException(str(error)) from None


@click.group(cls=_Commands)
def main() -> None:
    """Loket: one counter for public services."""
    # The database, its journals and the stored files are for who runs this alone; what is started from here inherits it.
    os.umask(0o077)


@main.command()
@click.option("--prepare", is_flag=True, help="First bring the database up to date, and in the demo fill it.")
@click.option("--with-parent", is_flag=True, help="Stop when the program that called this ends, as `make run` does.")
def up(*, prepare: bool, with_parent: bool) -> None:
    """Start the queue server, the web server and a worker; Ctrl-C stops all."""
    from portal.runtime.parent import die_with_parent
    from portal.runtime.up import up as run

    if with_parent:
        die_with_parent()
    config = load_config()
    logins: list[str] = []
    if prepare:
        logins = _prepare(config)
    sys.exit(run(config, on_ready=lambda: _welcome(config, logins)))


@main.command()
def migrate() -> None:
    """Bring the tables of the database up to date."""
    _migrate(_app(load_config()))


@main.command()
def sync() -> None:
    """Store each changed declaration as a new version, and say what differs from what admins keep."""
    app = _app(load_config())
    _sync(app)


@main.command()
def demo() -> None:
    """Fill the demo's database; doing it again changes nothing."""
    config = load_config()
    if not config.demo:
        raise click.ClickException("This is no demo: LOKET_DEMO=1 is not set.")
    _fill_demo(_app(config))


@main.command()
def check() -> None:
    """Prove what types cannot: declarations, templates and translations. Needs no settings and no database."""
    problems = [*_wrong_declarations(), *_untranslated(), *_broken_templates(PORTAL / "templates")]
    for problem in problems:
        click.echo(problem)
    if problems:
        raise click.ClickException(f"{len(problems)} mistakes.")
    click.echo("Declarations, templates and translations are in order.")


@main.command()
@click.option("--name", required=True)
@click.option("--username", required=True)
@click.option("--agency", required=True, help="Folder name of the agency.")
@click.option("--office", default="", help="Code of the office; without it the duty is for the whole agency.")
@click.option("--role", required=True)
@click.option(
    "--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day of the duty; a year from now when not given."
)
@click.password_option()
def create_officer(
    name: str, username: str, agency: str, office: str, role: str, until: datetime | None, password: str
) -> None:
    """Make an officer's account with one duty; asks for the password."""
    from portal.operations.officers import create_officer as create

    with _app(load_config()).app_context(), _sentences(), transaction():
        last_day = until.date() if until else None
        create(name=name, username=username, password=password, duties=[(agency, office, role)], until=last_day)
    click.echo(f"{username} can sign in.")


@main.command()
@click.option("--username", required=True)
def reset_second_factor(username: str) -> None:
    """Let an officer set up the second code anew, where an agency has no two admins who could."""
    from portal.engine.workflow import Actor
    from portal.operations.second_factor import reset_second_factor as reset
    from portal.queries.officers import find_officer_account

    with _app(load_config()).app_context():
        account_id = find_officer_account(username)
        if account_id is None:
            raise click.ClickException(f"There is no officer {username}.")
        with transaction():
            reset(account_id, Actor("system"))
    click.echo(f"{username} sets up a second code at the next log in.")


@main.command()
def reseal() -> None:
    """After a new key was put first in DATA_KEYS: seal anew what an older one sealed, so that it may go."""
    from portal.operations.rotation import reseal_everything

    with _app(load_config()).app_context():
        count = reseal_everything()
    click.echo(f"{count} values sealed anew.")


@main.group()
def audit() -> None:
    """The chain of events: prove that nothing was changed or cut."""


@audit.command()
def verify() -> None:
    """Check every chain and every anchor; exit code 1 and a line for each break."""
    from portal.operations.audit import verify_all

    with _app(load_config()).app_context():
        breaks = verify_all()
    for line in breaks:
        click.echo(line)
    if breaks:
        raise click.ClickException(f"{len(breaks)} breaks.")
    click.echo("Every chain is whole.")


@audit.command()
@click.option("--officer", default="", help="User name, or a part of the name.")
@click.option("--code", default="", help="Code of the application.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day (UTC).")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day (UTC).")
@click.option("--limit", default=100, show_default=True)
def search(officer: str, code: str, since: datetime | None, until: datetime | None, limit: int) -> None:
    """Print the newest events that fit, of all agencies: time, who, act, application, change."""
    from portal.queries.audit import find_officers, search_events

    with _app(load_config()).app_context() as context:
        everywhere = dict.fromkeys(context.app.extensions["catalogue"].agencies, ())
        rows = search_events(
            everywhere,
            officers=find_officers(everywhere, officer) if officer else None,
            code=code.upper(),
            since=since.replace(tzinfo=UTC) if since else None,
            until=until.replace(tzinfo=UTC) + timedelta(days=1) if until else None,
            limit=limit,
        )
    for row in rows:
        who = row.actor_name if row.actor_kind == "officer" else row.actor_kind
        click.echo(f"{row.at:%Y-%m-%d %H:%M:%S} {who}: {row.action} {row.code} {row.from_state} -> {row.to_state}")


@audit.command()
def anchor() -> None:
    """Keep today's digest of all chains, and write it to the file outside the database."""
    from portal.operations.audit import anchor_heads, write_anchor_lines

    with _app(load_config()).app_context():
        with transaction():
            kept = anchor_heads()
        click.echo(f"{kept.day}: {kept.heads} chains, {write_anchor_lines()} new lines")


def _app(config: Config) -> Flask:
    # Not at the top: the web application takes most of a second, which `portal --help` and a busy port need not wait for.
    from portal import create_app

    return create_app(config)


def _built(module: str, function: str) -> Callable[..., Any]:
    """A function of another part, or one clear sentence while that part does not exist."""
    try:
        found: Callable[..., Any] = getattr(import_module(module), function)
    except (ModuleNotFoundError, AttributeError) as error:
        if isinstance(error, ModuleNotFoundError) and error.name != module:
            raise
        raise click.ClickException(f"Not built yet: {module}.{function}") from None
    return found


@contextmanager
def _sentences() -> Iterator[None]:
    """Show what an operation refuses as its sentence."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from None


def _wrong_declarations() -> Iterator[str]:
    from portal.engine.check import check as check_catalogue
    from portal.engine.load import DeclarationErrors, load_catalogue
    from portal.operations.effects import EFFECTS

    papers = {path.stem for path in (PORTAL / "templates" / "documents").glob("*.html")}
    try:
        catalogue = load_catalogue(PORTAL / "agencies")
    except DeclarationErrors as errors:
        yield str(errors)
        return
    for problem in check_catalogue(catalogue, papers, set(EFFECTS)):
        yield f"{problem.path}: {problem.message}"


def _untranslated() -> Iterator[str]:
    from portal.web.translation_check import list_untranslated

    for place, words in list_untranslated():
        yield f"{place}: no Indonesian for {words!r}"


def _prepare(config: Config) -> list[str]:
    """Database and demo data, as far as they are not there yet; returns the lines about logins."""
    from portal.runtime.preflight import NotReady, check_machine

    try:
        check_machine(config)
    except NotReady as error:
        raise click.ClickException(str(error)) from None
    # The queue server is not up yet: what the demo asks for is found by the first sweep.
    app = _app(replace(config, queue_mode="collect"))
    _migrate(app)
    _sync(app)
    return _fill_demo(app) if config.demo else []


def _migrate(app: Flask) -> None:
    from flask_migrate import upgrade

    config: Config = app.extensions["config"]
    config.instance_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    with app.app_context():
        upgrade(directory=str(MIGRATIONS))


def _sync(app: Flask) -> None:
    from portal.operations.declarations import sync_declarations
    from portal.operations.places import seed_holidays, seed_regions
    from portal.operations.stamps import WrongDatabase, stamp_database

    config: Config = app.extensions["config"]
    with app.app_context():
        try:
            with transaction():
                stamp_database(is_demo=config.demo)
        except WrongDatabase as error:
            raise click.ClickException(str(error)) from None
        with transaction():
            seed_regions()
            seed_holidays()
        with transaction():
            changed = sync_declarations(app.extensions["catalogue"])
    for service in changed:
        click.echo(f"New version: {service}")


def _fill_demo(app: Flask) -> list[str]:
    with app.app_context():
        _built("portal.operations.demo", "seed_demo")()
        return [str(login) for login in _built("portal.operations.demo", "demo_logins")()]


def _welcome(config: Config, logins: list[str]) -> None:
    lines = [
        "",
        f"  Loket runs on {config.public_url}",
        f"  Officers: {config.public_url}/petugas/masuk",
        *([f"  Sent messages: {config.public_url}/demo/pesan"] if config.demo else []),
        *(["", "  Demo logins:", *(f"    {login}" for login in logins)] if logins else []),
        "",
        "  Ctrl-C stops it.",
        "",
    ]
    click.echo("\n".join(lines))


def _broken_templates(folder: Path) -> list[str]:
    from jinja2 import Environment, FileSystemLoader, TemplateSyntaxError

    environment = Environment(loader=FileSystemLoader(folder), autoescape=True, extensions=["jinja2.ext.i18n"])
    problems = []
    for name in environment.list_templates(extensions=["html", "txt", "xml"]):
        try:
            environment.parse((folder / name).read_text(), name)
        except TemplateSyntaxError as error:
            problems.append(f"templates/{name}:{error.lineno}: {error.message}")
    return problems


if __name__ == "__main__":
    main()
