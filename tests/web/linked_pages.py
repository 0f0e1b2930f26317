"""Pages that are met once: behind the links of messages, and in the middle of registering; each with something behind it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta

from portal import clock
from portal.extensions import db
from portal.models import Account
from portal.operations import new_devices
from portal.operations.account_changes import note_change
from portal.operations.contact_changes import ask_email
from portal.operations.recovery import confirm_recovery
from portal.operations.representations import NOT_ASKED
from portal.operations.stopped_numbers import stop_path
from portal.operations.tokens import RESET, Holder, issue_link
from portal.queries.accounts import list_duties
from portal.queries.recoveries import get_recovery
from portal.transaction import transaction
from tests.client import CheckedClient
from tests.fixtures_files import paper
from tests.journeys import joining, outbox
from tests.journeys.five_forms import TRADER
from tests.people import AGENCY, application
from tests.web.officers import account_of
from tests.web.registering import newest, officer_does
from tests.web.targets import ZONE, make_targets
from tests.web.traders import act, apply_for

DAY = timedelta(days=1)
MAILBOX = "maju@example.com"


def own_pages(targets: dict[str, str]) -> list[str]:
    """What the owner of the targets finds below the account, besides the applications."""
    code = targets["registration"]
    return [f"/akun/pendaftaran/{code}", f"/akun/pendaftaran/{code}/ubah", "/akun/data-saya"]


def linked_pages(account_id: int, other: int, case: str) -> tuple[dict[str, str], list[str]]:
    """The targets, and the paths of the links that messages carry. case: a code of an application of the account."""
    targets = make_targets(account_id, other)
    rina, case_id = account_of("rina"), application(case).id
    with transaction():
        account = db.session.get_one(Account, account_id)
        note_change(account, "password", agency=AGENCY, to_phone=None, to_email=account.email)
        ask_email(account_id, "baru@example.com", agency=AGENCY)
        confirm_recovery(*get_recovery(list_duties(rina, clock.today(ZONE)), targets["recovery"]), rina)
        stop = stop_path(account_id, account.phone or "")
        reset = issue_link(RESET, Holder(account_id), lives=DAY, value=AGENCY).secret
        disowning = issue_link(new_devices.KIND, Holder(account_id), lives=DAY, value=AGENCY).secret
        unasked = issue_link(NOT_ASKED, Holder(application_id=case_id), lives=DAY).secret
    mails = ("kata-kunci-diganti", "email-baru", "pemulihan-diminta")
    return targets, [
        *(outbox.path_in(outbox.messages(key, channel="email")[0]) for key in mails),
        stop,
        f"/kata-kunci/{reset}",
        f"/masuk/bukan-saya/{disowning}",
        f"/bukan-permintaan-saya/{unasked}",
        f"/pemberitahuan/{targets['breach']}",
        made_account(),
    ]


def made_account() -> str:
    """The link of an account that an officer made and sent."""
    code = apply_for(email="dibuat@example.com")
    act(code, "approve", "create")
    return outbox.path_in(outbox.messages("akun-dibuat", channel="email", to="dibuat@example.com")[0])


def walk_registration(client: CheckedClient) -> Iterator[str]:
    """The pages of somebody whose phone is proven and whom an officer then lets in, one after the other."""
    joining.fill(client)
    yield f"/daftar/{AGENCY}/nomor-hp"
    yield f"/daftar/{AGENCY}/kode"
    joining.prove_phone(client)
    yield f"/daftar/{AGENCY}/berhasil"
    officer_does(newest(), "refuse", reason="Foto KTP tidak terbaca.")
    yield f"/daftar/{AGENCY}/perbaiki"


def walk_activation(client: CheckedClient) -> Iterator[str]:
    """The page behind the link with which an approved account is opened."""
    joining.register(client, nik="9901014508900055", phone="081277770055", email="lain@example.com")
    officer_does(newest(), "approve")
    yield outbox.path_in(outbox.messages("aktivasi")[0])


def walk_mailbox(client: CheckedClient) -> Iterator[str]:
    """The pages of a company that proves its mailbox first and gives papers."""
    client.get("/daftar/karantina?jenis=induk")
    client.submit({"name": "PT Maju", "email": MAILBOX}, form="register")
    yield "/daftar/karantina/email"
    resume = outbox.path_in(outbox.messages("lanjutkan-pendaftaran", channel="email", to=MAILBOX)[0])
    yield resume
    client.get(resume)
    client.submit()
    yield "/daftar/karantina/perbaiki"
    client.submit(TRADER, form="register")
    client.get("/daftar/karantina/dokumen/dok-npwp")
    sent = {"file": (io.BytesIO(paper()), "npwp.pdf"), "number": "NO-1", "dated_on": "2026-01-05"}
    client.submit(sent, form="dok-npwp")
    yield "/daftar/karantina/dokumen"
    yield "/daftar/karantina/dokumen/dok-ktp"


WALKS: tuple[Callable[[CheckedClient], Iterator[str]], ...] = (walk_registration, walk_activation, walk_mailbox)
