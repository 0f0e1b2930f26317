"""Is this paper genuine: by its code, and by the file itself (XCT-13)."""

from __future__ import annotations

from functools import partial
from urllib.parse import quote

from flask import Response, current_app, request

from portal.auth import requires
from portal.blueprints.public import bp
from portal.documents.caged import CageBusy, judge_in_cage
from portal.documents.verification import SIZE_LIMIT, Verdict, examine
from portal.operations.quotas import take_check
from portal.queries import verification as verification_queries
from portal.web.context import show_agency
from portal.web.fragments import answer, see_other
from portal.web.i18n import gettext
from portal.web.network import network_of_request


@bp.get("/verifikasi")
@requires("everyone")
def ask_verification_code() -> Response:
    """Where somebody without a camera types the code under the QR."""
    typed = request.args.get("kode", "").strip()
    if typed:
        return see_other(f"/verifikasi/{quote(typed, safe='')}")
    return answer("public/verification_ask.html")


@bp.get("/verifikasi/<code>")
@requires("everyone")
def show_verification(code: str) -> Response:
    """Kind, issuer, date, state and a masked name; an unknown code is told plainly."""
    return _verification(code, None)


@bp.post("/verifikasi/<code>")
@requires("everyone")
def check_file(code: str) -> Response:
    """Compare an uploaded file with what was issued; the file is read and forgotten."""
    if wait := take_check(network_of_request()):
        words = gettext(
            "Many files are being checked from here. Wait %(seconds)s seconds, then choose the file again.",
            seconds=wait.seconds,
        )
        return _verification(code, None, error=words, status=429)
    upload = request.files.get("berkas")
    content = upload.stream.read(SIZE_LIMIT + 1) if upload and upload.filename else b""
    if not content:
        return _verification(code, None, error="Pilih dulu file PDF yang ingin diperiksa.")
    if len(content) > SIZE_LIMIT:
        return _verification(code, None, error="File terlalu besar. Pilih file PDF asli.")
    try:
        return _verification(code, _examine(code, content))
    except CageBusy:
        return _verification(code, None, error="File lain sedang diperiksa. Coba lagi sebentar.")


def _examine(code: str, content: bytes) -> Verdict:
    ours = current_app.extensions["signer"].our_certificates()
    known = partial(verification_queries.is_file_of, code)
    return examine(content, known, our_certificates=ours, judge=judge_in_cage)


def _verification(code: str, verdict: Verdict | None, error: str = "", status: int = 422) -> Response:
    paper = verification_queries.find_paper(code)
    show_agency(paper.agency if paper else None)
    response = answer(
        "public/verification.html",
        paper=paper,
        code=code,
        verdict=verdict,
        error=error,
        status=status if error else 200 if paper else 404,
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
