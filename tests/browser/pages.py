"""Every page that people meet, with the applications in the states that it needs."""

from __future__ import annotations

from typing import Any

from portal.extensions import db
from portal.operations import throttle
from tests.browser.site import Site
from tests.client import CheckedClient
from tests.desk_cases import send_case
from tests.journeys import applying, desk, joining
from tests.people import AGENCY, SERVICE

SITI = "SITI AMINAH"
Places = dict[str, str]
CHILDREN = {
    "sent": "RIZKY PRATAMA",
    "taken": "DEWI ANGGRAINI",
    "revision": "BAGUS SETIAWAN",
    "refused": "AYU LESTARI",
    "signing": "FAJAR NUGROHO",
    "issued": "PUTRI MAHARANI",
}

# name -> (whose: "" a stranger, a citizen's name or an officer's role; path with places of `every_place`)
PAGES: dict[str, tuple[str, str]] = {
    "home": ("", "/"),
    "agency": ("", f"/instansi/{AGENCY}"),
    "requirements": ("", f"/persyaratan/{AGENCY}"),
    "service": ("", f"/layanan/{AGENCY}/{SERVICE}"),
    "information": ("", "/informasi"),
    "guide": ("", "/panduan"),
    "upload-guide": ("", "/panduan/unggah"),
    "sample": ("", "/contoh/kartu-keluarga"),
    "register": ("", f"/daftar/{AGENCY}"),
    "status": ("", f"/daftar/{AGENCY}/status"),
    "login": ("", f"/masuk/{AGENCY}"),
    "forgotten": ("", f"/masuk/{AGENCY}/lupa"),
    "activation-ended": ("", "/aktivasi/tidak-ada"),
    "verification-ask": ("", "/verifikasi"),
    "verification": ("", "/verifikasi/{verification}"),
    "verification-unknown": ("", "/verifikasi/tidak-ada"),
    "not-found": ("", "/tidak-ada"),
    "officer-login": ("", "/petugas/masuk"),
    "choose-registration": ("", "/daftar"),
    "choose-login": ("", "/masuk"),
    "login-outside": ("", "/masuk/imigrasi"),
    "forgotten-any-name": ("", "/masuk/imigrasi/lupa"),
    "forgotten-by-mail": ("", "/masuk/karantina/lupa"),
    "forgotten-sent": ("", f"/masuk/{AGENCY}/lupa/terkirim"),
    "status-by-mail": ("", "/daftar/karantina/status"),
    "link-ended": ("", "/kata-kunci/tidak-ada"),
    "made-account-ended": ("", "/akun-baru/tidak-ada"),
    "not-mine-ended": ("", "/bukan-nomor-saya/tidak-ada"),
    "agency-in": (SITI, f"/instansi/{AGENCY}"),
    "service-in": (SITI, f"/layanan/{AGENCY}/{SERVICE}"),
    "account": (SITI, "/akun"),
    "devices": (SITI, "/akun/perangkat"),
    "my-data": (SITI, "/akun/data-saya"),
    "outside": (SITI, "/akun/masuk-luar"),
    "password": (SITI, "/akun/kata-kunci"),
    "phone": (SITI, "/akun/nomor-hp"),
    "email": (SITI, "/akun/email"),
    "photo": (SITI, "/akun/foto"),
    "join-second": (SITI, "/daftar/imigrasi"),
    "applications": (SITI, "/permohonan"),
    "applications-none": (SITI, "/permohonan?kode=TIDAKADA"),
    "draft": (SITI, "/permohonan/{draft}"),
    "step-first": (SITI, "/permohonan/{empty}/langkah/detail"),
    "step-filled": (SITI, "/permohonan/{draft}/langkah/orang-tua"),
    "step-documents": (SITI, "/permohonan/{draft}/langkah/data-dukung"),
    "document-earlier": (SITI, "/permohonan/{draft}/data-dukung/kartu-keluarga"),
    "document-new": (SITI, "/permohonan/{draft}/data-dukung/ktp?pilihan=baru"),
    "step-review": (SITI, "/permohonan/{draft}/langkah/kirim"),
    "erase": (SITI, "/permohonan/{draft}/hapus"),
    "sent": (SITI, "/permohonan/{sent}"),
    "proof": (SITI, "/permohonan/{sent}/bukti"),
    "withdraw": (SITI, "/permohonan/{sent}/tindakan/withdraw"),
    "revision": (SITI, "/permohonan/{revision}"),
    "revision-documents": (SITI, "/permohonan/{revision}/langkah/data-dukung"),
    "explain": (SITI, "/permohonan/{revision}/catatan/1"),
    "refused": (SITI, "/permohonan/{refused}"),
    "object": (SITI, "/permohonan/{refused}/tindakan/object"),
    "issued": (SITI, "/permohonan/{issued}"),
    "paper": (SITI, "/permohonan/{issued}/dokumen/{verification}"),
    "chat": (SITI, "/permohonan/{taken}/obrolan"),
    "work": ("verifier", "/petugas/"),
    "list": ("verifier", "/petugas/permohonan?status=semua"),
    "list-none": ("verifier", "/petugas/permohonan?q=TIDAKADA"),
    "case": ("verifier", "/petugas/permohonan/{taken}"),
    "case-talk": ("verifier", "/petugas/permohonan/{taken}/percakapan"),
    "case-history": ("verifier", "/petugas/permohonan/{issued}/riwayat"),
    "case-approve": ("verifier", "/petugas/permohonan/{taken}/tindakan/approve"),
    "case-return": ("verifier", "/petugas/permohonan/{taken}/tindakan/return"),
    "case-refuse": ("verifier", "/petugas/permohonan/{taken}/tindakan/refuse"),
    "registrations": ("registrar", "/petugas/pendaftaran"),
    "registration": ("registrar", "/petugas/pendaftaran?status=semua"),
    "registration-case": ("registrar", "/petugas/permohonan/{registration}"),
    "counter": ("registrar", f"/petugas/pendaftaran/{AGENCY}/baru"),
    "recoveries": ("registrar", "/petugas/pemulihan"),
    "duties": ("admin", "/petugas/tugas"),
    "duty-give": ("admin", "/petugas/tugas/beri"),
    "officer-invite": ("admin", "/petugas/tugas/undang"),
    "officer-account": ("admin", "/petugas/akun"),
    "second-factor": ("admin", "/petugas/akun/kode-kedua"),
    "confirm-again": ("admin", "/petugas/konfirmasi"),
    "leave": ("admin", "/petugas/keluar"),
    "data-requests": ("dpo", "/petugas/data-pribadi"),
    "breaches": ("dpo", "/petugas/kebocoran"),
    "breach-new": ("dpo", "/petugas/kebocoran/baru"),
    "to-sign": ("signer", "/petugas/tanda-tangan"),
    "supervisor-history": ("supervisor", "/petugas/permohonan/{issued}/riwayat"),
}


def every_place(site: Site) -> Places:
    """The path of each page, on applications that are made for it."""
    with site.app.app_context():
        throttle.forget_memory()
        codes = _codes(site)
        db.session.remove()
    return {name: path.format(**codes) for name, (_, path) in PAGES.items()}


def _codes(site: Site) -> dict[str, str]:
    siti, verifier = site.client(SITI), site.client("verifier")
    account_id = site.people[SITI]
    codes: dict[str, Any] = {"registration": joining.register(site.client())}
    for state, name in CHILDREN.items():
        codes[state] = send_case(account_id, baby_name=name)
        if state != "sent":
            desk.act(verifier, codes[state], "take")
    _talk(siti, verifier, codes["taken"])
    desk.note(verifier, codes["taken"], "field:baby_name", "Nama belum sama dengan surat kelahiran.")
    desk.note(verifier, codes["revision"], "document:kartu-keluarga", "Fotonya buram. Ambil lagi.")
    desk.act(verifier, codes["revision"], "return")
    desk.act(verifier, codes["refused"], "refuse", reason="Nama Ibu belum sesuai dengan KK.")
    desk.act(verifier, codes["issued"], "approve")
    site.do_jobs()
    desk.sign_all(site.client("signer"))
    desk.act(verifier, codes["signing"], "approve")
    site.do_jobs()
    siti.get(applying.page(codes["issued"]))
    codes["verification"] = siti.page.link("/dokumen/").rpartition("/")[2]
    codes["draft"] = applying.start(siti)
    applying.fill_forms(siti, codes["draft"])
    applying.add_documents(siti, codes["draft"])
    codes["empty"] = applying.start(siti)
    return codes


def _talk(siti: CheckedClient, verifier: CheckedClient, code: str) -> None:
    siti.get(applying.page(code))
    siti.submit({"text": "Selamat pagi, apakah KK lama boleh?"}, form="/obrolan")
    verifier.get(desk.path(code, "/percakapan"))
    verifier.submit({"text": "Boleh, asal masih terbaca."}, form="/percakapan")
