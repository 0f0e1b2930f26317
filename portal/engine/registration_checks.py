"""Checks of a registration: whom it takes, how they are proven, how they log in and help themselves."""

import re
from collections.abc import Iterator

from portal.engine.declare import Agency, FieldDeclaration, Message, Registration, Service, Workflow
from portal.engine.fields import field_type

OUTSIDE = ("google", "facebook")
LOGIN_TYPES = {"nik", "username", "email"}
MADE_NAME = re.compile(r"[A-Z0-9?#-]{4,20}")  # ? a letter, # a digit, every other sign for itself
FEWEST_DRAWN = 5  # letters that are drawn, or names soon run out and can be guessed
RESUME_MESSAGE = "lanjutkan-pendaftaran"  # sent where the e-mail is proven first

Findings = Iterator[tuple[str, str]]


def check_registration(
    service: Service, agency: Agency, workflow: Workflow | None, messages: dict[str, Message]
) -> Findings:
    """Yields (place in the service's file, what is wrong); nothing for what is no registration."""
    rules = service.registration
    if rules is None:
        return
    asked = {question.key: question for question in service.fields}
    yield from _check_names(rules, asked)
    yield from _check_kind(rules, service)
    yield from _check_login(rules, asked)
    yield from _check_contacts(rules, service)
    yield from _check_reset(rules, asked)
    if rules.scope == "office" and not service.routing:
        yield "registration.scope", "needs routing: an answer that names the office"
    for key in sorted(_messages_needed(rules) - messages.keys()):
        yield "registration", f"there is no message {key}"
    if workflow:
        yield from _check_proof(rules, workflow, agency)


def _check_names(rules: Registration, asked: dict[str, FieldDeclaration]) -> Findings:
    """Everything that names an answer names one that is asked and kept."""
    named = {f"found_by.{n}": key for n, key in enumerate(rules.found_by)}
    named |= {f"unique.{n}": key for n, key in enumerate(rules.unique)}
    if rules.reset:
        named |= {f"reset.asks.{n}": key for n, key in enumerate(rules.reset.asks)}
        named |= {f"reset.then.{n}": key for n, key in enumerate(rules.reset.then)}
    for place, key in named.items():
        if key not in asked:
            yield f"registration.{place}", f"there is no field {key}"
        elif field_type(asked[key].type).transient:
            yield f"registration.{place}", f"{key} is never kept, so nothing can be compared with it"
    for n, provider in enumerate(rules.outside):
        if provider not in OUTSIDE:
            yield f"registration.outside.{n}", f"there is no provider {provider}; known are {', '.join(OUTSIDE)}"
    for n, name in enumerate(rules.proven):
        if name not in rules.profile:
            yield f"registration.proven.{n}", f"there is no profile value {name}"


def _check_kind(rules: Registration, service: Service) -> Findings:
    if not rules.kind:
        if rules.login_names.keys() - {""}:
            yield "registration.login_names", "needs kind: the answer whose values they are for"
        return
    first = {question.key: question for question in getattr(service.steps[0], "fields", ())}
    question = first.get(rules.kind)
    if question is None or question.type != "choice" or question.when:
        yield "registration.kind", f"{rules.kind} is not a choice that the first step always asks"
        return
    values = {option.value for option in question.options}
    if rules.login_names and rules.login_names.keys() != values:
        yield "registration.login_names", f"must have a pattern for each of {', '.join(sorted(values))}"


def _check_login(rules: Registration, asked: dict[str, FieldDeclaration]) -> Findings:
    if bool(rules.login) == bool(rules.login_names):
        yield "registration.login", "either an answer is the login name, or login_names say how one is made"
    if rules.login in asked and asked[rules.login].type not in LOGIN_TYPES:
        yield "registration.login", f"{rules.login} is none of {', '.join(sorted(LOGIN_TYPES))}"
    for kind, pattern in rules.login_names.items():
        if not MADE_NAME.fullmatch(pattern) or pattern.count("?") + pattern.count("#") < FEWEST_DRAWN:
            yield f"registration.login_names.{kind}", f"write capitals, ? and #, at least {FEWEST_DRAWN} of them drawn"
    passwords = [q for q in asked.values() if q.type == "password" and not q.same_as]
    sends = rules.proof == "officer-sends-account"
    if sends and passwords:
        yield "registration.proof", "who gets the account from an officer sets the password then, not in the form"
    if not sends and len(passwords) != 1:
        yield "registration.proof", "the form asks for one password, and for its repetition with same_as"
    if sends != bool(rules.login_names):
        yield "registration.login_names", "names are made exactly where an officer sends the account"
    if rules.early_login and (sends or rules.proof == "email"):
        yield "registration.early_login", "is for registrations that wait for an officer and have a password"


def _check_contacts(rules: Registration, service: Service) -> Findings:
    for way in ("phone", "email"):
        key = getattr(rules, way)
        question = service.field(key) if key else None
        if question and question.type != way:
            yield f"registration.{way}", f"{key} is not a field of type {way}"
        if question and question.none and way == "phone":
            yield "registration.phone", "cannot be proven where nobody needs to have one"
    mails = rules.proof in ("email", "officer-sends-account") or rules.email_first
    question = service.field(rules.email)
    if mails and (question is None or question.none or not question.required):
        yield "registration.email", "is needed: link or account are sent there"
    first = {q.key for q in getattr(service.steps[0], "fields", ())}
    if rules.email_first and rules.email not in first:
        yield "registration.email_first", "the first step asks for the email"


def _check_reset(rules: Registration, asked: dict[str, FieldDeclaration]) -> Findings:
    reset = rules.reset
    if reset is None:
        yield "registration.reset", "is missing: how does somebody who forgot the password get in again?"
        return
    contact = rules.phone if reset.by == "whatsapp" else rules.email
    if not contact:
        yield "registration.reset.by", f"nothing is known to which {reset.by} could be sent"
    logins = {rules.login, *rules.found_by} - {""}
    if logins.isdisjoint(reset.asks):
        yield "registration.reset.asks", "must ask an answer by which the account is found: login or found_by"
    if reset.any_of and not logins.issuperset(reset.asks):
        yield "registration.reset.any_of", "each of the answers must find the account alone: login or found_by"
    for n, key in enumerate(reset.asks):
        if key in asked and not asked[key].required:
            yield f"registration.reset.asks.{n}", f"who never gave {key} could not answer"


def _messages_needed(rules: Registration) -> set[str]:
    needed = {"sudah-terdaftar"}
    needed |= {"reset-kata-kunci"} if rules.reset else set()
    needed |= {"kode-hp"} if rules.phone else set()
    return needed | ({RESUME_MESSAGE} if rules.email_first else set())


def _check_proof(rules: Registration, workflow: Workflow, agency: Agency) -> Findings:
    """What the proof promises, the workflow does."""
    does = [(action, {effect.name for effect in action.effects}) for action in workflow.actions.values()]
    by_officer = {name for action, effects in does if action.by in agency.roles for name in effects}
    caused = {name for _, effects in does for name in effects}
    proves_email = any("email_proven" in action.needs for action, _ in does)
    needed = {
        "email": ({"send_confirmation", "enrol"}, set()),
        "officer": (set(), {"enrol"}),
        "officer-then-activation": ({"send_activation", "activate"}, {"enrol"}),
        "officer-sends-account": (set(), {"enrol", "create_account"}),
    }
    anybody, officers = needed[rules.proof]
    for effect in sorted(anybody - caused):
        yield "registration.proof", f"no action has the effect {effect}"
    for effect in sorted(officers - by_officer):
        yield "registration.proof", f"no action by an officer has the effect {effect}"
    if (rules.proof == "email" or rules.email_first) and not proves_email:
        yield "registration.proof", "no action needs email_proven"
    if rules.proof == "officer-then-activation" and not rules.challenge:
        yield "registration.challenge", "is missing: which answer is asked for at activation?"
    changes = workflow.actions.get("change")
    if rules.proven and not (changes and changes.by == "applicant" and {"take_change", "drop_change"} <= caused):
        yield "registration.proven", "needs an action change by applicant, and the effects take_change and drop_change"
    if ("block" in caused) != ("unblock" in caused):
        yield "registration.proof", "who can be blocked can be unblocked: both effects, or neither"
