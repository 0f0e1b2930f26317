"""The static checks: a declaration that names what is not there, or traps a person, is refused by its place."""

import shutil
from pathlib import Path

import pytest

from portal.engine.check import check
from portal.engine.load import load_catalogue
from tests.unit.engine_examples import AGENCIES

EFFECTS = {
    "activate",
    "block",
    "claim",
    "close_download",
    "create_account",
    "deliver",
    "discard",
    "drop_change",
    "enrol",
    "issue",
    "notify",
    "release",
    "reopen_download",
    "replace",
    "revoke",
    "resend_account",
    "send_activation",
    "send_confirmation",
    "send_notes",
    "take_change",
    "unblock",
    "unenrol",
}
TEMPLATES = {"kutipan-akta-kelahiran"}
AKTA = "dukcapil/services/akta-kelahiran.yaml"
REG = "dukcapil/services/pendaftaran.yaml"
TTE = "dukcapil/workflows/terbit-tte.yaml"
AGENCY = "dukcapil/agency.yaml"
NEWS = "dukcapil/messages/pengajuan.yaml"
FATHER = 'when: {has_father: "yes"}'
STAND_IN = "instead_of: surat-kelahiran"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped declarations, to be broken."""
    return Path(shutil.copytree(AGENCIES, tmp_path / "agencies"))


def found(folder: Path, *changes: tuple[str, str, str]) -> list[str]:
    for file, old, new in changes:
        path = folder / file
        text = path.read_text()
        assert old in text, old
        path.write_text(text.replace(old, new))
    return [str(problem) for problem in check(load_catalogue(folder), TEMPLATES, EFFECTS)]


def test_shipped_declarations_check_clean(folder):
    assert found(folder) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            AKTA,
            "workflow: terbit-tte",
            "workflow: lain",
            "akta-kelahiran.yaml: workflow: there is no workflow lain",
        ),
        (
            AKTA,
            "key: baby_name, type: name",
            "key: baby_name, type: nama",
            "steps.0.fields.1.type: there is no field type nama",
        ),
        (
            AKTA,
            "key: mother_name,",
            "key: baby_name,",
            "steps.1.fields.1.key: baby_name stands twice",
        ),
        (
            AKTA,
            "{personal: kk}",
            "{pribadi: kk}",
            "steps.0.fields.2.locked.pribadi: there is no mode",
        ),
        (
            AKTA,
            "{personal: kk}",
            "{personal: npwp}",
            "locked.personal: the registration has no profile value npwp",
        ),
        (AKTA, FATHER, 'when: {no_such: "yes"}', "when.no_such: there is no earlier field"),
        (AKTA, FATHER, 'when: {has_father: "ya"}', "when.has_father: ya is none of its options"),
        (AKTA, "max: today}", "max: besok}", "max: besok is no limit"),
        (AKTA, STAND_IN, "instead_of: ktp", "instead_of: no required document of this step is ktp"),
        (AKTA, f'required: "no", {STAND_IN}', STAND_IN, 'required: "no"'),
        (
            AKTA,
            "consent: persetujuan-layanan",
            "consent: lain",
            "steps.4.consent: the agency has no consent lain",
        ),
        (
            AKTA,
            "template: kutipan-akta-kelahiran",
            "template: lain",
            "outputs.0.template: there is no document template",
        ),
        (
            AKTA,
            "signer: signer",
            "signer: verifier",
            "outputs.0.signer: verifier is not a role that signs",
        ),
        (
            AKTA,
            'value: "{sex}"',
            'value: "{gender}"',
            "outputs.0.lines.1.value: there is no field gender",
        ),
        (AKTA, "{seq:04}", "{nomor}", "outputs.0.number: {nomor} is none of"),
        (AKTA, "AKL{region}{seq:08}", "AKL{region}", "code_format: must hold {seq}"),
        (AKTA, "AKL{region}{seq:08}", "AKL{region{seq}", "code_format: a placeholder is written"),
        (AKTA, "name: baby_name}", "name: nama}", "subject.name: there is no field nama"),
        (
            AKTA,
            "contacts: {phone: phone,",
            "contacts: {phone: email,",
            "contacts.phone: email is not a field of type phone",
        ),
        (AKTA, "default: auto", "default: magic", "default: magic is none of the options"),
        (AKTA, "key: akta\n", "key: kutipan\n", "workflow terbit-tte never issues kutipan"),
        (AKTA, "key: akta\n", "key: kutipan\n", "akta-kelahiran has no output akta"),
        (
            AKTA,
            'label: Nomor KK, personal: "yes",',
            "label: Nomor KK,",
            "a field of type kk is personal",
        ),
        (
            REG,
            "challenge: mother_name",
            "challenge: ibu",
            "registration.challenge: there is no field ibu",
        ),
        (REG, "same_as: password", "same_as: kata", "same_as: there is no earlier field kata"),
        (
            REG,
            "kind: registration\n",
            "",
            "registration: stands exactly in a service of kind registration",
        ),
        (
            TTE,
            "waits: signer, clock: running, tone: waiting, means: Disetujui",
            "waits: boss, means: Disetujui",
            "states.signing.waits: there is no role boss",
        ),
        (TTE, "start: draft", "start: awal", "start: there is no state awal"),
        (TTE, "to: signing", "to: hilang", "actions.approve: there is no state hilang"),
        (
            "dukcapil/services/akta-kelahiran-faskes.yaml",
            "audience: [bidan, fasilitas-kesehatan]",
            "audience: [dukun]",
            "audience.0: the agency has no group dukun",
        ),
        (
            "dukcapil/services/akta-kelahiran-faskes.yaml",
            "audience: [bidan, fasilitas-kesehatan]",
            "audience: [everyone, bidan]",
            "audience: everyone stands alone",
        ),
        (
            "dukcapil/agency.yaml",
            "bidan: {label: Bidan, consent: untuk-orang-lain}",
            "bidan: {label: Bidan, consent: tidak-ada}",
            "groups.bidan.consent: the agency has no consent tidak-ada",
        ),
        (
            "dukcapil/workflows/terbit-tte.yaml",
            "needs: [claimed, undisputed]",
            "needs: [claimed]",
            "actions.approve.needs: lacks undisputed",
        ),
        (
            "dukcapil/workflows/terbit-tte.yaml",
            "notes_answered, membership, person_agreed]",
            "notes_answered, membership]",
            "actions.send.needs: lacks person_agreed",
        ),
        (
            TTE,
            "needs: [document_signed, undisputed]",
            "needs: [luck]",
            "actions.sign.needs.0: there is no guard luck",
        ),
        (
            TTE,
            "effects: [claim]",
            "effects: [grab]",
            "actions.take.effects.0: there is no effect grab",
        ),
        (
            TTE,
            "{notify: terkirim}",
            "{notify: hilang}",
            "actions.send.effects.0: there is no message hilang",
        ),
        (
            TTE,
            "reminder: pengingat-unduh",
            "reminder: hilang",
            "actions.expire.timer.reminder: there is no message",
        ),
        (
            TTE,
            "unless: downloaded",
            "unless: eaten",
            "actions.expire.timer.unless: there is no guard eaten",
        ),
        (
            TTE,
            "remind: [2d]",
            "remind: [8d]",
            "actions.expire.timer.remind: a reminder comes after",
        ),
        (TTE, "remind: [14d, 3d]", "remind: [14d]", "states.revision: needs 2 reminders"),
        (
            TTE,
            "timer: {after: 30d, remind: [14d, 3d], reminder: pengingat-perbaikan}",
            "hidden: 'yes'",
            "states.revision: needs a timer",
        ),
        (
            TTE,
            "from: [sent, checking, revision]",
            "from: [sent, revision]",
            "actions.withdraw.from: must include checking",
        ),
        (TTE, "  withdraw:\n", "  pull:\n", "actions: withdraw by applicant is missing"),
        (TTE, "  resubmit:\n", "  again:\n", "actions: resubmit by applicant is missing"),
        (
            TTE,
            "from: [refused, withdrawn]",
            "from: [withdrawn]",
            "actions.resubmit.from: must include refused",
        ),
        (
            TTE,
            "needs: [not_involved, reason]",
            "needs: [reason]",
            "actions.uphold.needs: an objection is judged",
        ),
        (
            TTE,
            "waits: supervisor",
            "waits: verifier",
            "actions.object.to: must wait for a role that supervises",
        ),
        (TTE, "  report:\n", "  complain:\n", "actions: report by applicant is missing"),
        (
            TTE,
            "needs: [reason, within_report_period]",
            "needs: [reason]",
            "actions.report.needs: must include within_report",
        ),
        (
            TTE,
            "Anda tidak perlu melakukan apa-apa",
            "Anda tidak perlu melakukan apa-apa " * 3,
            "means: has more than 15 words",
        ),
        (
            TTE,
            "code: terbit-tte\n",
            "code: terbit-tte\nwithout: {withdraw: Karena.}\n",
            "without.withdraw: the action is there",
        ),
        (
            TTE,
            "code: terbit-tte\n",
            "code: terbit-tte\nwithout: {coffee: Karena.}\n",
            "without.coffee: is none of",
        ),
        (AGENCY, "thu: 07.30-15.30", "thu: 16.00-07.30", "hours.thu: "),
        (AGENCY, "  sun: tutup\n", "", "hours.sun: is missing"),
        (AGENCY, '"+6285293499722"', "085293499722", "call_centre: "),
        (AGENCY, "  admin: {", "  system: {", "roles.system: is a word of the vocabulary"),
        (
            NEWS,
            "pengajuan {code} sudah terkirim ke",
            "NIK {nik} sudah terkirim ke",
            "terkirim.whatsapp: messages may not name {nik}",
        ),
        (
            NEWS,
            "pengajuan {code} sudah terkirim ke",
            "NIK Anda {code}, ke",
            "terkirim.whatsapp: a discreet message does not speak of NIK",
        ),
        (
            NEWS,
            "ada kabar tentang pengajuan {code}. Masuk",
            "karena {reason}. Masuk",
            "ditolak.whatsapp: a reason is told in the e-mail only",
        ),
        (
            NEWS,
            "Halo {first_name}, pengajuan",
            "Halo {first_name, pengajuan",
            "whatsapp: a placeholder is written",
        ),
    ],
)
def test_broken_declaration_is_refused_with_its_place(folder, file, old, new, says):
    problems = found(folder, (file, old, new))
    assert any(says in line for line in problems), problems


def test_state_that_nothing_leads_to_is_refused(folder):
    lonely = "  lonely: {citizen: x, staff: x, final: 'yes'}\nactions:\n"
    assert f"{TTE}: states.lonely: cannot be reached from draft" in found(folder, (TTE, "actions:\n", lonely))


@pytest.mark.parametrize(
    ("waits", "leave", "says"),
    [
        (
            "applicant",
            "{from: odd, to: withdrawn, by: verifier, label: x}",
            "waits for applicant, who has no action",
        ),
        (
            "verifier",
            "{from: odd, to: withdrawn, by: applicant, label: x}",
            "waits for verifier, who has no action",
        ),
        (
            "system",
            "{from: odd, to: withdrawn, by: system, label: x}",
            "an officer needs a way out",
        ),
        ("verifier", "{from: odd, to: odd, by: verifier, label: x}", "never comes to an end"),
    ],
)
def test_state_that_traps_somebody_is_refused(folder, waits, leave, says):
    state = f"  odd: {{citizen: x, staff: x, waits: {waits}}}\nactions:\n"
    enter = f"  go_odd: {{from: sent, to: odd, by: verifier, label: x}}\n  leave_odd: {leave}\n  take:\n"
    problems = found(folder, (TTE, "actions:\n", state), (TTE, "  take:\n", enter))
    assert any(f"{TTE}: states.odd: " in line and says in line for line in problems), problems


def test_message_about_a_sensitive_service_names_nobody(folder):
    problems = found(
        folder,
        (AKTA, "title: Akta Kelahiran\ngroup", 'title: Akta Kelahiran\nsensitive: "yes"\ngroup'),
    )
    assert any("message terkirim names {first_name}" in line for line in problems)


def test_second_registration_is_refused(folder):
    text = (folder / REG).read_text().replace("code: pendaftaran", "code: lagi")
    (folder / "dukcapil/services/lagi.yaml").write_text(text)
    assert f"{AGENCY}: an agency has at most one registration" in found(folder)
