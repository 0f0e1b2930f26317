"""The demo's registrations at each agency: some wait, one is refused, some are approved, whatever is declared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from portal import clock
from portal.documents.uploads import AcceptedUpload
from portal.engine.declare import Agency, FieldDeclaration, ReviewStep
from portal.engine.fields import field_type
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, Application, Duty
from portal.operations.activation import activate
from portal.operations.contacts import check_phone_code
from portal.operations.created_accounts import KIND, choose_first_password
from portal.operations.demo_pictures import draw_paper
from portal.operations.files import keep_file, store_blobs
from portal.operations.mailboxes import prove_mailbox
from portal.operations.perform import Payload, perform
from portal.operations.registrations import Filled, begin_registration, send_registration
from portal.operations.supporting_documents import Sheet, attach_document
from portal.operations.tokens import Holder, issue_activation, issue_link, issue_phone_code
from portal.queries.catalogue import catalogue
from portal.queries.facts import RESUME, has_proven_name
from portal.queries.regions import regions_below
from portal.queries.registration_documents import list_asked_documents
from portal.queries.registrations import OwnRegistration, RegistrationForm, find_registration, journey_through
from portal.transaction import transaction

OPENS = {"enrol", "create_account"}  # effects of an officer's act by which a registration comes nearer to its account
DEEPEST = {"province": 1, "regency": 2, "district": 3, "village": 4}


@dataclass(frozen=True)
class Applicant:
    """Somebody who registered: a person and their company, how long ago, and how far it went.

    steps: how many officers' acts brought it on; 9 stands for all of them, and the password is set.
    """

    name: str
    company: str
    days_ago: int
    steps: int = 0
    is_refused: bool = False


APPLICANTS = (
    Applicant("RATNA KUSUMA", "PT Samudra Makmur", 6, steps=9),
    Applicant("HENDRA GUNAWAN", "CV Tani Lestari", 5, steps=1),
    Applicant("YULIA PERMATA", "PT Bahari Jaya", 4, is_refused=True),
    Applicant("AGUS SETIAWAN", "PT Nusa Dagang", 3),
    Applicant("MEGA ANGGRAINI", "UD Sinar Pagi", 2),
    Applicant("TONI SAPUTRA", "PT Kargo Rajawali", 1),
)
OPENED = APPLICANTS[0]


def seed_registrations(form: RegistrationForm, password_hash: str, office_of: Callable[[str], str]) -> None:
    """Register everybody with an agency, unless that was done before.

    office_of: the code of the office at which the demo's officer of a role works, "" for the whole agency.
    """
    if find_demo_registration(form, OPENED) is not None:
        return
    officer_office = next(filter(None, (office_of(role) for role in form.agency.roles)), "")
    for number, applicant in enumerate(APPLICANTS):
        with clock.frozen(clock.now() - timedelta(days=applicant.days_ago)):
            _seed(form, applicant, number, password_hash, officer_office)


def find_demo_registration(form: RegistrationForm, applicant: Applicant) -> Application | None:
    """What this applicant sent to the agency."""
    return db.session.scalar(
        select(Application)
        .where(
            Application.agency == form.agency.code,
            Application.service == form.service.code,
            Application.subject_name.in_((applicant.name, applicant.company)),
        )
        .order_by(Application.id)
        .limit(1)
    )


def demo_email(form: RegistrationForm, applicant: Applicant) -> str:
    """The mailbox of an applicant, another one at each agency; nobody can have it.

    Where only some domains are taken, the name is longer than the thirty signs that they allow.
    """
    first = applicant.name.split()[0].lower()
    question = form.service.field(form.rules.email)
    domains = form.agency.settings.get(question.setting, "").split() if question and question.setting else []
    return (
        f"{first}.contoh.bukan.alamat.email.yang.asli@{domains[0]}"
        if domains
        else f"{first}.{form.agency.code}@example.com"
    )


def demo_username(applicant: Applicant) -> str:
    """The login name of an applicant, where people choose one."""
    return applicant.name.lower().replace(" ", ".")


def _seed(form: RegistrationForm, applicant: Applicant, number: int, password_hash: str, office: str) -> None:
    steps = _filled_in(form, applicant, number, office)
    asks_password = any(question.type == "password" for question in form.service.fields)
    review = next(step for step in form.service.steps if isinstance(step, ReviewStep))
    version = form.agency.consents[review.consent].version
    filled = Filled(steps, password_hash if asks_password else "", version)
    with transaction():
        application = begin_registration(form, filled)
        code = application.code
    own = find_registration(code)
    assert own is not None
    asked_papers = [asked for asked in list_asked_documents(own) if asked.item.required]
    papers = [(asked, store_blobs(_paper(asked.item.label, asked.step.types))) for asked in asked_papers]
    with transaction():
        _prove(own)
        for asked, blobs in papers:
            file = keep_file(blobs, account_id=application.account_id)
            sheet = Sheet(clock.today(form.agency.zone) - timedelta(days=90), 1, f"DEMO-{number + 1:03}")
            attach_document(application, own.declared, file, sheet, step=asked.step.key, key=asked.item.key)
        send_registration(application)
        if applicant.is_refused:
            _refuse(form.agency, application)
        for _ in range(applicant.steps):
            _bring_on(application)
        if applicant.steps:
            _open(application, password_hash)


def _prove(own: OwnRegistration) -> None:
    """The phone and the mailbox, as far as they must be proven before anything is sent."""
    application = own.application
    assert application.account_id is not None
    if own.rules.phone:
        issued = issue_phone_code(application.id, application.account_id, own.phone)
        check_phone_code(application, issued.secret)
    if own.rules.email_first:
        holder = Holder(application.account_id, application.id)
        link = issue_link(RESUME, holder, lives=own.rules.activation_for, value=own.answers[own.rules.email])
        prove_mailbox(link.secret)


def _refuse(agency: Agency, application: Application) -> None:
    """With the agency's first reason, where its workflow lets an officer refuse."""
    own = find_registration(application.code)
    assert own is not None
    workflow = own.declared.workflow
    for key, action in workflow.actions.items():
        is_refusal = workflow.states[action.to].tone == "bad" and "reason" in action.needs
        if application.state in action.from_ and is_refusal and action.by in agency.roles:
            reason = next(iter(agency.reasons.values()), "Data belum sesuai.")
            perform(application, key, _officer(application.agency, action.by), Payload(reason=reason))
            return


def _bring_on(application: Application) -> None:
    """One act of the officer for whom it waits, towards the account; nothing where none is left."""
    own = find_registration(application.code)
    assert own is not None
    for key, action in own.declared.workflow.actions.items():
        opens = OPENS & {effect.name for effect in action.effects}
        if application.state in action.from_ and opens and action.by == own.state.waits and action.by != "applicant":
            perform(application, key, _officer(application.agency, action.by), Payload())
            return


def _open(application: Application, password_hash: str) -> None:
    """What its owner does behind the link: activates it, or sets the password of an account that was made."""
    own = find_registration(application.code)
    assert own is not None
    assert application.account_id is not None
    if own.opening_action:
        link = issue_activation(application.id, application.account_id, own.rules.activation_for)
        activate(link.secret, own.answers.get(own.rules.challenge, ""))
    elif not own.rules.login and has_proven_name(application.account_id, application.agency):
        holder = Holder(application.account_id, application.id)
        link = issue_link(KIND, holder, lives=own.rules.activation_for)
        choose_first_password(link.secret, password_hash)


def _officer(agency: str, role: str) -> Actor:
    account_id = db.session.scalar(
        select(Duty.account_id)
        .join(Account, Account.id == Duty.account_id)
        .where(Duty.agency == agency, Duty.role == role)
        .order_by(Duty.id)
        .limit(1)
    )
    return Actor("officer", account_id, frozenset({role}))


def _filled_in(form: RegistrationForm, applicant: Applicant, number: int, office: str) -> dict[str, dict[str, str]]:
    """Something fitting for each question that applies, by step."""
    named = {answer: name for name, answer in form.rules.profile.items()}
    steps: dict[str, dict[str, str]] = {}
    for step in form.service.steps:
        if step.kind != "form":
            continue
        values: dict[str, str] = {}
        for question in step.fields:
            journey = journey_through(form.service, form.agency, steps | {step.key: values})
            is_asked = any(asked.key == question.key for asked in journey.visible_fields(step.key, values))
            if not is_asked or field_type(question.type).transient:
                continue
            value = _answer(form, question, named.get(question.key, question.key), applicant, number, office)
            if value:
                values[question.key] = value
        steps[step.key] = values
    return steps


def _answer(
    form: RegistrationForm, question: FieldDeclaration, name: str, applicant: Applicant, number: int, office: str
) -> str:
    """What this applicant says; name: by which the profile knows the question."""
    kind = number % len(question.options) if question.options else 0
    is_person = question.type == "name" or (form.kind_field is not None and number % len(form.kind_field.options) == 0)
    named = {
        "name": applicant.name if is_person else applicant.company,
        "company_name": applicant.company,
        "permit": f"912010{number:07}",
        "occupation": "Wiraswasta",
        "street": f"Jalan Merdeka {10 + number}",
        "birth_place": "Pekalongan",
        "email": demo_email(form, applicant),
        "signer_position": "Direktur",
        "country": "Indonesia",
    }
    typed = {
        "nik": f"990101{10 + number:02}0785{2001 + number:04}",
        "kk": f"9901010101{20 + number:02}{3001 + number:04}",
        "npwp": f"0123456782000{number:03}",
        "nitku": f"{number + 1:06}",
        "passport_number": f"X00000{number:02}",
        "name": applicant.name,
        "username": demo_username(applicant),
        "date": f"1985-07-{10 + number:02}",
        "phone": f"+6281200001{number:03}",
        "telephone": f"+62285421{number:03}",
        "email": f"kantor{number}@example.com",
        "number": question.min or "1",
        "choice": question.options[kind].value if question.options else "",
        "choices": question.options[kind].value if question.options else "",
        "region": _region(form, question),
        "office": _office(form, office),
        "yes_no": "yes",
        "text": applicant.company,
        "textarea": "Sesuai keterangan di kantor.",
    }
    if not question.required:
        return ""
    return named.get(name) or typed.get(question.type, "")


def _region(form: RegistrationForm, question: FieldDeclaration) -> str:
    """A place as deep as the question asks, within the agency's own where it has one."""
    code = ".".join(form.agency.region.split(".")[: DEEPEST[question.down_to]]) if form.agency.region else ""
    while len([part for part in code.split(".") if part]) < DEEPEST[question.down_to]:
        below = regions_below(code)
        if not below:
            break
        code = below[0][0]
    return code


def _office(form: RegistrationForm, office: str) -> str:
    """Where the demo's officer works, for a question below another too."""
    offices = catalogue().offices[form.agency.code]
    return office or (offices[0].code if offices else "")


def _paper(label: str, types: tuple[str, ...]) -> AcceptedUpload:
    return draw_paper(label, "jpg" if "jpg" in types else "pdf")
