"""Lupa Password: asked by each agency's rule, answered always alike; the new one behind a link (SIN-37 to SIN-40)."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app, flash, request, url_for

from portal.auth import requires
from portal.blueprints.account import bp, sums
from portal.blueprints.account.link_ended import link_ended
from portal.blueprints.account.place import named_place, place_of_request, remember_device
from portal.engine.declare import FieldDeclaration
from portal.engine.fields import field_type
from portal.operations.credentials import hash_password
from portal.operations.logins import remember_place
from portal.operations.passwords import OpenReset, answer_reset, find_open_reset, reset_password, wish_reset
from portal.operations.throttle import Wait, allow, take
from portal.queries.registrations import RegistrationForm, get_registration_form, journey_through
from portal.queries.resets import known_answers, reset_questions
from portal.transaction import transaction
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.new_password import AGAIN, PASSWORD, read_new_password, telling_answers
from portal.web.quiet import quiet

CONTACTS = frozenset({"phone", "email", "username"})
ONE = "reset_name"  # the one box of an agency that takes any of its names
WISHES_AN_HOUR = 5  # for one name: nobody's telephone is flooded from here
WISHES_PER_NETWORK = 100  # an address alone is loose


@bp.get("/masuk/<agency>/lupa")
@requires("everyone")
def show_forgotten_password(agency: str) -> Response:
    """The questions of the agency's rule; without a rule, the way to its officers."""
    return _page(get_registration_form(agency))


@bp.post("/masuk/<agency>/lupa")
@requires("everyone")
def ask_reset(agency: str) -> Response:
    """Keep what was typed and answer alike, whether it fits somebody or not (SIN-39)."""
    form = get_registration_form(agency)
    raw = request.form.to_dict()
    if form.rules.reset is None or sums.asks_other_sum():
        return _page(form, raw)
    typed, errors = _read(form, raw)
    if not errors and not sums.is_sum_right():
        errors[sums.ANSWER] = gettext("The answer to the sum is not right. This is a new one.")
    if errors:
        return _page(form, raw, errors=errors, status=422)
    if wait := _wait(agency, typed):
        return _page(form, raw, wait=wait.seconds, status=429)
    with transaction():
        wish_reset(agency, typed)
    return see_other(url_for("account.show_reset_sent", agency=agency))


@bp.get("/masuk/<agency>/lupa/terkirim")
@requires("everyone")
def show_reset_sent(agency: str) -> Response:
    """What happens now if it fitted: the same words for everybody (SIN-38, SIN-39)."""
    form = get_registration_form(agency)
    show_agency(agency)
    by = form.rules.reset.by if form.rules.reset else ""
    return answer("account/forgotten_sent.html", agency=agency, by=by, call_centre=form.agency.call_centre)


@bp.get("/kata-kunci/<token>")
@requires("everyone")
def show_new_password(token: str) -> Response:
    """Asks what the rule asks behind the link, and the new password; burns nothing."""
    found = find_open_reset(token)
    return quiet(_new_page(token, found)) if found else link_ended()


@bp.post("/kata-kunci/<token>")
@requires("everyone")
def set_new_password(token: str) -> Response:
    """[Ganti Password]: the answers are counted before the password is judged by who the person is."""
    found = find_open_reset(token)
    if found is None:
        return link_ended()
    agency, raw = found.form.agency.code, request.form.to_dict()
    typed, errors = _read_then(found, raw)
    password, problems = read_new_password(raw)
    if errors | problems:
        return quiet(_new_page(token, found, raw, errors | problems))
    with transaction():
        answered = answer_reset(token, typed)
    if answered.outcome == "dead":
        return link_ended(agency)
    if answered.outcome == "wrong":
        wrong = gettext("This does not fit what is registered. You can try %(left)s more times.", left=answered.left)
        return quiet(_new_page(token, found, raw, dict.fromkeys(typed, wrong)))
    known = telling_answers(found.form.service, known_answers(found.form, found.account))
    password, problems = read_new_password(raw, known)
    if problems:
        return quiet(_new_page(token, found, raw, problems))
    password_hash, account_id, place = hash_password(password), found.account.id, named_place()
    with transaction():
        is_done = reset_password(token, typed, password_hash)
        if is_done:
            # Whoever opened the link is at home here: strangers who guess cannot keep them out.
            remember_place(account_id, place)
    if not is_done:
        return link_ended(agency)
    flash(gettext("The password was changed. Log in with the new one."), "good")
    return remember_device(quiet(see_other(url_for("account.show_login", agency=agency))), place)


def _read(form: RegistrationForm, raw: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """(parsed answers, mistakes by input) of the first questions."""
    rule = form.rules.reset
    assert rule is not None
    questions = reset_questions(form)
    if rule.any_of:
        one = raw.get(ONE, "").strip()
        typed = {q.key: field_type(q.type).parse(q, {q.key: one}) for q in questions}
        return typed, {} if one else {ONE: gettext("Fill in %(label)s.", label=_labels(questions))}
    return _parse(form, questions, raw)


def _read_then(found: OpenReset, raw: dict[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    return _parse(found.form, reset_questions(found.form, then=True), raw)


def _parse(
    form: RegistrationForm, questions: list[FieldDeclaration], raw: dict[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    """What is typed by its type; a number that cannot be one is told at once, which says nothing of anybody."""
    context = journey_through(form.service, form.agency).context
    typed, errors = {}, {}
    for question in questions:
        kind = field_type(question.type)
        value = typed[question.key] = kind.parse(question, raw)
        if not value:
            errors[question.key] = gettext("Fill in %(label)s.", label=question.label)
        elif problem := kind.problem(question, value, context):
            errors[question.key] = problem
    return typed, errors


def _wait(agency: str, typed: dict[str, str]) -> Wait | None:
    """Counted for the name, wherever it is typed, and for the network; before anything is looked up."""
    name = next(iter(typed.values()), "")
    identifier = str(current_app.extensions["vault"].digest("reset-name", f"{agency}|{name.casefold()}"))
    network = place_of_request().network
    return (
        take(f"reset:{network}", WISHES_PER_NETWORK, timedelta(hours=1))
        or allow(identifier, "", network, free=WISHES_AN_HOUR if not sums.goes_without_sum() else 1)
        or take(f"resets:{identifier}", WISHES_AN_HOUR, timedelta(hours=1))
    )


def _without_promise(question: FieldDeclaration) -> FieldDeclaration:
    """The help beside a contact tells who registers what is sent there; here it would be about somebody's own."""
    return question.model_copy(update={"help": ""}) if question.type in CONTACTS else question


def _labels(questions: list[FieldDeclaration]) -> str:
    return " / ".join(question.label for question in questions)


def _page(
    form: RegistrationForm,
    raw: dict[str, str] | None = None,
    *,
    errors: dict[str, str] | None = None,
    wait: int = 0,
    status: int = 200,
) -> Response:
    show_agency(form.agency.code)
    questions = [_without_promise(question) for question in reset_questions(form)]
    raw, errors = raw or {}, errors or {}
    rule = form.rules.reset
    without = request.method == "POST" and sums.goes_without_sum()
    return answer(
        "account/forgotten.html",
        "account/_forgotten_form.html",
        status=status,
        form=form,
        agency=form.agency.code,
        rule=rule,
        questions=[] if rule and rule.any_of else questions,
        one_label=_labels(questions),
        one_key=ONE,
        raw=raw,
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
        wait=wait,
        sum=sums.sum_view(error=errors.get(sums.ANSWER, ""), without=without),
    )


def _new_page(
    token: str, found: OpenReset, raw: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> Response:
    show_agency(found.form.agency.code)
    errors = errors or {}
    if errors and not errors.keys() & {PASSWORD, AGAIN}:
        errors = errors | {PASSWORD: gettext("Type the new password again: for your safety it is not kept.")}
    return answer(
        "account/password_reset.html",
        "account/_password_reset_form.html",
        status=422 if errors else 200,
        action=url_for("account.set_new_password", token=token),
        questions=reset_questions(found.form, then=True),
        raw=raw or {},
        errors=errors,
        error_links=[(f"#f-{key}", sentence) for key, sentence in errors.items()],
    )
