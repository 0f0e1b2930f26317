"""Garbage in every path, query and form of the whole url map: it is refused or passed over, never a server error."""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from portal.extensions import db
from portal.models import Application, StoredFile, SupportingDocument
from portal.queries.catalogue import catalogue
from tests.client import CheckedClient
from tests.people import AGENCY, SERVICE, log_in_citizen, log_in_officer
from tests.web.applying import filled_draft, issue, sent_application
from tests.web.conftest import Citizen
from tests.web.targets import TARGETS, make_targets
from tests.web.traders import officer_of

# Each is a way in which a number, a date, a code or a text can be no such thing.
SEEDS: dict[str, bytes] = {
    "nul": b"a\0b",
    "not utf-8": b"\xff\xfe\xc3",
    "surrogate": b"\xed\xa0\x80",
    "digits that are none": "²³".encode(),
    "arabic digits": "١٢٣٤".encode(),
    "beyond 64 bits": b"9" * 30,
    "beyond int()": b"9" * 5000,
    "negative": b"-1",
    "first day": b"0001-01-01",
    "last day": b"9999-12-31",
    "first moment": b"00010101T000000000000-A1",
    "last moment": b"99991231T235959999999-A1",
    "header": b"a\r\nSet-Cookie: a=b",
    "wildcards": b"%_'\"\\;--{{7*7}}<script>",
    "bidi": "\u202eabc\u200b\u2066".encode(),
    "elsewhere": b"//evil.example/%2e%2e/\\x",
    "long": b"A" * 20_000,
}
# Those from which numbers, dates, codes and headers are made: sent in one input at a time.
IN_PATHS = ("nul", "not utf-8", "beyond 64 bits", "digits that are none", "header", "elsewhere", "long")
ALONE = ("nul", "not utf-8", "digits that are none", "beyond 64 bits", "beyond int()", "first day", "header", "long")
SOURCES = Path(__file__).parents[2] / "portal"
INPUT = re.compile(r"(?:request\.(?:form|args|values)|\b(?:form|given|arguments|typed))\.get(?:list)?\(\s*\"([^\"]+)\"")
# What the other inputs hold, so that the one that is tried, which stands before them, is reached.
PLAUSIBLE = "text=Selamat+pagi&reason=Cukup+panjang&about=all&code=123456&sheet=1&dated_on=2026-01-01"
DESKS = {
    "citizen": re.compile(r"(?!/petugas/)"),
    "verifier": re.compile(r"/petugas/(?!tanda-tangan|pendaftaran|pemulihan|tugas|teks|grup|catatan|kebocoran|data-prib|daftar)"),
    "registrar": re.compile(r"/petugas/(pendaftaran|pemulihan)"),
    "signer": re.compile(r"/petugas/tanda-tangan"),
    "admin": re.compile(r"/petugas/(tugas|teks|grup|catatan)"),
    "dpo": re.compile(r"/petugas/(kebocoran|data-pribadi)"),
    "lister": re.compile(r"/petugas/daftar"),
}  # fmt: skip
# Behind these stands nothing real here: pages in the middle of registering, links of messages, files that jobs make.
SHUT = re.compile(
    r"^/(aset|contoh|aktivasi|akun-baru|email-baru|bukan-saya|bukan-nomor-saya|bukan-permintaan-saya|pemulihan|akun/data-saya/salinan)/"
    r"|^/daftar/<agency>/(perbaiki|dokumen|nomor-hp|lanjut)|/catatan/|/bukti\.pdf$"
    r"|^/petugas/dokumen/|/diwakili$"
)
# These end the visit or the draft with which the others are asked, so they come last.
LAST = (
    "applicant.erase",
    "account.log_out_elsewhere",
    "account.log_out_everywhere",
    "account.log_out_citizen",
    "officer.log_out",
)


class Attacker(FlaskClient):
    """Sends raw bytes, and tells a server error from every other answer."""

    token = ""

    def strike(self, method: str, path: str, values: str) -> str | None:
        """The server error that a request met, or None; what is posted carries the token."""
        for name in list(g):
            g.pop(name)
        try:
            if method == "GET":
                response = self.get(path, query_string=values)
            else:
                body = f"csrf_token={self.token}&{values}"
                response = self.post(path, data=body, content_type="application/x-www-form-urlencoded")
            response.close()
        except Exception as error:  # noqa: BLE001 - whatever is raised would have been a 500.
            return f"{type(error).__name__}: {str(error)[:160]}"
        finally:
            db.session.remove()
        # A failed health check is an honest 503.
        return f"{response.status_code}" if response.status_code == 500 else None

    def take_token(self, page: str) -> None:
        """Read the token that every form of this visit carries."""
        found = re.search(r'name="csrf_token" value="([0-9a-f.\w-]+)"', self.get(page).text)
        assert found, page
        self.token = found[1]


def inputs() -> list[str]:
    """Every name that a route reads, and every question of the declared services."""
    read = {name for file in SOURCES.glob("blueprints/**/*.py") for name in INPUT.findall(file.read_text())}
    read |= {name for file in SOURCES.glob("web/*.py") for name in INPUT.findall(file.read_text())}
    asked = {field.key for service in catalogue().services[AGENCY].values() for field in service.fields}
    return sorted((read | asked | {"sesudah", "sebelum"}) - {"csrf_token"})


def written(names: list[str], seed: bytes) -> str:
    """A query or form in which every name has this value."""
    return "&".join(f"{quote(name)}={quote(seed[:5000])}" for name in names)


@pytest.fixture
def places(site: Flask, citizen: Any, siti: Citizen, budi: Citizen) -> dict[str, str]:
    """What the addresses of Siti's things and of the desks are made of: path argument -> a real value."""
    sent = sent_application(citizen)
    paper = issue(sent)
    draft = filled_draft(citizen)
    file = db.session.scalars(select(StoredFile.code).where(StoredFile.account_id.is_not(None))).first()
    sheets = select(SupportingDocument.code).join(Application).where(Application.code == sent)
    sheet = db.session.scalars(sheets).first()
    assert file
    assert sheet
    return make_targets(siti.account_id, budi.account_id) | {
        "agency": AGENCY,
        "listing-agency": "karantina",
        "list": "pengajuan",
        "message": "terkirim",
        "breach-step": "otoritas",
        "kind": "pdf",
        "provider": "google",
        "service": SERVICE,
        "code": draft,
        "sent": sent,
        "step": "detail",
        "key": "kartu-keluarga",
        "action": "take",
        "paper": paper.verification_code,
        "verification_code": paper.verification_code,
        "document": "x",
        "ordinal": "1",
        "stamp": "20261123T020000000000",
        "sample": "kk",
        "token": "0" * 32,
        "name": "site.css",
        "file": file,
        "sheet": sheet,
    }


def addresses(rule: Rule, places: dict[str, str]) -> tuple[str, list[str]]:
    """The real address of a rule, and those in which one argument after the other is garbage."""
    values = {name: places[name] for name in rule.arguments}
    meant = max((path for path in TARGETS if rule.rule.startswith(path)), key=len, default="")
    if meant:
        values |= {name: places[thing] for name, thing in TARGETS[meant].items() if name in values}
    elif rule.rule.startswith("/berkas/"):
        values["code"] = places["file"]
    elif rule.endpoint.startswith("officer.") or "paper" in values or "bukti" in rule.rule:
        values |= {"code": places["sent"]} if "code" in values else {}
    garbage = [values | {name: None} for name in values]
    return _path(rule, values), [_path(rule, each, SEEDS[word]) for each in garbage for word in IN_PATHS]


def _path(rule: Rule, values: dict[str, Any], seed: bytes = b"") -> str:
    def argument(match: re.Match[str]) -> str:
        value = values[match[1]]
        return quote(seed[:5000], safe="") if value is None else quote(value, safe="")

    return re.sub(r"<(?:[^:<>]+:)?(\w+)>", argument, rule.rule)


def attacks(rule: Rule, view: Any, places: dict[str, str], names: list[str]) -> Iterator[tuple[str, str, str]]:
    """(method, path, query or form) of everything that is tried at one address."""
    methods = sorted({"GET", "POST"} & set(rule.methods or ()))
    real, garbage = addresses(rule, places)
    yield from ((method, path, "") for path in garbage for method in methods)
    yield from ((method, real, written(names, seed)) for seed in SEEDS.values() for method in methods)
    for name in sorted(set(INPUT.findall(inspect.getsource(inspect.getmodule(view) or view)))):
        for word in ALONE:
            yield from ((method, real, f"{written([name], SEEDS[word])}&{PLAUSIBLE}") for method in methods)


def rules_for(site: Flask, who: str) -> list[Rule]:
    """The addresses that somebody is to attack: each officer those of their own desk."""
    found = [rule for rule in site.url_map.iter_rules() if DESKS[who].match(rule.rule)]
    return sorted(found, key=lambda rule: (rule.endpoint in LAST, rule.endpoint, rule.rule))


def attacker(site: Flask, who: str, siti: Citizen) -> Attacker:
    """The visit of Siti or of an officer, in the hands of somebody who types garbage."""
    known = site.test_client()
    if who == "citizen":
        known = log_in_citizen(known, siti.account_id)
    else:
        known = officer_of(site, "verifier", "3300") if who == "lister" else log_in_officer(known, who)
    cookie = known.get_cookie("loket" if who == "citizen" else "petugas")
    assert cookie is not None
    client = Attacker(site, site.response_class)
    client.set_cookie(cookie.key, cookie.value)
    return client


@pytest.mark.parametrize("who", DESKS)
def test_what_the_addresses_stand_for_is_there(site: Flask, places: dict[str, str], siti: Citizen, who: str) -> None:
    """Garbage behind a door that is shut anyway would prove nothing."""
    client, shut = attacker(site, who, siti), {}
    for rule in rules_for(site, who):
        if "GET" in (rule.methods or ()) and rule.arguments and not SHUT.search(rule.rule):
            path = addresses(rule, places)[0]
            answer = client.get(path)
            answer.close()
            if answer.status_code not in (200, 303):
                shut[rule.rule] = (path, answer.status_code)
    assert not shut, "\n".join(f"{rule}: {found}" for rule, found in shut.items())


@pytest.mark.parametrize("who", DESKS)
def test_no_input_anywhere_makes_a_server_error(site: Flask, places: dict[str, str], siti: Citizen, who: str) -> None:
    client = attacker(site, who, siti)
    client.take_token("/" if who == "citizen" else "/petugas/")
    names, errors = inputs(), {}
    half = db.engine.dialect.name == "sqlite"
    for rule in rules_for(site, who):
        for n, (method, path, values) in enumerate(attacks(rule, site.view_functions[rule.endpoint], places, names)):
            # Each attack meets one of the two databases: all of them twice would take minutes, and find the same.
            if (n + n // 2) % 2 == half and rule.endpoint not in LAST:
                continue
            if error := client.strike(method, path, values):
                errors.setdefault((rule.endpoint, error), (method, path[:90], values[-90:]))
    assert not errors, "\n".join(f"{key}: {value}" for key, value in errors.items())
    # Everything above would be refused alike, had the visit ended on the way.
    assert client.get("/akun" if who == "citizen" else "/petugas/").status_code in (200, 303)


def test_every_address_is_attacked_by_somebody(site: Flask) -> None:
    attacked = {rule.rule for who in DESKS for rule in rules_for(site, who)}
    assert attacked == {rule.rule for rule in site.url_map.iter_rules()}


def test_a_mistake_of_the_request_is_not_called_ours(visitor: CheckedClient) -> None:
    assert visitor.get("/informasi?instansi=a%00b").status_code == 404
    visitor.get("/masuk/dukcapil")
    response = visitor.submit({"login_name": "a\0b"}, form="login")
    assert response.status_code == 400
    assert "Terjadi kesalahan di pihak kami" not in response.text


@pytest.mark.parametrize("typed", ["a\r\nSet-Cookie: a=b", "//evil.example", "?x=1", "a b/../c", "é"])
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_what_is_typed_never_leaves_its_place_in_an_address(
    visitor: CheckedClient, typed: str, headers: dict[str, str]
) -> None:
    response = visitor.get("/verifikasi", query_string={"kode": typed}, headers=headers)
    to = response.headers.get("Location") or response.headers["HX-Redirect"]
    assert to == "/verifikasi/" + quote(typed.strip(), safe="")
    assert "Set-Cookie" not in response.headers


@pytest.mark.parametrize("is_chunked", [False, True])
@pytest.mark.parametrize("path", ["/masuk/dukcapil", "/hooks/whatsapp", "/petugas/masuk", "/verifikasi/x"])
def test_a_flood_of_inputs_is_not_read(visitor: CheckedClient, path: str, *, is_chunked: bool) -> None:
    flood = b"a&" * 1_000_000
    environ = {"wsgi.input_terminated": True} if is_chunked else {}
    response = visitor.post(
        path,
        input_stream=io.BytesIO(flood),
        content_length=None if is_chunked else len(flood),
        content_type="application/x-www-form-urlencoded",
        environ_overrides=environ,
    )
    assert response.status_code == 413
