"""Uploads are told by content, rebuilt without anything that acts, and refused with a cause and a cure."""

import hashlib
import io
import re
import socket
import threading
import zlib

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from portal.documents import pictures
from portal.documents.refusals import UploadRefused, _texts, size_in_words
from portal.documents.uploads import inspect_upload
from portal.integrations.scanner import EICAR, ClamdScanner, EicarScanner, ScannerUnavailable
from tests import fixtures_files as files

MB = 1024 * 1024
PICTURES = ("jpg", "jpeg", "png", "jfif")
ALL = (*PICTURES, "pdf")


def take(content, name="foto.jpg", allowed=ALL, max_bytes=4 * MB, scanner=None):
    return inspect_upload(io.BytesIO(content), name, allowed=allowed, max_bytes=max_bytes, scanner=scanner)


def refusal_of(content, **options):
    with pytest.raises(UploadRefused) as refusal:
        take(content, **options)
    return refusal.value


def everything_in(pdf_bytes):
    """All bytes of a PDF, with its streams unpacked."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf_bytes)) as pdf:
        pdf.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.all, compress_streams=False,
                 object_stream_mode=pikepdf.ObjectStreamMode.disable)  # fmt: skip
    return out.getvalue()


@pytest.mark.req("SIN-59")
@pytest.mark.parametrize("name", ["a.jpg", "a.jpeg", "a.jfif", "a.png", "a.exe", "a"])
def test_a_jpeg_is_a_jpeg_whatever_its_name(name):
    upload = take(files.photo(), name=name, allowed=("jpg", "jpeg", "png", "jfif"))
    assert (upload.kind, upload.mime_type, upload.original_name) == ("jpg", "image/jpeg", "a.jpg")


@pytest.mark.req("SIN-59")
def test_a_pdf_is_refused_where_only_pictures_are_asked_for():
    refusal = refusal_of(files.paper(), name="akta.jpg", allowed=PICTURES)
    assert refusal.cause == "wrong_type"
    assert "jpg, jpeg, png, jfif" in refusal.message()


def test_a_pdf_is_taken_where_the_service_allows_it():
    upload = take(files.paper(3), name="akta.pdf")
    assert (upload.kind, upload.pages, upload.width, upload.thumbnail) == ("pdf", 3, None, None)


def test_only_jfif_allowed_still_takes_a_jpeg_and_no_png():
    assert take(files.photo(), allowed=("jfif",)).kind == "jpg"
    assert refusal_of(files.photo(format_name="PNG"), allowed=("jfif",)).cause == "wrong_type"


def test_a_big_photo_is_made_smaller_and_gets_a_thumbnail():
    upload = take(files.photo((4000, 3000)))
    assert (upload.width, upload.height) == (2400, 1800)
    with Image.open(io.BytesIO(upload.content)) as kept, Image.open(io.BytesIO(upload.thumbnail)) as small:
        assert kept.size == (2400, 1800)
        assert max(small.size) == 320


def test_a_photo_loses_its_place_comment_and_profile_and_stands_upright():
    upload = take(files.photo_with_secrets())
    assert (upload.width, upload.height) == (600, 800)
    for content in (upload.content, upload.thumbnail):
        assert files.GPS_PLACE.encode() not in content
        with Image.open(io.BytesIO(content)) as image:
            assert not image.getexif()
            assert not {"icc_profile", "comment", "exif"} & set(image.info)


@pytest.mark.parametrize("mode", ["RGB", "L", "1", "P", "RGBA", "LA", "I;16"])
def test_every_png_mode_becomes_a_plain_picture(mode):
    upload = take(files.photo((120, 80), mode=mode, format_name="PNG"))
    with Image.open(io.BytesIO(upload.content)) as image:
        assert image.mode == "RGB"
        assert min(image.convert("RGB").getpixel((119, 1))) > 240, "the white corner stays white"


def test_a_cmyk_jpeg_becomes_a_plain_picture():
    with Image.open(io.BytesIO(take(files.photo(mode="CMYK")).content)) as image:
        assert image.mode == "RGB"


def test_what_is_transparent_becomes_paper():
    with Image.open(io.BytesIO(take(files.transparent_png()).content)) as image:
        assert image.getpixel((1, 1)) == (255, 255, 255)
        assert image.getpixel((100, 50)) == (0, 0, 0)


def test_a_small_drawing_stays_png_and_a_photograph_becomes_jpeg():
    assert take(files.photo(format_name="PNG"), name="gambar.png").kind == "png"
    photograph = take(files.noisy_png(), name="gambar.png")
    assert (photograph.kind, photograph.original_name) == ("jpg", "gambar.jpg")


@pytest.mark.req("XCT-03")
@pytest.mark.parametrize("tail", [files.zip_tail, files.script_tail])
@pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
def test_nothing_behind_a_picture_passes(tail, format_name):
    upload = take(tail(files.photo(format_name=format_name)))
    assert not re.search(rb"jahat|PK\x03\x04|<script", upload.content)


def test_a_script_in_a_comment_does_not_pass():
    assert b"<?php" not in take(files.script_comment()).content


@pytest.mark.req("XCT-03")
@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", "empty"),
        (files.photo()[:2000], "unreadable"),
        (files.photo(format_name="PNG")[:900], "unreadable"),
        (b"\xff\xd8\xff\xe0" + bytes(500), "unreadable"),
        (files.bomb_png(), "too_big"),
        (files.many_scans_jpeg(), "harmful"),
        (files.svg_with_script(), "harmful"),
        (b"MZ" + bytes(300), "harmful"),
        (b"#!/bin/sh\nrm -rf /", "harmful"),
        (b"<html><script>alert(1)</script>", "harmful"),
        (files.html_as_pdf(), "unreadable"),
        (files.paper()[:20], "unreadable"),
        (files.locked_paper(), "unreadable"),
        (files.locked_paper(password=""), "unreadable"),
        (files.photo(format_name="GIF"), "wrong_type"),
        (files.photo(format_name="TIFF"), "wrong_type"),
        (files.zip_tail(b""), "wrong_type"),
        (b"halo dunia", "wrong_type"),
        (files.paper(101), "too_big"),
    ],
)
def test_bad_files_are_refused_with_their_cause(content, cause):
    assert refusal_of(content).cause == cause


@pytest.mark.req("SIN-64")
def test_a_file_over_the_limit_is_not_read_further():
    class Endless(io.RawIOBase):
        asked = 0

        def read(self, size=-1):
            self.asked += size
            return b"\xff" * size

    stream = Endless()
    with pytest.raises(UploadRefused) as refusal:
        inspect_upload(stream, "besar.jpg", allowed=PICTURES, max_bytes=MB)
    assert (refusal.value.cause, stream.asked) == ("too_big", MB + 1)
    assert "1 MB" in refusal.value.message()
    assert "200 atau 150 DPI" in refusal.value.cure()


def test_a_file_of_exactly_the_limit_is_taken():
    content = files.photo()
    assert take(content, max_bytes=len(content)).kind == "jpg"
    assert refusal_of(content, max_bytes=len(content) - 1).cause == "too_big"


@pytest.mark.req("SIN-64", "SIN-65")
@pytest.mark.parametrize("language", ["id", "en"])
@pytest.mark.parametrize("text", sorted(_texts()))
def test_every_refusal_says_in_two_plain_sentences_what_is_wrong_and_what_to_do(text, language):
    refusal = UploadRefused(text, size="2 MB", limit="1 MB", types="jpg", pages="9")
    for words in (refusal.message(language), refusal.cure(language)):
        sentences = [part for part in re.split(r"[.!?](?:\s|$)", words) if part]
        assert 1 <= len(sentences) <= 2
        assert all(len(sentence.split()) <= 15 for sentence in sentences), words
        assert "Forbidden" not in words
    assert refusal.cause in {"too_big", "wrong_type", "harmful", "unreadable", "empty", "infected"}
    assert (refusal.message_key, refusal.cure_key) == (f"upload.{text}.message", f"upload.{text}.cure")


@pytest.mark.parametrize(
    ("size", "words"), [(10, "1 KB"), (300_000, "293 KB"), (MB, "1 MB"), (int(2.5 * MB), "2,5 MB")]
)
def test_sizes_are_written_as_people_say_them(size, words):
    assert size_in_words(size) == words


@pytest.mark.req("XCT-03")
def test_nothing_that_acts_survives_in_a_pdf():
    armed = files.armed_paper()
    assert b"/Launch" in everything_in(armed), "the sample really is armed"
    clean = everything_in(take(armed, name="surat.pdf").content)
    words = (
        rb"jahat|JavaScript|/JS\b|/Launch|/URI|/OpenAction|/AA\s*<<|/EmbeddedFile|/EF\b|/XFA|/AcroForm|/Annot|/Names"
    )
    assert re.findall(words, clean) == []
    assert b"Surat keterangan" in clean


def test_a_resource_that_is_called_like_an_action_stays():
    with pikepdf.open(io.BytesIO(take(files.armed_paper()).content)) as pdf:
        assert set(pdf.pages[0].Resources.XObject.keys()) == {"/AA", "/I"}


def test_a_rebuilt_pdf_shows_the_same_page():
    before, after = (
        pypdfium2.PdfDocument(content)[0].render(scale=0.5).to_pil().convert("L").tobytes()
        for content in (files.paper(1), take(files.paper(1)).content)
    )
    assert before == after


def test_what_was_filled_in_a_form_is_drawn_into_the_page():
    upload = take(files.filled_form())
    page = pypdfium2.PdfDocument(upload.content)[0]
    assert "Budi Santoso" in page.get_textpage().get_text_range()
    assert b"/Widget" not in everything_in(upload.content)


def test_a_compressed_bomb_in_a_pdf_is_not_unpacked():
    pdf = pikepdf.open(io.BytesIO(files.paper(1)))
    bomb = pikepdf.Stream(pdf, b"")
    bomb.write(zlib.compress(bytes(30 * MB), 9), filter=pikepdf.Name.FlateDecode)
    pdf.pages[0].obj.Contents = pdf.make_indirect(bomb)
    out = io.BytesIO()
    pdf.save(out)
    assert take(out.getvalue()).size < 100_000


def test_the_same_file_twice_is_told_by_its_original_hash():
    for content in (files.photo(), files.paper()):
        one, two = take(content), take(content)
        assert one.original_sha256 == two.original_sha256 == hashlib.sha256(content).hexdigest()
        assert one.sha256 == two.sha256 == hashlib.sha256(one.content).hexdigest()


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\Siti\\KK asli.jpeg", "KK asli.jpg"),
        ("foto\u202egpj.exe", "fotogpj.jpg"),
        ('a"<b>\r\nSet-Cookie: x;.png', "abSet-Cookie x.jpg"),
        ("...", "berkas.jpg"),
        ("", "berkas.jpg"),
        ("x" * 300 + ".jpg", "x" * 80 + ".jpg"),
        ("Akta Nur’aini.jpg", "Akta Nuraini.jpg"),
    ],
)
def test_the_name_of_a_file_is_made_harmless(name, kept):
    assert take(files.photo((20, 20)), name=name).original_name == kept


def test_neither_content_nor_name_stands_in_the_text_of_an_upload():
    text = repr(take(files.photo((20, 20)), name="KK Siti Aminah.jpg"))
    assert "Siti" not in text
    assert "content" not in text


def test_an_infected_file_is_refused_before_it_is_taken_apart(monkeypatch):
    decoded, rebuild = [], pictures.rebuild_picture
    monkeypatch.setattr(pictures, "rebuild_picture", lambda *given: decoded.append(given) or rebuild(*given))
    assert refusal_of(files.eicar_in_picture(), scanner=EicarScanner()).cause == "infected"
    assert decoded == []
    # A sound file does pass the place that is watched.
    take(files.photo(), scanner=EicarScanner())
    assert len(decoded) == 1


def test_without_an_answer_of_the_scanner_the_caller_decides():
    with pytest.raises(ScannerUnavailable):
        take(files.photo(), scanner=EicarScanner(is_working=False))


@pytest.fixture
def clamd(tmp_path):
    """A daemon that speaks INSTREAM; `replies` overrides its verdicts."""
    path, replies = tmp_path / "clamd.sock", []
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()

    def serve():
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            with line, line.makefile("rb") as incoming:
                assert incoming.read(10) == b"zINSTREAM\0"
                content = b""
                while size := int.from_bytes(incoming.read(4), "big"):
                    content += incoming.read(size)
                verdict = b"stream: Eicar-Test-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
                line.sendall(replies.pop(0) if replies else verdict)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield path, replies
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    thread.join(timeout=2)


def test_the_daemon_names_a_virus_and_passes_a_clean_file(clamd):
    scanner = ClamdScanner(clamd[0])
    assert scanner.scan(files.eicar_in_picture()) == "Eicar-Test-Signature"
    assert scanner.scan(bytes(3 * 64 * 1024 + 1)) is None


@pytest.mark.parametrize("reply", [b"", b"INSTREAM size limit exceeded. ERROR\0", b"stream: OK but not quite\0"])
def test_a_daemon_without_a_verdict_is_unavailable(clamd, reply):
    clamd[1].append(reply)
    with pytest.raises(ScannerUnavailable):
        ClamdScanner(clamd[0]).scan(b"x")


def test_a_missing_daemon_is_unavailable(tmp_path):
    with pytest.raises(ScannerUnavailable):
        ClamdScanner(tmp_path / "nobody.sock").scan(b"x")


def test_a_silent_daemon_is_given_up_after_its_time(tmp_path):
    path = tmp_path / "silent.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()
        with pytest.raises(ScannerUnavailable):
            ClamdScanner(path, timeout=0.05).scan(b"x")
