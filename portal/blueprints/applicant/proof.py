"""Bukti Pengiriman: what was sent, when, who looks at it now, and by when an answer is due."""

from __future__ import annotations

from typing import Any

from flask import Response

from portal.auth import requires
from portal.blueprints.applicant import bp
from portal.blueprints.applicant.own import address_of, own_application
from portal.errors import NotFound
from portal.operations.receipts import find_receipt
from portal.queries.applications import OwnApplication
from portal.queries.judging import field_context
from portal.queries.papers import find_submission
from portal.queue import JobName, Task, send
from portal.web.files import send_stored
from portal.web.fragments import answer, see_other
from portal.web.questions import answer_rows


@bp.get("/permohonan/<code>/bukti")
@requires("citizen")
def show_proof(code: str) -> Response:
    """The proof of the last sending; the same page however often [Kirim] was pressed."""
    own = own_application(code)
    submission = find_submission(own.application.id, own.application.round)
    if submission is None:
        return see_other(address_of(own))
    waits = own.state.waits
    roles = own.declared.agency.roles
    return answer(
        "applicant/proof.html",
        application=own.application,
        service=own.declared.service,
        agency=own.declared.agency,
        state=own.state,
        base=address_of(own),
        sent_at=submission.sent_at,
        due_on=submission.due_on,
        waits_for=roles[waits].label if waits in roles else None,
        rows=_rows(own, submission.content),
        documents=_documents(own, submission.content),
    )


@bp.get("/permohonan/<code>/bukti.pdf")
@requires("citizen")
def send_proof(code: str) -> Response:
    """The proof as PDF; while it is being made a page that looks again by itself."""
    own = own_application(code)
    submission = find_submission(own.application.id, own.application.round)
    if submission is None:
        raise NotFound("submission")
    receipt = find_receipt(submission.id)
    if receipt is None:
        # Asking again is harmless: the job makes it once.
        send([Task(JobName.MAKE_RECEIPT, submission.id)])
        return answer(
            "applicant/proof_waiting.html",
            status=202,
            application=own.application,
            base=address_of(own),
        )
    return send_stored(receipt, as_attachment=True)


def _rows(own: OwnApplication, content: dict[str, Any]) -> list[Any]:
    values = {k: v for given in content.get("answers", {}).values() for k, v in given.items()}
    fields = [f for f in own.declared.service.fields if values.get(f.key)]
    return answer_rows(fields, values, masked=True, offices=field_context(own.declared.agency).offices)


def _documents(own: OwnApplication, content: dict[str, Any]) -> list[str]:
    """The names of the documents that went along, each once, in declared order."""
    given = {d["key"] for d in content.get("documents", ())}
    return [item.label for item in own.declared.service.documents if item.key in given]
