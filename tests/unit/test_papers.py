"""Papers say what they are given, on A4, with a code that leads back, and touch nothing outside."""

import http.server
import io
import logging
import threading
from dataclasses import replace

import pypdf
import pypdfium2
import pytest
import zxingcpp
from jinja2 import TemplateNotFound, UndefinedError

from portal.documents import pdf
from portal.documents.contexts import CertificateContext, Letterhead, ProofContext, Row, Section
from portal.documents.pdf import RenderFailed, find_fonts, qr_png_data_uri, render_document, render_pdf

ADDRESS = "https://loket.example/verifikasi/K7QM-2F9X-TR4D"
LETTERHEAD = Letterhead(
    government="Pemerintah Kabupaten Pekalongan",
    agency="Dinas Kependudukan dan Pencatatan Sipil",
    address="Jl. Sumbing No. 2, Kajen",
    contact="WA 0852-9349-9722",
)
SECTIONS = (
    Section(rows=(Row("Nama anak", "SITI NUR’AINI", "Name of the child"), Row("Anak ke", "2 (dua)"))),
    Section(heading="Orang tua", rows=(Row("Ayah", "BUDI <b>&amp;</b> SANTOSO"), Row("Ibu", "DEWI"))),
)


@pytest.fixture
def certificate():
    return CertificateContext(
        letterhead=LETTERHEAD,
        title="Kutipan Akta Kelahiran",
        title_english="Excerpt of Birth Certificate",
        number="3326-LU-22112026-0001",
        sections=SECTIONS,
        issued_at="Kajen",
        issued_on="22 November 2026",
        signatory_role="Pejabat Pencatatan Sipil",
        signatory_name="AGUS CONTOH",
        signatory_number="19700101 199503 1 001",
        signature_statement="Sertifikat diterbitkan oleh BSrE",
        verification_url=ADDRESS,
        short_code="K7QM-2F9X-TR4D",
        is_demo=True,
    )


@pytest.fixture
def proof():
    return ProofContext(
        letterhead=LETTERHEAD,
        service="Akta Kelahiran",
        code="AKL332600000123",
        sent_at="22 November 2026 pukul 14.05 WIB",
        sections=SECTIONS,
        documents=("Kartu Keluarga",),
        handled_by="Verifikator Disdukcapil",
        due_on="24 November 2026",
        next_steps=("Petugas memeriksa data Anda.",),
        help_number="WA 0852-9349-9722",
        follow_url="https://loket.example/permohonan/AKL332600000123",
        is_demo=True,
    )


def printed(template, context):
    return render_pdf(render_document(template, context), strict=True)


def words_of(paper):
    document = pypdfium2.PdfDocument(paper)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def printed_pages(template, context):
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(printed(template, context))]


@pytest.mark.parametrize("template", ["base_certificate.html", "kutipan-akta-kelahiran.html"])
def test_a_certificate_is_one_a4_page_with_everything_it_certifies(certificate, template):
    paper = printed(template, certificate)
    document = pypdf.PdfReader(io.BytesIO(paper))
    assert [tuple(round(float(side)) for side in page.mediabox[2:]) for page in document.pages] == [(595, 842)]
    words = words_of(paper)
    for expected in ("3326-LU-22112026-0001", "SITI NUR’AINI", "2 (dua)", "Orang tua", "AGUS CONTOH", "K7QM-2F9X-TR4D",
                     ADDRESS, "Halaman 1 dari 1", "BUDI <b>&amp;</b> SANTOSO"):  # fmt: skip
        assert expected in words


def test_a_certificate_states_its_language_and_title(certificate):
    document = pypdf.PdfReader(io.BytesIO(printed("kutipan-akta-kelahiran.html", certificate)))
    assert document.metadata.title == "Kutipan Akta Kelahiran 3326-LU-22112026-0001"
    assert document.metadata.author == LETTERHEAD.agency
    assert document.trailer["/Root"]["/Lang"] == "id"


def test_the_printed_code_leads_to_the_verification_page(certificate):
    image = pypdfium2.PdfDocument(printed("kutipan-akta-kelahiran.html", certificate))[0].render(scale=2).to_pil()
    codes = zxingcpp.read_barcodes(image)
    assert [(code.text, code.ec_level) for code in codes] == [(ADDRESS, "H")]


def test_a_demo_certificate_says_so_on_every_page_and_claims_no_authority(certificate):
    rows = tuple(Row(f"Baris {number}", "isi " * 20) for number in range(60))
    pages = printed_pages("base_certificate.html", replace(certificate, sections=(Section(rows=rows),)))
    assert len(pages) > 1
    assert all(page.count("SIMULASI - bukan dokumen resmi") == 2 for page in pages)
    assert f"Halaman {len(pages)} dari {len(pages)}" in pages[-1]
    assert not any("diterbitkan oleh BSrE" in page for page in pages)


def test_a_real_certificate_carries_no_mark_of_the_demo(certificate):
    words = words_of(printed("kutipan-akta-kelahiran.html", replace(certificate, is_demo=False)))
    assert "SIMULASI" not in words
    assert "Sertifikat diterbitkan oleh BSrE" in words


def test_the_signature_block_stays_on_one_page(certificate):
    for count in range(14, 26):
        rows = tuple(Row(f"Baris {number}", "isi") for number in range(count))
        pages = printed_pages("base_certificate.html", replace(certificate, sections=(Section(rows=rows),)))
        assert sum("Kajen, 22 November" in page and "19700101" in page and ADDRESS in page for page in pages) == 1


def test_a_proof_says_what_was_sent_who_has_it_and_what_comes_next(proof):
    words = words_of(printed("bukti-pengiriman.html", proof))
    for expected in ("AKL332600000123", "22 November 2026 pukul 14.05 WIB", "Verifikator Disdukcapil", "Kartu Keluarga",
                     "24 November 2026", "Petugas memeriksa data Anda.", "WA 0852-9349-9722", "SITI"):  # fmt: skip
        assert expected in words


def test_a_heading_is_never_the_last_line_of_a_page(proof):
    for count in range(8, 20):
        rows = tuple(Row(f"Baris {number}", "isi") for number in range(count))
        pages = printed_pages(
            "bukti-pengiriman.html", replace(proof, sections=(Section(rows=rows, heading="Orang tua"),))
        )
        assert all(("Kartu Keluarga" in page) == ("\nDokumen" in page) for page in pages)


def test_a_proof_without_a_promised_day_leaves_the_line_out(proof):
    assert "Paling lambat" not in words_of(printed("bukti-pengiriman.html", replace(proof, due_on="")))


def test_markup_of_a_citizen_is_printed_and_not_obeyed(certificate):
    row = Row("Nama", '<img src="http://127.0.0.1:1/x"><pdf:nextpage />')
    html = render_document("base_certificate.html", replace(certificate, sections=(Section(rows=(row,)),)))
    assert "<pdf:nextpage" not in html
    assert len(pypdfium2.PdfDocument(render_pdf(html, strict=True))) == 1


def test_unprintable_signs_are_left_out(certificate):
    row = Row("Nama", "A\x00B\u202eC\u200bD")
    html = render_document("base_certificate.html", replace(certificate, sections=(Section(rows=(row,)),)))
    assert "ABCD" in html


def test_words_beyond_all_measure_are_refused(certificate):
    with pytest.raises(ValueError, match="more words"):
        render_document("base_certificate.html", replace(certificate, statement="x" * 5000))


def test_a_name_that_the_context_lacks_is_an_error(proof):
    with pytest.raises(UndefinedError):
        render_document("base_certificate.html", proof)


def test_an_agency_brings_its_own_template_and_shares_the_rest(certificate, tmp_path, monkeypatch):
    own = tmp_path / "contoh" / "documents"
    own.mkdir(parents=True)
    own.joinpath("surat.html").write_text('{% extends "base_certificate.html" %}{% block closing %}MILIK{% endblock %}')
    monkeypatch.setattr(pdf, "AGENCIES", tmp_path)
    pdf._environment.cache_clear()
    assert "MILIK" in render_document("surat.html", certificate, agency="contoh")
    assert "MILIK" not in render_document("base_certificate.html", certificate, agency="contoh")
    with pytest.raises(TemplateNotFound):
        render_document("surat.html", certificate)
    pdf._environment.cache_clear()


@pytest.mark.parametrize(("template", "agency"), [("../base.html", None), ("surat.html", "../x"), ("/etc/passwd", "x")])
def test_a_template_is_never_found_outside_its_folders(certificate, template, agency):
    with pytest.raises((TemplateNotFound, ValueError)):
        render_document(template, certificate, agency=agency)


def test_rendering_never_asks_the_network_or_reads_a_foreign_file(tmp_path):
    asked = []

    class Ear(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)

        def log_message(self, *_):
            pass

    tmp_path.joinpath("secret.txt").write_text("rahasia")
    with http.server.HTTPServer(("127.0.0.1", 0), Ear) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        place = f"http://127.0.0.1:{server.server_port}"
        render_pdf(
            f'<style>@import "{place}/a.css"; body {{ background-image: url({place}/b.png) }}</style>'
            f'<link rel="stylesheet" href="{place}/c.css"><img src="{place}/d.png">'
            f'<img src="file://{tmp_path}/secret.txt"><p>isi</p>'
        )
        server.shutdown()
        thread.join()
    assert asked == []


def test_a_warning_of_the_renderer_fails_when_strict_and_is_forgiven_when_not():
    html = "<style>p { float: left }</style><p>isi</p>"
    with pytest.raises(RenderFailed, match="float"):
        render_pdf(html, strict=True)
    assert render_pdf(html).startswith(b"%PDF")


def test_without_the_font_papers_are_still_made(certificate, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(pdf, "FONTS", tmp_path / "public-sans")
    with caplog.at_level(logging.WARNING, logger="portal.documents.pdf"):
        assert find_fonts() is None
    assert "Helvetica" in caplog.text
    assert "SITI NUR’AINI" in words_of(printed("kutipan-akta-kelahiran.html", certificate))


def test_with_the_font_it_is_embedded(certificate):
    if find_fonts() is None:
        pytest.skip("Public Sans is not installed here.")
    document = pypdf.PdfReader(io.BytesIO(printed("base_certificate.html", certificate)))
    fonts = [str(font.get_object()["/BaseFont"]) for font in document.pages[0]["/Resources"]["/Font"].values()]
    assert any("PublicSans" in name for name in fonts)


def test_a_code_is_a_picture_in_the_page():
    assert qr_png_data_uri("x").startswith("data:image/png;base64,")
