"""`portal check` on registrations: what they name exists, and the workflow does what the proof promises."""

import shutil

import pytest

from portal.engine.check import check
from portal.engine.load import load_catalogue
from tests.unit.engine_examples import AGENCIES
from tests.unit.test_engine_check import EFFECTS, TEMPLATES

BMKG = "bmkg/services/pendaftaran.yaml"
BMKG_FLOW = "bmkg/workflows/pendaftaran.yaml"
DUKCAPIL = "dukcapil/services/pendaftaran.yaml"
IMIGRASI = "imigrasi/services/pendaftaran.yaml"
KESEHATAN = "kesehatan/services/pendaftaran.yaml"
KESEHATAN_FLOW = "kesehatan/workflows/pendaftaran.yaml"
KARANTINA = "karantina/services/pendaftaran.yaml"
KARANTINA_FLOW = "karantina/workflows/pendaftaran.yaml"

BROKEN = [
    # Whom it takes.
    (BMKG, "  kind: kind\n  login", "  kind: jenis\n  login", "kind: jenis is not a choice that the first step always asks"),
    (KARANTINA, '{perorangan: "P?????", induk', '{orang: "P?????", induk', "must have a pattern for each of cabang, induk"),
    (KARANTINA, '"P?????"', '"P??"', "login_names.perorangan: write capitals, ? and #"),
    (KARANTINA, "  kind: kind\n  email_first", "  email_first", "login_names: needs kind"),
    # How they log in.
    (BMKG, "  login: username\n", "", "login: either an answer is the login name"),
    (BMKG, "  login: username\n", "  login: occupation\n", "login: occupation is none of email, nik, username"),
    (KESEHATAN, "  proof: officer\n", "  proof: officer-sends-account\n", "sets the password then, not in the form"),
    (KARANTINA, "officer-sends-account", "officer", "the form asks for one password"),
    (KARANTINA, "officer-sends-account", "officer", "names are made exactly where an officer sends"),
    (BMKG, "  proof: email\n", "  proof: email\n  early_login: \"yes\"\n", "early_login: is for registrations that wait"),
    (IMIGRASI, "[google, facebook]", "[google, x]", "outside.1: there is no provider x"),
    (BMKG, "found_by: email", "found_by: surel", "found_by.0: there is no field surel"),
    (BMKG, "unique: email", "unique: password", "unique.0: password is never kept"),
    (KARANTINA, "proven: [name,", "proven: [nama,", "proven.0: there is no profile value nama"),
    (KESEHATAN_FLOW, "take_change, ", "", "proven: needs an action change by applicant"),
    # How they are reached.
    (BMKG, "  email: email\n  unique", "  unique", "email: is needed: link or account are sent there"),
    (DUKCAPIL, "  phone: phone\n  email: email\n  fixed", "  phone: email\n  email: email\n  fixed", "phone: email is not a field of type phone"),
    (KARANTINA, "  email: email\n  unique", "  email: contact_email\n  unique", "email_first: the first step asks for the email"),
    (KARANTINA_FLOW, "email_proven, ", "", "proof: no action needs email_proven"),
    ("karantina/messages/akun.yaml", "lanjutkan-pendaftaran:", "lanjutkan:", "there is no message lanjutkan-pendaftaran"),
    # How they help themselves.
    (KESEHATAN, "  reset: {asks: email, by: email}\n", "", "reset: is missing"),
    (KESEHATAN, "asks: email, by: email", "asks: email, by: whatsapp", "reset.by: nothing is known to which whatsapp"),
    (DUKCAPIL, "asks: [nik, name, phone]", "asks: [name, phone]", "reset.asks: must ask an answer by which"),
    (DUKCAPIL, "asks: [nik, name, phone]", "asks: [nik, email2]", "reset.asks.1: there is no field email2"),
    (DUKCAPIL, "then: kk", "then: sum", "reset.then.0: sum is never kept"),
    (IMIGRASI, "asks: [username, email]", "asks: [username, name]", "reset.any_of: each of the answers must find"),
    # What the proof promises.
    (BMKG_FLOW, "needs: [email_proven], effects: [enrol]", "needs: [email_proven]", "proof: no action has the effect enrol"),
    (BMKG_FLOW, "send_confirmation: verifikasi-email", "notify: verifikasi-email", "no action has the effect send_confirmation"),
    (KESEHATAN_FLOW, "effects: [enrol, ", "effects: [", "no action by an officer has the effect enrol"),
    (KARANTINA_FLOW, "effects: [{create_account: akun-dibuat}]", "effects: []", "no action by an officer has the effect create_account"),
    (DUKCAPIL, "  challenge: mother_name\n", "", "challenge: is missing"),
    (KESEHATAN_FLOW, "[{unblock: akun-dibuka}]", "[]", "who can be blocked can be unblocked"),
    (KESEHATAN_FLOW, "{block: akun-diblokir}", "{block: akun-hilang}", "there is no message akun-hilang"),
    # Offices.
    (KARANTINA, "routing: upt\n", "", "scope: needs routing"),
    (KARANTINA, "routing: upt\n", "", "routing: is missing: verifier works for one office"),
    (KARANTINA, "routing: upt\n", "routing: name\n", "routing: name is not a field of type office"),
    (KESEHATAN, "under: kkp", "under: permit", "under: permit is no earlier office"),
    ("kesehatan/offices.csv", "Asia/Jakarta,,,01\n", "Asia/Jakarta,,,02-01\n", "02-01 lies below another office itself"),
    # Words of fields.
    (IMIGRASI, "setting: email_domains", "setting: mail", "setting: the agency has no setting mail"),
    (IMIGRASI, "label: Nama Lengkap, a", "label: Nama Lengkap, setting: email_domains, a", "of type name reads no setting"),
    ("karantina/agency.yaml", r"'[A-Z]\d{7}|[A-Z]{2}\d{6}'", "'[A-Z'", "setting: [A-Z is no pattern"),
    (DUKCAPIL, "autocomplete: tel, ", "autocomplete: tel, none: Tidak punya, ", "phone: cannot be proven where nobody"),
    (DUKCAPIL, "label: Nomor KK, ", "label: Nomor KK, none: Tidak punya, ", "none: is for required fields of type email"),
    (KARANTINA, "type: nitku, ", 'type: nitku, digits: "16", ', "digits: is 16, of a field of type npwp"),
    (DUKCAPIL, "label: Nomor KK, ", "label: Nomor KK, down_to: regency, ", "down_to: is for a field of type region"),
    (DUKCAPIL, "label: Nomor KK, ", 'label: Nomor KK, facet: "yes", ', "facet: is kept in plain"),
    (KARANTINA, "{value: export, ", '{value: "export,import", ', "a value of several choices holds no comma"),
    (BMKG, 'type: npwp, label: NPWP, required: "no", personal: "yes", ', 'type: npwp, label: NPWP, required: "no", ', "npwp is personal"),
]  # fmt: skip


@pytest.mark.parametrize(("file", "old", "new", "says"), BROKEN, ids=[case[3][:40] for case in BROKEN])
def test_broken_registration_is_refused_with_its_place(tmp_path, file, old, new, says):
    folder = tmp_path / "agencies"
    for part in ("_shared", file.split("/")[0]):
        shutil.copytree(AGENCIES / part, folder / part)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text, "the case is out of date"
    (folder / file).write_text(text.replace(old, new), encoding="utf-8")
    problems = [str(problem) for problem in check(load_catalogue(folder), TEMPLATES, EFFECTS)]
    assert any(says in line for line in problems), problems


def test_a_reason_may_stand_in_an_email_and_nowhere_else(tmp_path):
    folder = tmp_path / "agencies"
    for part in ("_shared", "karantina"):
        shutil.copytree(AGENCIES / part, folder / part)
    path = folder / "karantina/messages/akun.yaml"
    assert "{reason}" in path.read_text(encoding="utf-8")
    path.write_text(
        path.read_text(encoding="utf-8").replace("subject: Ada", "subject: '{reason}' # Ada"), encoding="utf-8"
    )
    problems = [str(problem) for problem in check(load_catalogue(folder), TEMPLATES, EFFECTS)]
    assert len(problems) == 1
    assert "pendaftaran-ditolak.subject: a reason is told in the e-mail only" in problems[0]
