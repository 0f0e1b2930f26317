"""Services that only tests declare, beside the shipped ones, in the portal that runs."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from flask import Flask

from portal import AGENCIES
from portal.engine.check import check
from portal.engine.load import load_catalogue
from portal.operations.declarations import sync_declarations
from portal.operations.effects import EFFECTS
from portal.queries.catalogue import forget_pinned
from portal.transaction import transaction

TEMPLATES = Path(__file__).parents[1] / "portal" / "templates" / "documents"

# Residence in one sentence: asked, looked at, and issued at once as a paper that nobody signs.
LETTER = {
    "dukcapil/services/surat-domisili.yaml": """\
code: surat-domisili
title: Surat Domisili
group: Pendaftaran Penduduk
summary: Surat tentang tempat tinggal. Gratis.
code_format: "DOM{region}{seq:08}"
subject: {name: person}
availability: {hours: agency, per_day: "10"}
answer_within: "1"
report_within: "30"
workflow: terbit-langsung
contacts: {phone: phone, email: email}
steps:
  - form: isi
    title: Isi
    fields:
      - {key: person, type: name, label: Nama Penduduk}
      - {key: phone, type: phone, label: Nomor HP, personal: "yes", locked: {personal: phone}}
      - {key: email, type: email, label: Email, personal: "yes", locked: {personal: email}}
  - review: kirim
    title: Periksa dan Kirim
    consent: persetujuan-layanan
outputs:
  - key: surat
    title: Surat Domisili
    template: base_certificate
    number: "{region}-DOM-{ddmmyyyy}-{seq:04}"
    signed: "no"
    subject: person
    lines:
      - {label: Nama, value: "{person}"}
    delivery: {downloads: "1", for: 7d, resume: 30m}
requirements:
  - Kartu Tanda Penduduk dari kelurahan.
process:
  - Isi nama, lalu kirim.
  - Surat terbit begitu disetujui.
""",
    "dukcapil/workflows/terbit-langsung.yaml": """\
code: terbit-langsung
title: Terbit tanpa tanda tangan
states:
  draft:    {citizen: Draft, staff: Draf, waits: applicant, edit: all, tone: action, means: 'Belum dikirim.'}
  sent:     {citizen: Pengajuan Dikirim, staff: Baru, waits: verifier, clock: running, tone: waiting}
  issued:   {citizen: Sudah Terbit, staff: Terbit, final: "yes", tone: good, means: Unduh satu kali dalam 1 minggu.}
  reported: {citizen: Kesalahan Dilaporkan, staff: Laporan, waits: signer, clock: running, tone: waiting}
  withdrawn: {citizen: Ditarik, staff: Ditarik, final: "yes"}
actions:
  send:     {from: draft, to: sent, by: applicant, label: Kirim Pengajuan, hidden: "yes", needs: [complete, consent, membership, person_agreed], effects: [{notify: terkirim}]}
  withdraw: {from: sent, to: withdrawn, by: applicant, label: Tarik pengajuan, tone: danger}
  approve:  {from: sent, to: issued, by: verifier, label: Terbitkan, tone: primary, confirm: {text: 'Terbitkan?', yes: 'Ya'}, needs: [undisputed], effects: [{issue: surat}, {deliver: surat}, {notify: ada-kabar}]}
  reopen:   {from: issued, to: issued, by: verifier, label: Buka unduhan lagi, needs: [reason], effects: [{reopen_download: surat}]}
  report:   {from: issued, to: reported, by: applicant, label: Laporkan kesalahan, needs: [reason, within_report_period]}
  keep:     {from: reported, to: issued, by: signer, label: Surat sudah benar, needs: [reason]}
  replace:  {from: [issued, reported], to: sent, by: signer, label: Ganti, needs: [reason], effects: [{replace: surat}]}
""",
}


@contextmanager
def declared(app: Flask, folder: Path, files: Mapping[str, str]) -> Iterator[None]:
    """Run the portal with these files beside the shipped ones; as `portal check` and `portal sync` would take them.

    files: path below the folder of agencies -> YAML. To be called with an app context.
    """
    agencies = Path(shutil.copytree(AGENCIES, folder / "agencies"))
    for name, text in files.items():
        assert not (agencies / name).exists(), name
        (agencies / name).write_text(text)
    catalogue = load_catalogue(agencies)
    assert check(catalogue, {path.stem for path in TEMPLATES.glob("*.html")}, set(EFFECTS)) == []
    before = app.extensions["catalogue"]
    app.extensions["catalogue"] = catalogue
    forget_pinned()
    try:
        with transaction():
            sync_declarations(catalogue)
        yield
    finally:
        app.extensions["catalogue"] = before
        forget_pinned()
