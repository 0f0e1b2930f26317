"""A submission as lines to read: labels and words, what changed since the round before, what looks odd."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from portal.engine.fields import field_type
from portal.engine.journey import Journey
from portal.queries.catalogue import Declared
from portal.queries.judging import field_context

Content = Mapping[str, Any]


def read_sections(
    declared: Declared, mode: str, content: Content, before: Content | None, *, is_masked: bool
) -> list[dict[str, Any]]:
    """The form steps of a submission: [{title, rows: [{label, value, target, warning, before}]}].

    before: the round before, whose other values are shown beside; personal values are masked
    in both when `is_masked`.
    """
    journey = _journey(declared, mode, content)
    former = _flat(before) if before else None
    found: list[dict[str, Any]] = []
    for step in declared.service.steps:
        title = step.title
        for n, question in enumerate(_asked(journey, step.key)):
            if n == 0 or question.heading:
                title = question.heading or title
                found.append({"title": title, "rows": []})
            found[-1]["rows"].append(_row(journey, question, former, is_masked=is_masked))
    return found


def read_documents(
    declared: Declared, content: Content, files: Sequence[Any], before: Content | None
) -> list[dict[str, Any]]:
    """The documents of a submission: [{label, target, files: [{code, name, is_new, ...}]}]."""
    known = {file.code: file for file in files}
    sent = [known[d["code"]] for d in content.get("documents", []) if d["code"] in known]
    earlier = {d["code"] for d in before["documents"]} if before else None
    found = []
    for item in declared.service.documents:
        mine = [file for file in sent if file.key == item.key]
        if not mine and not item.required:
            continue
        found.append(
            {
                "label": item.label,
                "target": f"document:{item.key}",
                "files": [
                    {
                        "code": file.code,
                        "name": f"{item.label} {file.sheet}",
                        "dated_on": file.dated_on,
                        "note": file.note or "",
                        "has_picture": file.thumbnail_size > 0,
                        "is_picture": file.media_type.startswith("image/"),
                        "is_new": earlier is not None and file.code not in earlier,
                    }
                    for file in mine
                ],
            }
        )
    return found


def name_targets(declared: Declared) -> dict[str, str]:
    """Everything a note may be about: target -> label, in the order of the form."""
    fields = {
        f"field:{question.key}": question.label
        for question in declared.service.fields
        if not field_type(question.type).transient
    }
    return fields | {f"document:{item.key}": item.label for item in declared.service.documents}


def compare_cases(declared: Declared, mode: str, contents: Sequence[Content]) -> list[dict[str, Any]]:
    """Rows of the same questions over several submissions: [{label, values, differs}]."""
    shown = [
        {
            row["target"]: row
            for section in read_sections(declared, mode, content, None, is_masked=False)
            for row in section["rows"]
        }
        for content in contents
    ]
    rows = []
    for target, row in shown[0].items():
        values = [other[target]["value"] if target in other else "" for other in shown]
        rows.append({"label": row["label"], "values": values, "differs": len(set(values)) > 1})
    return rows


def _journey(declared: Declared, mode: str, content: Content) -> Journey:
    return Journey(
        service=declared.service,
        answers=content.get("answers", {}),
        documents=frozenset(document["key"] for document in content.get("documents", [])),
        context=replace(field_context(declared.agency), answers=_flat(content)),
        mode=mode,
    )


def _asked(journey: Journey, step: str) -> list[Any]:
    return [q for q in journey.visible_fields(step) if not field_type(q.type).transient]


def _row(journey: Journey, question: Any, former: dict[str, str] | None, *, is_masked: bool) -> dict[str, Any]:
    kind, value = field_type(question.type), journey.values.get(question.key, "")
    hidden = is_masked and question.personal

    def shown(text: str) -> str:
        return kind.display(question, text, hidden, journey.context)

    old = former.get(question.key, "") if former is not None else value
    return {
        "label": question.label,
        "value": shown(value),
        "target": f"field:{question.key}",
        "warning": (kind.warning(question, value, journey.context) if value else None) or "",
        "before": (shown(old) or "–") if old != value else "",
    }


def _flat(content: Content) -> dict[str, str]:
    steps = content.get("answers", {}).values()
    return {key: value for given in steps for key, value in given.items()}
