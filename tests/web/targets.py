"""What the addresses of people and of the desks stand for: one real thing each, so that garbage meets open doors."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from portal import clock
from portal.extensions import db
from portal.models import Application, OfficerRequest
from portal.operations import new_devices
from portal.operations.breaches import Told, record_breach, take_step
from portal.operations.duties import Wish
from portal.operations.officers import Newcomer, invite_officer
from portal.operations.privacy import ask_agency
from portal.operations.recovery import Seen, record_recovery
from portal.operations.second_admin import give_duty
from portal.operations.tokens import RESET, Holder, issue_link
from portal.queries.accounts import list_duties
from portal.queries.recoveries import get_person
from portal.transaction import transaction
from tests.journeys import outbox
from tests.people import AGENCY
from tests.web.grouping import FIRST, LAST, raised
from tests.web.officers import account_of, duty_of, officer_row

ZONE = "Asia/Jakarta"
# Where an address begins so, these arguments are these things; the longest beginning counts.
TARGETS = {
    "/akun/pendaftaran/": {"code": "registration"},
    "/kata-kunci/": {"token": "reset"},
    "/masuk/bukan-saya/": {"token": "disowning"},
    "/pemberitahuan/": {"code": "breach"},
    "/verifikasi/": {"code": "paper"},
    "/petugas/berkas/": {"code": "sheet"},
    "/petugas/daftar/": {"agency": "listing-agency", "key": "list"},
    "/petugas/data-pribadi/": {"code": "request"},
    "/petugas/grup/anggota/": {"code": "membership"},
    "/petugas/grup/angkat/": {"code": "other-registration"},
    "/petugas/kebocoran/": {"code": "breach", "step": "breach-step"},
    "/petugas/pemulihan/": {"code": "recovery"},
    "/petugas/pemulihan/orang/": {"code": "other-registration"},
    "/petugas/teks/": {"agency": "agency", "key": "message"},
    "/petugas/tugas/": {"code": "duty"},
    "/petugas/tugas/permintaan/": {"code": "officer-request"},
    "/petugas/tugas/petugas/": {"code": "officer"},
}


def make_targets(own: int, other: int) -> dict[str, str]:
    """Name -> code or secret. own: whose visit asks; other: a citizen whose links may be used up without ending it."""
    codes = {"registration": _registration(own), "other-registration": _registration(other)}
    codes["membership"] = raised(own)[1]
    vera, adi, roni = account_of("vera"), account_of("adi"), account_of("roni")
    told = Told(
        clock.now() - timedelta(hours=1), "Nama 40 pemohon.", "Terkirim ke alamat salah.", "Berkas dihapus.", 40
    )
    with transaction():
        codes["request"] = ask_agency(other, AGENCY, "delete", "").code
        breach = record_breach(AGENCY, adi, told)
        take_step(breach, "people")
        codes["breach"] = breach.code
        # The desk's attacker is another officer of that role, who may confirm it.
        person = get_person(list_duties(roni, clock.today(ZONE)), codes["registration"])
        codes["recovery"] = record_recovery(person, Seen("ktp-el", "Foto cocok.", "+6281399900012", ""), roni).code
        give_duty(vera, Wish(AGENCY, "", "admin", FIRST, LAST), by=adi)
        invite_officer(Newcomer("Ina Baru", "ina", "ina@example.com"), AGENCY, by=adi)
        codes["reset"] = issue_link(RESET, Holder(other), lives=timedelta(days=1), value=AGENCY).secret
        codes["disowning"] = issue_link(
            new_devices.KIND, Holder(other), lives=timedelta(days=1), value=AGENCY, ends_earlier=False
        ).secret
    codes["secret"] = outbox.path_in(outbox.messages("petugas-kata-sandi", channel="email")[0]).rsplit("/", 1)[1]
    codes["officer-request"] = db.session.scalars(select(OfficerRequest.code)).one()
    return codes | {"duty": duty_of("vera", "verifier").code, "officer": officer_row("vera").code}


def _registration(account_id: int) -> str:
    statement = select(Application.code).where(Application.account_id == account_id, Application.kind == "registration")
    return db.session.scalars(statement).one()
