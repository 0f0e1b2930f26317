"""The demo's people: an officer for each role, citizens in each stage; their numbers are nobody's.

Everybody is made through the same operations as in real life. Area code 99 does not exist.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from flask import current_app
from sqlalchemy import delete, select

from portal.engine.declare import Agency, Office
from portal.engine.fields import field_type
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Application, LoginName, Message
from portal.operations.activation import activate
from portal.operations.contacts import check_phone_code
from portal.operations.created_accounts import login_name_of
from portal.operations.credentials import hash_password
from portal.operations.demo_cases import seed_cases
from portal.operations.demo_registrations import (
    APPLICANTS,
    OPENED,
    demo_email,
    demo_username,
    find_demo_registration,
    seed_registrations,
)
from portal.operations.officers import DESK, KIND, create_officer
from portal.operations.perform import Payload, perform
from portal.operations.places import keep_setting
from portal.operations.registrations import (
    Filled,
    begin_registration,
    login_digest,
    send_registration,
)
from portal.operations.signing import issue_demo_signer
from portal.operations.tokens import issue_activation, issue_phone_code
from portal.queries.catalogue import catalogue
from portal.queries.regions import regions_below
from portal.queries.registrations import (
    RegistrationForm,
    list_registration_forms,
)
from portal.transaction import transaction

PASSWORD = "tiga kucing di pasar"  # noqa: S105 - everybody's, in the demo only
OFFICER_NAMES = (
    "Vera Handayani",
    "Rina Wulandari",
    "Sapto Wibowo",
    "Endang Susilowati",
    "Adi Prasetyo",
    "Joko Purnomo",
)


@dataclass(frozen=True)
class DemoCitizen:
    """A person of the demo; `is_enrolled` when the registration is activated already."""

    key: str
    is_enrolled: bool
    profile: dict[str, str]


@dataclass(frozen=True)
class DemoLogin:
    """Somebody to be: `name` and `password` are what one types, `home` is where one begins.

    who: the person or the role, where the agency stands above it.
    """

    key: str
    label: str
    who: str
    audience: str
    name: str
    password: str
    account_id: int
    agency: str
    home: str

    def __str__(self) -> str:
        return f"{self.label}: {self.name} / {self.password}"


ENROLLED = (
    {
        "key": "siti",
        "nik": "9901014508900001",
        "name": "SITI AMINAH",
        "kk": "9901010101200007",
        "birth_place": "Pekalongan",
        "born_on": "1990-08-05",
        "mother_name": "MURNI",
        "phone": "+6281200000001",
        "email": "siti@example.com",
    },
    {
        "key": "budi",
        "nik": "9901010203850002",
        "name": "BUDI SANTOSO",
        "kk": "9901010202150003",
        "birth_place": "Kajen",
        "born_on": "1985-03-02",
        "mother_name": "SULASTRI",
        "phone": "+6281200000002",
        "email": "budi@example.com",
    },
)
WAITING = (
    {
        "key": "dewi",
        "nik": "9901016011950003",
        "name": "DEWI LESTARI",
        "kk": "9901010303180004",
        "birth_place": "Batang",
        "born_on": "1995-11-20",
        "mother_name": "SITI MARYAM",
        "phone": "+6281200000003",
        "email": "dewi@example.com",
    },
)
CITIZENS = tuple(DemoCitizen(profile["key"], profile in ENROLLED, profile) for profile in ENROLLED + WAITING)


def seed_demo() -> None:
    """Fill the demo's database with people and applications; doing it again changes nothing.

    Declarations, places and holidays must be there. Writes in several transactions of its own,
    for it is a command and hashes and stores files in between.
    """
    password_hash = hash_password(PASSWORD)
    for form in list_registration_forms():
        _seed_officers(form.agency)
        seed_registrations(form, password_hash, partial(_office_code, form.agency))
        if not _knows_citizens(form):
            continue
        for citizen in CITIZENS:
            _seed_citizen(form, citizen)
        owners = [account for key in ("siti", "budi") if (account := _citizen_account(form, key))]
        seed_cases(form.agency, owners)
    with transaction():
        # The demo is shown at any hour; its pages still name the real ones.
        for form in list_registration_forms():
            keep_setting(form.agency.code, "limits", "lifted")
        # Nobody is told anything about what was only made up.
        names = [citizen.profile["name"] for citizen in CITIZENS]
        made_up = Application.subject_name.in_([*names, *(n for one in APPLICANTS for n in (one.name, one.company))])
        accounts = select(Application.account_id).where(Application.kind == "registration", made_up)
        db.session.execute(delete(Message).where(Message.account_id.in_(accounts), Message.channel != "inbox"))


def demo_logins() -> list[DemoLogin]:
    """Who one can be in the demo: citizens first, then officers by role; remembered by the process."""
    known: list[DemoLogin] = current_app.extensions.get("loket.demo_logins", [])
    if known:
        return known
    found = [login for form in list_registration_forms() for login in _logins_of(form)]
    found.sort(key=lambda login: login.audience)  # citizens before officers, each in the order of the agencies
    if found:
        current_app.extensions["loket.demo_logins"] = found
    return found


def _logins_of(form: RegistrationForm) -> list[DemoLogin]:
    agency = form.agency
    found = []
    for citizen in CITIZENS if _knows_citizens(form) else ():
        if account := _citizen_account(form, citizen.key):
            stage = "Pemohon" if citizen.is_enrolled else "Pemohon, belum disetujui"
            label = f"{stage} – {citizen.profile['name'].title()}"
            name = citizen.profile[_login_name(form)]
            home = f"/instansi/{agency.code}" if citizen.is_enrolled else "/akun"
            found.append(
                DemoLogin(
                    f"{agency.code}-{citizen.key}", label, label.removeprefix("Pemohon – "), "citizen", name, PASSWORD,
                    account, agency.code, home,
                )
            )  # fmt: skip
    if not found and (opened := find_demo_registration(form, OPENED)) and opened.account_id is not None:
        # Where the account is made by the agency, so is its name.
        chosen = {form.rules.email: demo_email(form, OPENED)}.get(form.rules.login, demo_username(OPENED))
        name = chosen if form.rules.login else login_name_of(opened)
        who = opened.subject_name.title() if opened.subject_name.isupper() else opened.subject_name
        label = f"Pemohon – {who}, {agency.short_name}"
        found.append(
            DemoLogin(
                f"{agency.code}-pemohon", label, who, "citizen", name, PASSWORD, opened.account_id,
                agency.code, f"/instansi/{agency.code}",
            )
        )  # fmt: skip
    for role, declared in agency.roles.items():
        username = _username(agency, role)
        if account := _account_of(DESK, KIND, _digest(KIND, username)):
            office = _office_of(agency, role)
            label = f"{declared.label} – {office.name if office else agency.short_name}"
            found.append(
                DemoLogin(
                    username, label, declared.label, "officer", username, PASSWORD, account, agency.code, "/petugas/"
                )
            )
    return found


def _seed_officers(agency: Agency) -> None:
    for position, role in enumerate(agency.roles):
        username = _username(agency, role)
        if _account_of(DESK, KIND, _digest(KIND, username)):
            continue
        name = OFFICER_NAMES[position % len(OFFICER_NAMES)]
        with transaction():
            office = _office_of(agency, role)
            duty = (agency.code, office.code if office else "", role)
            account_id = create_officer(name, username, PASSWORD, [duty])
        if agency.roles[role].signs:
            # The passphrase of the demo's certificate is the demo's password.
            issue_demo_signer(account_id, PASSWORD, organisation=agency.short_name)


def _office_of(agency: Agency, role: str) -> Office | None:
    """Where the demo's officer of a role works: one with branches if there is one; None for the whole agency."""
    if agency.roles[role].level != "office":
        return None
    offices = catalogue().offices[agency.code]
    seats = {office.parent for office in offices}
    return next((office for office in offices if office.code in seats), offices[0])


def _office_code(agency: Agency, role: str) -> str:
    office = _office_of(agency, role)
    return office.code if office else ""


def _knows_citizens(form: RegistrationForm) -> bool:
    """Whether the demo's people could answer everything that this agency asks."""
    answered = {answer for name, answer in form.rules.profile.items() if name in {*CITIZENS[0].profile, "region"}}
    asked = {q.key for q in form.service.fields if q.required and not field_type(q.type).transient}
    return asked <= answered


def _seed_citizen(form: RegistrationForm, citizen: DemoCitizen) -> None:
    """Register, prove the phone and, for the enrolled, be approved and activate."""
    if _citizen_account(form, citizen.key):
        return
    profile = {**citizen.profile, "region": _a_village(form.agency.region)}
    by_answer = {answer: profile[name] for name, answer in form.rules.profile.items() if name in profile}
    steps = {
        step.key: {f.key: by_answer.get(f.key, "") for f in step.fields if f.key in by_answer}
        for step in form.service.steps
        if step.kind == "form"
    }
    review = next(step for step in form.service.steps if step.kind == "review")
    version = form.agency.consents[review.consent].version
    filled = Filled(steps, hash_password(PASSWORD), version)
    with transaction():
        application = begin_registration(form, filled)
        assert application.account_id is not None
        number = by_answer.get(form.rules.phone, "")
        code = issue_phone_code(application.id, application.account_id, number)
        check_phone_code(application, code.secret)
        send_registration(application)
        if citizen.is_enrolled:
            _approve(form, application)
            link = issue_activation(application.id, application.account_id, form.rules.activation_for)
            activate(link.secret, by_answer.get(form.rules.challenge, ""))


def _approve(form: RegistrationForm, application: Application) -> None:
    """By the officer of whichever role the workflow waits for."""
    workflow = catalogue().workflow(form.agency.code, form.service.workflow)
    role = workflow.states[application.state].waits
    officer = _account_of(DESK, KIND, _digest(KIND, _username(form.agency, role)))
    key = next(
        key
        for key, action in workflow.actions.items()
        if application.state in action.from_ and any(e.name == "enrol" for e in action.effects)
    )
    perform(application, key, Actor("officer", officer, frozenset({role})), Payload())


def _a_village(code: str) -> str:
    while below := regions_below(code):
        code = below[0][0]
    return code


def _username(agency: Agency, role: str) -> str:
    """The role itself, while there is one agency to be an officer of."""
    return role if len(list_registration_forms()) == 1 else f"{role}.{agency.code}"


def _login_name(form: RegistrationForm) -> str:
    return next(name for name, answer in form.rules.profile.items() if answer == form.rules.login)


def _citizen_account(form: RegistrationForm, key: str) -> int | None:
    citizen = next(citizen for citizen in CITIZENS if citizen.key == key)
    question = form.login_field
    digest = login_digest(question, citizen.profile[_login_name(form)])
    return _account_of(form.agency.code, question.type, digest)


def _account_of(agency: str, kind: str, digest: str) -> int | None:
    return db.session.scalar(
        select(LoginName.account_id)
        .where(LoginName.agency == agency, LoginName.kind == kind, LoginName.digest == digest)
        .order_by(LoginName.id)
        .limit(1)
    )


def _digest(kind: str, value: str) -> str:
    return str(current_app.extensions["vault"].digest(kind, value))
