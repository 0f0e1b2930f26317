"""Draws every component into files to look at: `python -m tests.gallery FOLDER [--node-modules PATH]`."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace as Words
from typing import Any

from flask import Flask, Response, render_template
from jinja2 import FileSystemLoader, StrictUndefined

from portal.web import assets
from portal.web.filters import register_filters
from portal.web.i18n import current_language, register_i18n

ROOT = Path(__file__).resolve().parent.parent
AT = datetime(2026, 11, 22, 7, 5, tzinfo=UTC)


def field(key: str, kind: str, label: str, **more: Any) -> Words:
    return Words(
        **{
            "key": key,
            "type": kind,
            "label": label,
            "help": "",
            "required": True,
            "options": (),
            **more,
        }
    )


def asked(
    declared: Words, value: Any = "", error: str | None = None, *, locked: bool = False, given: Any = None
) -> dict[str, Any]:
    return {"field": declared, "value": value, "error": error, "locked": locked, "given": given}


FIELDS = [
    asked(field("nik", "nik", "NIK Bayi/Anak", help="Kosongkan bila belum punya NIK.", required=False)),
    asked(field("nama", "name", "Nama Bayi/Anak"), "", "Isi nama anak seperti di surat kelahiran."),
    asked(field("kk", "kk", "Nomor KK"), "3326160101200007", locked=True),
    asked(field("lahir", "datetime", "Tanggal dan jam lahir"), "2026-11-20T04:30"),
    asked(field("dokumen", "date", "Tanggal Dokumen"), "2026-11-21"),
    asked(field("jam", "time", "Jam"), "14:05"),
    asked(field("kelamin", "choice", "Jenis kelamin", options=[("L", "Laki-laki"), ("P", "Perempuan")]), "P"),
    asked(field("agama", "choice", "Agama", options=[(str(n), f"Pilihan {n}") for n in range(8)]), "3"),
    asked(field("kembar", "yes_no", "Apakah anak kembar?"), "", "Pilih Ya atau Tidak."),
    asked(field("berat", "number", "Berat lahir", unit="gram"), "3200"),
    asked(
        field("wilayah", "region", "Wilayah", help="Alamat menurut KK."),
        given=[
            {"name": "province", "label": "Provinsi", "options": [("33", "Jawa Tengah")], "chosen": "33"},
            {"name": "regency", "label": "Kabupaten/Kota", "options": [("33.26", "Kab. Pekalongan")], "chosen": ""},
            {"name": "district", "label": "Kecamatan", "options": [], "chosen": ""},
        ],
    ),
    asked(field("hp", "phone", "Nomor HP (WhatsApp)", autocomplete="tel"), "081234567890"),
    asked(field("email", "email", "Email", autocomplete="email"), "siti@example.com"),
    asked(field("kata", "password", "Kata Kunci", help="Paling sedikit 8 huruf, angka atau tanda.")),
    asked(field("detail", "textarea", "Detail Permohonan"), "Akta untuk anak pertama."),
    asked(field("berkas", "file", "File Upload", types=["jpg", "jpeg", "png"], help="Foto yang jelas, tidak terpotong.")),
    asked(field("hitung", "captcha", "Hitungan"), given="Berapa 6 dikali 3?"),
    asked(field("setuju", "consent", "Saya menyatakan data ini benar dan dapat dipertanggungjawabkan."), ""),
]  # fmt: skip


def sample() -> dict[str, Any]:
    """Return the words that the gallery pages show."""
    stored = {
        "href": "#",
        "name": "kk-depan.jpg",
        "note": "21 Nov 2026, lembar ke-1",
        "picture": "/foto",
        "remove": "#",
    }
    return {
        "fields": FIELDS,
        "errors": [("#f-nama", "Isi nama anak seperti di surat kelahiran."), ("#f-kembar", "Pilih Ya atau Tidak.")],
        "steps": [
            {"label": "Data anak", "href": "#", "state": "done"},
            {"label": "Orang tua", "href": "#", "state": "current"},
            {"label": "Data dukung", "href": None, "state": "todo"},
            {"label": "Periksa dan kirim", "href": None, "state": "todo"},
        ],
        "services": [
            {"title": "Akta Kelahiran", "href": "#", "note": "Untuk anak yang belum punya akta.", "icon": "person", "closed": None},
            {"title": "Kartu Keluarga", "href": None, "note": "Data keluarga berubah atau kartu hilang.", "icon": "people", "closed": "Pengajuan Pemohonan belum tersedia"},
            {"title": "Akta Kematian", "href": "#", "note": None, "icon": None, "closed": None},
        ],
        "tasks": [
            {"label": "Perbaiki foto Kartu Keluarga", "href": "#", "tone": "action", "state": "Perlu Perbaikan", "note": "Paling lambat 29 November."},
            {"label": "Unduh Akta Kelahiran", "href": "#", "tone": "good", "state": "Sudah jadi", "note": None},
        ],
        "documents": [
            {"key": "kk-dok", "label": "Kartu Keluarga", "is_required": True, "files": [stored], "sample": "#", "add": "#"},
            {"key": "surat", "label": "Surat Keterangan Kelahiran", "is_required": True, "files": [], "note": "Dari bidan, puskesmas atau rumah sakit.", "sample": "#", "add": "#", "error": "Tambahkan surat ini sebelum mengirim."},
            {"key": "ktp", "label": "KTP Elektronik", "is_required": False, "files": [], "add": "#"},
        ],
        "answers": [
            {"label": "NIK Bayi/Anak", "value": "", "href": "#"},
            {"label": "Nama Bayi/Anak", "value": "Dewi Anggraini", "href": "#"},
            {"label": "Nomor KK", "value": "3326160101200007"},
            {"label": "Lahir", "value": "20 November 2026 pukul 04.30"},
        ],
        "events": [
            {"title": "Dikembalikan untuk diperbaiki", "at": AT, "actor": "Petugas", "body": "Foto kurang jelas.", "tone": "action"},
            {"title": "Pengajuan dikirim", "at": AT, "actor": None, "body": None, "tone": None},
        ],
        "talk": [
            {"name": "Petugas", "at": AT, "text": "Selamat siang. Mohon foto ulang KK, ya."},
            {"name": "Anda", "at": AT, "text": "Baik, saya kirim sekarang.", "is_own": True},
        ],
        "views": [
            {"label": "Baru", "href": "#", "is_current": True, "count": "12"},
            {"label": "Diperiksa", "href": "#", "is_current": False, "count": "3"},
            {"label": "Selesai", "href": "#", "is_current": False, "count": None},
        ],
        "figures": [
            {"label": "Baru", "value": "12", "href": "#", "tone": "waiting"},
            {"label": "Perlu perbaikan", "value": "3", "href": None, "tone": "action"},
            {"label": "Terbit bulan ini", "value": "1.204", "href": None, "tone": "good"},
            {"label": "Ditolak", "value": "7", "href": None, "tone": None},
        ],
        "rows": [
            (f"AKL3326-4T7K-{n:02}", name, "3326160101200007", AT, due, tone, state)
            for n, (name, due, tone, state) in enumerate([
                ("Siti Aminah", "2 hari lagi", "waiting", "Baru"), ("Budi Santoso", "hari ini", "action", "Diperiksa"),
                ("Rizky Pratama", "lewat 1 hari", "bad", "Terlambat"), ("Dewi Anggraini", "3 hari lagi", "good", "Terbit"),
                ("Muhammad Fajar Nugroho Wibisono", "3 hari lagi", "neutral", "Draf"),
            ])
        ],
        "picture": "/foto",
    }  # fmt: skip


def picture() -> Response:
    """Return a drawn sheet in place of a citizen's photo."""
    lines = "".join(f'<path d="M50 {y}h500" stroke="#99a"/>' for y in range(90, 380, 28))
    sheet = f'<rect width="600" height="420" fill="#c9d6cf"/><rect x="30" y="30" width="540" height="360" fill="#f4f7f1"/>{lines}'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 420">{sheet}</svg>'
    return Response(svg, mimetype="image/svg+xml")


def make_app(folder: Path) -> Flask:
    """Return an application that only draws: no database, no session of anybody."""
    app = Flask("gallery", static_folder=None)
    app.config.update(SECRET_KEY="only for drawing", ASSETS_FOLDER=folder, TESTING=True)
    # The gallery's own pages lie with the tests; what they show is the portal's.
    app.jinja_loader = FileSystemLoader([Path(__file__).parent / "templates", ROOT / "portal" / "templates"])
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    register_filters(app)
    register_i18n(app)
    app.jinja_env.globals.update(csrf_token=lambda: "x" * 91)
    app.context_processor(lambda: shell("citizen"))
    app.add_url_rule("/aset/<path:name>", view_func=assets.send_asset)
    app.add_url_rule("/foto", "foto", picture)
    app.add_url_rule("/", "gallery", lambda: render_template("gallery.html", **sample()))
    app.add_url_rule(
        "/petugas",
        "officer",
        lambda: render_template("gallery_officer.html", **{**shell("officer"), **sample()}),
    )
    app.add_url_rule("/masuk", "login", lambda: render_template("gallery_login.html", **shell(None)))
    return app


def shell(audience: str | None) -> dict[str, Any]:
    """Return what the context processor gives every page."""
    labels = ["Kotak masuk", "Pemohon", "Informasi", "Pengaturan"] if audience == "officer" else [
        "Home", "Pemohon", "Persyaratan", "Formulir", "Informasi", "Pengajuan",
    ]  # fmt: skip
    return {
        "viewer": Words(
            is_logged_in=bool(audience), name="Siti Aminah", audience=audience, duties=(), ends_at=AT, seconds_left=1800
        ),
        "nav": [{"label": label, "href": "#", "is_current": n == 0} for n, label in enumerate(labels)],
        "site": Words(
            name="Loket",
            agency=Words(
                code="dukcapil", name="Disdukcapil Kabupaten Pekalongan", application_name="SINTREN", accent="clay",
                hours_text="Permohonan akan diproses pada hari dan jam kerja: Senin–Rabu 07.30–16.00.", call_centre="+6281234567890",
            ),
        ),
        "is_demo": True,
        "path": "/",
        "language": current_language(),
    }  # fmt: skip


def main() -> None:
    """Build the assets into the folder and serve the gallery on a port of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--node-modules", type=Path, default=ROOT / "node_modules")
    parser.add_argument("--port", type=int, default=8765)
    options = parser.parse_args()
    assets.build(options.folder, options.node_modules)
    make_app(options.folder).run(port=options.port)


if __name__ == "__main__":
    main()
