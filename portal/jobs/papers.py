"""Makes papers and receipts: loads by id, does nothing twice, renders with no transaction open."""

from __future__ import annotations

import structlog
from jinja2 import TemplateError

from portal.operations import papers
from portal.operations.paper_words import certificate_words, find_signer_name
from portal.operations.receipts import ensure_receipt
from portal.queries.catalogue import declared_for
from portal.transaction import transaction

log = structlog.get_logger(__name__)


def make_document(document_id: int) -> None:
    """Make the PDF of a wanted paper; a failure is noted for officers and tried again.

    A crash behind the storing leaves a temporary file, which upkeep erases; two runs make one paper.
    """
    from portal.documents.pdf import RenderFailed

    found = papers.find_wanted(document_id)
    if found is None:
        return
    document, application = found
    output = declared_for(application).service.output(document.key)
    role = output.signer if output else ""
    signer_name = find_signer_name(application.agency, role, office=application.office) or ""
    words = certificate_words(document, application, signer_name=signer_name)
    template = output.template if output else document.key
    try:
        blob = papers.store_pdf(papers.render(template, words, application.agency))
    except (RenderFailed, TemplateError, ValueError) as failure:
        log.warning("paper_not_made", document=document_id, reason=type(failure).__name__)
        with transaction():
            papers.record_problem(document_id, f"render: {type(failure).__name__}")
        raise
    with transaction():
        file_id = papers.keep_file(blob, name=f"{document.number}.pdf")
    with transaction():
        if output is not None and not output.signed:
            papers.record_finished(document_id, file_id, sha256=blob.sha256)
        else:
            papers.record_made(document_id, file_id, signer_name=signer_name)


def make_receipt(submission_id: int) -> None:
    """Make the Bukti Pengiriman of one sending, unless it is there."""
    ensure_receipt(submission_id)


def sign_documents() -> None:
    """Free papers from signing attempts whose process died.

    Signing itself is no job: a passphrase that waited in a queue would be stored.
    """
    from portal.operations.signing import free_dead_attempts

    with transaction():
        free_dead_attempts()
