"""What people type into the application for a birth certificate, step by step, and the papers it must have."""

from __future__ import annotations

TYPED: dict[str, dict[str, str]] = {
    "detail": {
        "baby_name": "DEWI ANGGRAINI",
        "detail": "Akta kelahiran baru, belum punya NIK.",
        "sex": "female",
        "birth_place": "Pekalongan",
        "birth_facility": "hospital",
        "born_at": "2026-11-20T04:30",
        "birth_order": "1",
        "helper": "midwife",
        "weight": "3200",
    },
    "orang-tua": {
        "mother_nik": "9901014508900001",
        "mother_name": "SITI AMINAH",
        "has_father": "yes",
        "father_nik": "9901010203850002",
        "father_name": "BUDI SANTOSO",
    },
    "saksi": {
        "witness1_nik": "9901010203850003",
        "witness1_name": "AGUS SALIM",
        "witness2_nik": "9901010203850004",
        "witness2_name": "JOKO SUSILO",
    },
}
PAPERS = ("kartu-keluarga", "surat-kelahiran", "buku-nikah", "formulir")
