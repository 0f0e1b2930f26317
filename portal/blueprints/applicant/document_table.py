"""The rows of the table of supporting documents: name, sample, files (SIN-54)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from portal.blueprints.applicant.own import Editing, address_of
from portal.web.filters import short_day
from portal.web.i18n import gettext


@dataclass(frozen=True)
class DocumentRow:
    """One named document with its files; `add` is an address, or none when nothing may change."""

    key: str
    label: str
    is_required: bool
    note: str
    instead: str
    sample: str
    remark: str  # what an officer wrote about it
    files: list[dict[str, Any]]
    add: str | None
    error: str | None


def document_rows(editing: Editing, step: str, *, errors: Mapping[str, str] | None = None) -> list[DocumentRow]:
    """The documents of a step that apply, in declared order."""
    journey = editing.given.journey
    items = journey.visible_documents(step)
    labels = {item.key: item.label for item in items}
    remarks = editing.notes_about("document")
    base = f"{address_of(editing.own)}/data-dukung"
    rows = []
    for item in items:
        may_change = editing.may_change_document(item.key)
        address = f"{base}/{item.key}"
        given = [d for d in editing.documents if d.key == item.key]
        instead = labels.get(item.instead_of, "")
        rows.append(
            DocumentRow(
                key=item.key,
                label=item.label,
                is_required=item.required,
                note=item.note,
                instead=gettext("May stand in for %(label)s.", label=instead) if instead else "",
                sample=item.sample,
                remark=remarks.get(item.key, ""),
                files=thumbs_of(given, remove=address if may_change else None),
                add=address if may_change else None,
                error=(errors or {}).get(item.key),
            )
        )
    return rows


def thumbs_of(
    documents: Iterable[Any],
    *,
    remove: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> list[dict[str, Any]]:
    """Files as the small pictures of `thumbs`.

    remove: address of their document, or none. labels: names of the documents, where the
    files of several stand together.
    """
    return [
        {
            "href": f"/berkas/{d.file}/lihat",
            "name": f"{labels[d.key]}: {d.name}" if labels and d.key in labels else d.name,
            "note": gettext("%(day)s, sheet %(sheet)s", day=short_day(d.dated_on), sheet=d.sheet),
            "picture": f"/berkas/{d.file}/kecil" if d.thumbnail_size else None,
            "remove": f"{remove}/{d.code}/hapus" if remove else None,
        }
        for d in documents
    ]
