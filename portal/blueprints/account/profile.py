"""UBAH and FOTO: biodata that its owner corrects, and the photo (PAS-46, PAS-47)."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from flask import Response, current_app, flash, request, url_for

from portal.auth import requires, viewer
from portal.blueprints.account import bp
from portal.blueprints.account.own import own_id
from portal.documents.refusals import UploadRefused
from portal.documents.uploads import inspect_upload
from portal.errors import NotFound
from portal.operations.files import store_blobs
from portal.operations.portraits import put_portrait, remove_portrait
from portal.operations.profile import cancel_change, change_profile
from portal.operations.quotas import take_upload
from portal.queries.portraits import find_portrait
from portal.queries.profiles import Profile, get_profile_of
from portal.queries.registrations import OwnRegistration, get_own_registration
from portal.transaction import transaction
from portal.web import registration_forms as forms
from portal.web.context import show_agency
from portal.web.files import send_stored
from portal.web.fragments import answer, see_other
from portal.web.i18n import current_language, gettext

ADDRESS = "/akun/pendaftaran/<code>/ubah"
PHOTO_TYPES = ("jpg", "jpeg", "png")
PHOTO_MB = 5


@bp.get(ADDRESS)
@requires("citizen")
def show_profile_change(code: str) -> Response:
    """The declared biodata; what an officer has proven is marked, what has a page of its own is fixed."""
    own, profile = _own(code)
    return _page(own, profile, own.answers)


@bp.post(ADDRESS)
@requires("citizen")
def save_profile_change(code: str) -> Response:
    """Unproven answers change at once; a proven one goes to the officer first, who sees old and new."""
    own, profile = _own(code)
    service = forms.counter_service(own.declared.service)
    fixed = _fixed(own, profile)
    raw = {key: value for key, value in request.form.to_dict().items() if key not in fixed}
    read = forms.read_form(service, own.declared.agency, raw | {key: own.answers.get(key, "") for key in fixed})
    if request.form.get("_refresh"):
        return _page(own, profile, read.values)
    errors = {key: words for key, words in read.errors.items() if key in profile.changeable}
    needs_look = any(read.values.get(key, "") != own.answers.get(key, "") for key in profile.proven)
    if needs_look and not request.form.get(forms.CONSENT):
        errors[forms.CONSENT] = gettext("Read the statement, and tick when you agree.")
    if errors:
        return _page(own, profile, read.values, errors)
    consent = forms.declared_consent(own.declared.service, own.declared.agency)
    with transaction():
        again = get_own_registration(code, viewer().account_id)
        is_waiting = change_profile(
            again, get_profile_of(again.application), read.values, consent_version=consent.version
        )
    words = gettext("The change was sent. An officer looks at it first.") if is_waiting else gettext("Saved.")
    flash(words, "info" if is_waiting else "good")
    return see_other(url_for("account.show_own_registration", code=code))


@bp.post(f"{ADDRESS}/batal")
@requires("citizen")
def cancel_profile_change(code: str) -> Response:
    """Take a change back that still waits."""
    own, _ = _own(code)
    with transaction():
        cancel_change(get_own_registration(code, viewer().account_id))
    flash(gettext("The change was taken back."), "info")
    return see_other(url_for("account.show_own_registration", code=own.code))


@bp.get("/akun/foto")
@requires("citizen")
def show_photo_page() -> Response:
    """The photo, another one, or none."""
    return _photo_page()


@bp.post("/akun/foto")
@requires("citizen")
def save_photo() -> Response:
    """Take a picture in: told by its content, drawn anew, so that only what is seen remains."""
    sent = request.files.get("photo")
    if sent is None or not sent.filename:
        return _photo_page(gettext("Choose a picture, or take one."))
    if take_upload(own_id()):
        return _photo_page(gettext("Too many pictures today. Try again tomorrow."), status=429)
    try:
        upload = inspect_upload(
            cast("BinaryIO", sent.stream),
            sent.filename,
            allowed=PHOTO_TYPES,
            max_bytes=PHOTO_MB * 1024 * 1024,
            scanner=current_app.extensions["scanner"],
        )
    except UploadRefused as refused:
        return _photo_page(refused.message(current_language()))
    kept = store_blobs(upload)
    with transaction():
        put_portrait(own_id(), kept)
    flash(gettext("The photo was saved."), "good")
    return see_other(url_for("account.show_photo_page"))


@bp.post("/akun/foto/hapus")
@requires("citizen")
def remove_photo() -> Response:
    """Take the photo away."""
    with transaction():
        remove_portrait(own_id())
    flash(gettext("The photo was removed."), "info")
    return see_other(url_for("account.show_photo_page"))


@bp.get("/akun/foto/gambar")
@requires("citizen")
def send_photo() -> Response:
    """The bytes of one's own photo, in a sandbox."""
    file = find_portrait(own_id())
    if file is None:
        raise NotFound("portrait")
    return send_stored(file)


def _own(code: str) -> tuple[OwnRegistration, Profile]:
    own = get_own_registration(code, viewer().account_id)
    show_agency(own.application.agency)
    if own.application.agency not in viewer().enrolments:
        raise NotFound("enrolment")
    return own, get_profile_of(own.application)


def _fixed(own: OwnRegistration, profile: Profile) -> tuple[str, ...]:
    """What may not be changed here: the rest of the form, and proven facts where no officer can look at them now."""
    keys = [question.key for question in own.declared.service.fields]
    may_ask = own.can("change")
    return tuple(key for key in keys if key not in profile.changeable or (key in profile.proven and not may_ask))


def _page(
    own: OwnRegistration, profile: Profile, values: dict[str, str], errors: dict[str, str] | None = None
) -> Response:
    errors = errors or {}
    service = forms.counter_service(own.declared.service)
    fixed = _fixed(own, profile)
    groups = forms.groups_of(service, own.declared.agency, values, errors, {}, fixed)
    shown = set(profile.changeable)
    context: dict[str, Any] = {
        "own": own,
        "groups": [
            forms.Group(g.key, g.title, "", questions)
            for g in groups
            if (questions := [q for q in g.questions if q.field.key in shown])
        ],
        "proven": profile.proven,
        "may_ask": own.can("change"),
        "may_cancel": own.can("cancel_change"),
        "consent": forms.declared_consent(own.declared.service, own.declared.agency),
        "is_ticked": bool(request.form.get(forms.CONSENT)),
        "errors": errors,
        "error_links": forms.error_links(errors, service),
    }
    status = 422 if errors else 200
    return answer("account/profile.html", "account/_profile_form.html", status=status, **context)


def _photo_page(problem: str = "", *, status: int = 0) -> Response:
    return answer(
        "account/profile_photo.html",
        status=status or (422 if problem else 200),
        has_photo=find_portrait(own_id()) is not None,
        types=PHOTO_TYPES,
        max_mb=PHOTO_MB,
        problem=problem,
    )
