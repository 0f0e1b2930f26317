"""The smallest declarations that are whole, for tests that change one word of them."""

from pathlib import Path
from typing import Any

from portal.engine.declare import Catalogue, Service, Workflow
from portal.engine.load import load_catalogue

AGENCIES = Path(__file__).parents[2] / "portal" / "agencies"

TINY_SERVICE: dict[str, Any] = {
    "code": "kecil",
    "title": "Layanan Kecil",
    "code_format": "KCL{region}{seq:08}",
    "subject": {"name": "name"},
    "workflow": "kecil",
    "steps": [
        {
            "form": "isi",
            "title": "Isi",
            "fields": [
                {"key": "name", "type": "name", "label": "Nama"},
                {"key": "married", "type": "yes_no", "label": "Kawin?"},
                {"key": "partner", "type": "name", "label": "Pasangan", "when": {"married": "yes"}},
                {
                    "key": "kk",
                    "type": "kk",
                    "label": "Nomor KK",
                    "personal": "yes",
                    "locked": {"personal": "kk"},
                },
            ],
        },
        {
            "documents": "berkas",
            "title": "Berkas",
            "types": ["jpg"],
            "items": [
                {"key": "surat", "label": "Surat"},
                {"key": "buku", "label": "Buku Nikah", "when": {"married": "yes"}},
                {"key": "sptjm", "label": "SPTJM", "required": "no", "instead_of": "surat"},
            ],
        },
        {"review": "kirim", "title": "Kirim", "consent": "setuju"},
    ],
}

TINY_WORKFLOW: dict[str, Any] = {
    "code": "kecil",
    "title": "Alur kecil",
    "states": {
        "draft": {"citizen": "Draft", "staff": "Draf", "waits": "applicant", "edit": "all"},
        "sent": {"citizen": "Dikirim", "staff": "Baru", "waits": "verifier"},
        "done": {"citizen": "Selesai", "staff": "Selesai", "final": "yes"},
        "withdrawn": {"citizen": "Ditarik", "staff": "Ditarik", "final": "yes"},
    },
    "actions": {
        "send": {
            "from": "draft",
            "to": "sent",
            "by": "applicant",
            "label": "Kirim",
            "needs": ["complete"],
        },
        "withdraw": {"from": "sent", "to": "withdrawn", "by": "applicant", "label": "Tarik"},
        "finish": {"from": "sent", "to": "done", "by": "verifier", "label": "Selesai"},
    },
}


def tiny_service(**words: Any) -> Service:
    return Service.model_validate(TINY_SERVICE | words)


def tiny_workflow(**words: Any) -> Workflow:
    return Workflow.model_validate(TINY_WORKFLOW | words)


def shipped_catalogue() -> Catalogue:
    return load_catalogue(AGENCIES)
