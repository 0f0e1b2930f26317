"""Two registrations for one number or one mailbox: marked when sent, told to who is known, refused when approved."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import delete

from portal import clock
from portal.engine.messages import first_name
from portal.errors import Invalid
from portal.extensions import db
from portal.models import Account, Application, Facet
from portal.operations.login_names import is_name_taken, login_digest, taken
from portal.operations.outbox import contacts_of, post_message
from portal.queries.answers import answers_of
from portal.queries.catalogue import Declared
from portal.queries.clashes import MAILBOX, MARK, NUMBERS, list_clashes, marks_of
from portal.queries.facts import is_mailbox_proven
from portal.queries.logins import find_proven_account

KNOWN_OWNER = "sudah-terdaftar"  # the message that tells somebody that they have an account


def keep_facets(application: Application, declared: Declared) -> None:
    """Write down by what officers filter, and the marks by which the same numbers are found again."""
    values = _values(application)
    kept = {
        question.key: values[question.key][:MARK]
        for question in declared.service.fields
        if question.facet and values.get(question.key)
    }
    kept |= marks_of(declared.service, values)
    db.session.execute(delete(Facet).where(Facet.application_id == application.id))
    db.session.add_all(Facet(application_id=application.id, key=key, value=value) for key, value in kept.items())
    db.session.flush()


def check_mailbox_free(application: Application, declared: Declared) -> None:
    """A mailbox that was proven first may be told that it registered at this office already (KAR-49).

    Raises Invalid at the question that names the office, or at the e-mail where the agency has none.
    """
    rules, service = declared.service.registration, declared.service
    if rules is None or not rules.email_first or not is_mailbox_proven(application, declared):
        return
    values = _values(application)
    mark = marks_of(service, values).get(MAILBOX)
    office = values.get(service.routing, "") if service.routing else None
    if mark is None:
        return
    found = list_clashes(application.agency, (MAILBOX, mark), account_id=application.account_id, office=office)
    if found:
        state = declared.workflow.states[found[0].application.state].citizen
        where = "di kantor ini" if service.routing else "di sini"
        sentence = f"Email ini sudah mendaftar {where}: status {state}."
        raise Invalid({service.routing or rules.email: sentence})


def check_numbers_free(application: Application, declared: Declared) -> None:
    """Raises Conflict when the numbers of this registration are another account's by approval (KAR-47).

    A link in a mail proves a mailbox and no number, so it takes no number from anybody.
    """
    rules = declared.service.registration
    mark = marks_of(declared.service, _values(application)).get(NUMBERS)
    if rules is None or rules.proof == "email" or mark is None:
        return
    found = list_clashes(application.agency, (NUMBERS, mark), account_id=application.account_id)
    if any(clash.is_approved for clash in found):
        raise taken()


def mailbox_owner(application: Application, declared: Declared) -> Account | None:
    """The other account to which the mailbox of a registration belongs alone, or None.

    Only where the agency says that one mailbox is one account: it is the login name, or unique.
    """
    rules = declared.service.registration
    values = _values(application)
    question = declared.service.field(rules.email) if rules else None
    if rules is None or question is None:
        return None
    if rules.login == rules.email:
        found = find_proven_account(application.agency, question.type, login_digest(question, values[rules.email]))
        return found if found and found.id != application.account_id else None
    mark = marks_of(declared.service, values).get(MAILBOX)
    if rules.email not in rules.unique or mark is None:
        return None
    enrolled = [
        clash.application
        for clash in list_clashes(application.agency, (MAILBOX, mark), account_id=application.account_id)
        if clash.is_approved
    ]
    return db.session.get(Account, enrolled[0].account_id) if enrolled else None


def tell_known_owners(application: Application, declared: Declared) -> None:
    """A number that is known already: who has it hears of it, the screen says nothing (design §4)."""
    rules, service = declared.service.registration, declared.service
    assert rules is not None
    values = _values(application)
    question = service.field(rules.login)
    if question is not None and question.type != "username":
        owner = find_proven_account(
            application.agency, question.type, login_digest(question, values.get(rules.login, ""))
        )
        if owner is not None and owner.id != application.account_id:
            tell_owner(owner, application)
    mark = marks_of(service, values).get(NUMBERS)
    if mark is None:
        return
    for clash in list_clashes(application.agency, (NUMBERS, mark), account_id=application.account_id):
        account = db.session.get(Account, clash.application.account_id)
        if account is not None:
            tell_owner(account, application, clash.application)


def tell_owner(owner: Account, application: Application, known: Application | None = None) -> None:
    """Tell the owner of an account or a registration that somebody tried to register with the same data.

    Once a day for each of them, whatever is tried.
    """
    today = clock.now().date()
    phone, email = contacts_of(known, owner) if known is not None else (owner.phone, owner.email)
    post_message(
        KNOWN_OWNER,
        agency=application.agency,
        account_id=owner.id,
        to_phone=phone,
        to_email=email,
        values={"first_name": first_name(owner.name), "link": f"/masuk/{application.agency}"},
        dedupe=f"claimed:{application.agency}:{owner.id}:{today}",
    )


def is_login_taken(application: Application, declared: Declared, answers: Mapping[str, str] | None = None) -> bool:
    """Whether the login name that a registration asks for was given to somebody else meanwhile.

    answers: those of all steps, where they were read already.
    """
    rules = declared.service.registration
    question = declared.service.field(rules.login) if rules and rules.login else None
    if question is None or rules is None:
        return False
    value = (_values(application) if answers is None else answers).get(rules.login, "")
    return is_name_taken(application.agency, question, value, application.account_id)


def _values(application: Application) -> dict[str, str]:
    return {k: v for step in answers_of(application.id).values() for k, v in step.items()}
