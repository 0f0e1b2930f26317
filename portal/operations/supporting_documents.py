"""Supporting documents: files given for the named documents of an application (SIN-57..63)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date

from portal import clock
from portal.engine.workflow import may_change
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.models import Application, StoredFile, SupportingDocument
from portal.operations.files import claim_file
from portal.operations.notes_answering import answer_notes_about
from portal.queries.applications import list_flagged
from portal.queries.catalogue import Declared
from portal.queries.documents import count_documents, find_same_document

MOST_FILES = 10  # for one named document
MOST_SHEETS = 99
LONGEST_NOTE = 200


@dataclass(frozen=True)
class Sheet:
    """What a person says about a file: the document's own date, which sheet it is, and a remark."""

    dated_on: date | None
    number: int | None
    note: str = ""

    def problems(self, today: date) -> dict[str, str]:
        """Input name -> sentence; empty when all is well."""
        found = {}
        if self.dated_on is None:
            found["dated_on"] = "Isi Tanggal Dokumen: hari, bulan dan tahun."
        elif self.dated_on > today:
            found["dated_on"] = "Tanggal Dokumen tidak boleh setelah hari ini."
        elif self.dated_on.year < 1900:
            found["dated_on"] = "Tanggal Dokumen terlalu lama. Periksa lagi tahunnya."
        if self.number is None or not 1 <= self.number <= MOST_SHEETS:
            found["sheet"] = f"Isi Lembar ke dengan angka 1 sampai {MOST_SHEETS}."
        if len(self.note) > LONGEST_NOTE:
            found["note"] = f"Keterangan terlalu panjang. Paling banyak {LONGEST_NOTE} huruf."
        return found


def attach_document(
    application: Application,
    declared: Declared,
    file: StoredFile,
    sheet: Sheet,
    *,
    step: str,
    key: str,
) -> SupportingDocument:
    """Add a file to a named document; the same file given twice stands there once.

    Raises Invalid for a wrong sheet or too many files, Conflict when the state forbids it.
    """
    _check_change(application, declared, key)
    if problems := sheet.problems(clock.today(declared.agency.zone)):
        raise Invalid(problems)
    assert sheet.dated_on is not None
    assert sheet.number is not None
    if same := find_same_document(application.id, key, file):
        return same
    most = min((item.most for item in declared.service.documents if item.key == key), default=MOST_FILES)
    if count_documents(application.id, key) >= most:
        raise Invalid({"": f"Paling banyak {most} file untuk satu dokumen."})
    claim_file(file)
    document = SupportingDocument(
        code=secrets.token_urlsafe(16),
        application_id=application.id,
        step=step,
        key=key,
        file_id=file.id,
        dated_on=sheet.dated_on,
        sheet=sheet.number,
        note=sheet.note,
        added_at=clock.now(),
        added_round=application.round,
    )
    db.session.add(document)
    db.session.flush()
    answer_notes_about(application, [f"document:{key}"])
    return document


def remove_document(application: Application, declared: Declared, document: SupportingDocument) -> None:
    """Take a file away from its document; what was already sent stays in its submission (SIN-63)."""
    _check_change(application, declared, document.key)
    if document.removed_at is None:
        document.removed_at = clock.now()
        answer_notes_about(application, [f"document:{document.key}"])
    db.session.flush()


def _check_change(application: Application, declared: Declared, key: str) -> None:
    """Behind the lock of the application's row, so that nothing slips in behind a sending (SIN-70)."""
    db.session.refresh(application, with_for_update=True)
    state = declared.workflow.states[application.state]
    flagged = list_flagged(application) if state.edit == "flagged" else ()
    if application.erased_at is not None or not may_change(state, f"document:{key}", flagged):
        raise Conflict(f"Dokumen tidak dapat diubah: status pengajuan {state.citizen}.")
