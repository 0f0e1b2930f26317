"""The demo's applications: a draft, some that wait and one that is being checked, whatever is declared."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import count

from sqlalchemy import select

from portal import clock
from portal.engine.declare import Agency, DocumentsStep, FieldDeclaration, Service
from portal.engine.workflow import Actor
from portal.extensions import db
from portal.models import Account, Application, Duty
from portal.operations.answers import save_answers
from portal.operations.applications import start_application
from portal.operations.demo_pictures import draw_paper
from portal.operations.files import keep_file, store_blobs
from portal.operations.perform import Payload, perform
from portal.operations.submissions import send_application
from portal.operations.supporting_documents import Sheet, attach_document
from portal.queries.catalogue import Declared, catalogue, declared_for
from portal.queries.journeys import journey_of
from portal.transaction import transaction

NAMES = ("RATNA DEWI", "AGUS WIBOWO", "SRI WAHYUNI", "BAMBANG HARTONO", "LINA MARLINA", "HADI SUSANTO")
CHILDREN = ("NUR AINI PUTRI", "RAFI ADITYA", "KIRANA LARASATI", "BAYU SAMUDRA")
STAGES = ("draft", "sent", "sent", "checking")


def seed_cases(agency: Agency, owners: Sequence[int]) -> None:
    """A few applications of each service of an agency, unless one of the owners has some already."""
    for service in catalogue().services[agency.code].values():
        if service.kind != "service" or not owners or _has_cases(agency, service, owners):
            continue
        for number, stage in enumerate(STAGES):
            _seed_case(agency, service, owners[number % len(owners)], number, stage)


def _has_cases(agency: Agency, service: Service, owners: Sequence[int]) -> bool:
    found = select(Application.id).where(
        Application.account_id.in_(owners),
        Application.agency == agency.code,
        Application.service == service.code,
    )
    return db.session.scalar(found.limit(1)) is not None


def _seed_case(agency: Agency, service: Service, owner: int, number: int, stage: str) -> None:
    pictures = {
        item.key: (step, store_blobs(draw_paper(item.label)))
        for step in service.steps
        if isinstance(step, DocumentsStep) and stage != "draft"
        for item in step.items
        if item.required
    }
    with transaction():
        application = start_application(agency, service, account_id=owner)
        declared = declared_for(application)
        steps = [step for step in service.steps if step.kind != "documents"]
        for step in steps[: 1 if stage == "draft" else None]:
            _answer(application, declared, step.key, number)
        for key, (place, blobs) in pictures.items():
            file = keep_file(blobs, account_id=owner)
            sheet = Sheet(clock.today(agency.zone) - timedelta(days=3), 1)
            attach_document(application, declared, file, sheet, step=place.key, key=key)
        if stage != "draft":
            _send(application, declared)
        if stage == "checking":
            _take(application, declared)


def _answer(application: Application, declared: Declared, step: str, number: int) -> None:
    """Something fitting for each question that applies; locked ones answer themselves."""
    journey = journey_of(application, declared)
    people = count(number)
    values: dict[str, str] = {}
    for question in journey.visible_fields(step):
        values[question.key] = journey.first_value(question) or _made_up(question, declared, next(people), number)
    shown = {question.key for question in journey.visible_fields(step, values)}
    kept = {key: value for key, value in values.items() if key in shown}
    save_answers(application, declared, step, kept, seen=0)


def _made_up(question: FieldDeclaration, declared: Declared, person: int, number: int) -> str:
    today = clock.today(declared.agency.zone)
    some_day = today - timedelta(days=20 + 7 * number)
    is_subject = question.key == declared.service.subject.name
    if question.type == "choice":
        return question.options[number % len(question.options)].value
    made = {
        "nik": f"990101{10 + person % 18:02}07{80 + person % 15:02}{1000 + person:04}",
        "kk": f"9901010101{20 + number % 5:02}{2000 + person:04}",
        "name": CHILDREN[number % len(CHILDREN)] if is_subject else NAMES[person % len(NAMES)],
        "date": some_day.isoformat(),
        "datetime": f"{some_day.isoformat()}T07:30",
        "time": "07:30",
        "number": question.min or "1",
        "yes_no": "yes",
        "consent": "yes",
        "textarea": "Permohonan baru.",
        "text": "Kajen",
        "phone": "+6281200000009",
        "email": "warga@example.com",
    }
    return made.get(question.type, "") if question.required else ""


def _send(application: Application, declared: Declared) -> None:
    review = next(step for step in declared.service.steps if step.kind == "review")
    version = declared.agency.consents[review.consent].version
    send_application(
        application,
        Actor("applicant", application.account_id),
        consent_version=version,
        seen=application.version,
    )


def _take(application: Application, declared: Declared) -> None:
    """By an officer of the role that it waits for, through the first action that asks for nothing."""
    role = declared.workflow.states[application.state].waits
    officer = db.session.scalar(
        select(Duty.account_id)
        .join(Account, Account.id == Duty.account_id)
        .where(Duty.agency == application.agency, Duty.role == role)
        .order_by(Duty.id)
        .limit(1)
    )
    for key, action in declared.workflow.actions.items():
        if application.state in action.from_ and action.by == role and not action.needs:
            actor = Actor("officer", officer, frozenset({role}))
            perform(application, key, actor, Payload(seen=application.version))
            return
