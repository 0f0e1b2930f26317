"""Files as people send them, good and malicious, made in memory."""

import io
import struct
import zipfile
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream, String
from PIL import Image, ImageDraw

from portal.integrations.scanner import EICAR

GPS_PLACE = "Rumah pemohon"


def photo(size=(800, 600), mode="RGB", format_name="JPEG", **options) -> bytes:
    """A picture with some colour in it; options go to the encoder."""
    image = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle([size[0] // 8, size[1] // 8, size[0] // 2, size[1] // 2], fill="navy")
    draw.ellipse([size[0] // 2, size[1] // 2, size[0] - 2, size[1] - 2], fill="orange")
    out = io.BytesIO()
    if mode == "I;16":  # Sixteen bits a pixel, white being 65535; the library's own conversion keeps 255.
        image = image.convert("I").point(lambda value: value * 257)
    image.convert(mode).save(out, format_name, **options)
    return out.getvalue()


def noisy_png(size=(900, 900)) -> bytes:
    """A photograph saved as PNG: big, and better as JPEG."""
    out = io.BytesIO()
    Image.effect_noise(size, 80).convert("RGB").save(out, "PNG")
    return out.getvalue()


def transparent_png() -> bytes:
    """Black ink on nothing, as signatures are cut out."""
    image = Image.new("RGBA", (200, 100), (0, 0, 0, 0))
    ImageDraw.Draw(image).rectangle([50, 40, 150, 60], fill=(0, 0, 0, 255))
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def photo_with_secrets() -> bytes:
    """A phone's photo: taken upright (orientation 6), with a place, a comment and a colour profile."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = GPS_PLACE
    exif.get_ifd(0x8825)[1] = "S"
    return photo((800, 600), exif=exif, comment=GPS_PLACE.encode(), icc_profile=b"profile " + GPS_PLACE.encode())


def zip_tail(head: bytes) -> bytes:
    """A picture that is also an archive."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("jahat.js", "alert(1)")
    return head + out.getvalue()


def script_tail(head: bytes) -> bytes:
    """A picture with a script behind its end."""
    return head + b"<script>alert('jahat')</script>"


def script_comment() -> bytes:
    """A JPEG with a script in its comment."""
    return photo(comment=b"<?php system($_GET['x']); ?>")


def bomb_png(side=60_000) -> bytes:
    """A few hundred bytes that claim to be thousands of millions of pixels."""

    def part(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", zlib.compress(bytes(99))) + part(b"IEND", b"")


def many_scans_jpeg(scans=500) -> bytes:
    """A progressive JPEG that makes the decoder pass over the picture again and again."""
    content = photo(progressive=True)
    first = content.index(b"\xff\xda")
    scan = content[first : content.index(b"\xff\xda", first + 2)]
    return content[:first] + scan * scans + content[first:]


def svg_with_script() -> bytes:
    """A drawing that runs code in a browser."""
    return b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def eicar_in_picture() -> bytes:
    """The virus scanners' test string behind a picture."""
    return photo() + EICAR


def paper(pages=2, text="Surat keterangan kelahiran") -> bytes:
    """A plain PDF with words on its pages, resources inherited from the tree."""
    pdf = pikepdf.new()
    for number in range(pages):
        page = pdf.add_blank_page(page_size=(595, 842))
        page.obj.Contents = Stream(pdf, f"BT /F1 24 Tf 72 700 Td ({text} {number + 1}) Tj ET".encode())
        page.obj.Resources = Dictionary(Font=Dictionary(F1=_helvetica(pdf)))
    return _saved(pdf)


def locked_paper(password="rahasia", owner="pemilik") -> bytes:
    """An encrypted PDF; with an empty password readers open it, but it is locked all the same."""
    pdf = pikepdf.open(io.BytesIO(paper(1)))
    out = io.BytesIO()
    pdf.save(out, encryption=pikepdf.Encryption(user=password, owner=owner))
    return out.getvalue()


def armed_paper() -> bytes:
    """A PDF with everything that can act: scripts, launches, links, attachments, forms, hidden in every corner."""
    pdf = pikepdf.open(io.BytesIO(paper(1)))
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert('jahat')"))
    launch = Dictionary(Type=Name.Action, S=Name.Launch, F=String("jahat.exe"))
    link = Dictionary(S=Name.URI, URI=String("http://jahat.example/"))
    attached = Stream(pdf, b"MZ jahat")
    attached.Type = Name.EmbeddedFile
    filespec = Dictionary(Type=Name.Filespec, F=String("jahat.exe"), EF=Dictionary(F=pdf.make_indirect(attached)))
    pdf.Root.OpenAction = script
    pdf.Root.AA = Dictionary(WC=script)
    pdf.Root.Names = Dictionary(
        JavaScript=Dictionary(Names=Array([String("a"), script])),
        EmbeddedFiles=Dictionary(Names=Array([String("jahat.exe"), pdf.make_indirect(filespec)])),
    )
    pdf.Root.AcroForm = Dictionary(Fields=Array(), XFA=Stream(pdf, b"<xdp>jahat</xdp>"))
    page = pdf.pages[0].obj
    page.AA = Dictionary(O=launch)
    page.Annots = Array([  # Inline, not indirect: a list of objects does not show them.
        Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 595, 842]), A=launch),
        Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=Array([0, 0, 595, 842]), A=link),
        Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=filespec),
    ])  # fmt: skip
    page.Metadata = Stream(pdf, b"<x>jahat</x>")
    form = Stream(pdf, b"0 0 9 9 re f")
    form.Type, form.Subtype, form.BBox = Name.XObject, Name.Form, Array([0, 0, 9, 9])
    form.AA = Dictionary(O=script)
    form.PieceInfo = Dictionary(Jahat=Dictionary(Private=link))
    form.Ref = Dictionary(F=filespec, Page=0)
    form.Resources = Dictionary(Properties=Dictionary(MC0=Dictionary(A=launch), MC1=link))
    postscript = Stream(pdf, b"(jahat) print")
    postscript.Type, postscript.Subtype = Name.XObject, Name.PS
    image = Stream(pdf, b"")
    image.Type, image.Subtype, image.F = Name.XObject, Name.Image, String("http://jahat.example/x")
    page.Resources.XObject = Dictionary(AA=pdf.make_indirect(form), P=postscript, I=image)
    # A way back to the page would bring its annotations along.
    page.Resources.Properties = Dictionary(MC2=Dictionary(Back=page), MC3=Dictionary(List=Array([script, launch])))
    page.Resources.Surprise = script
    return _saved(pdf)


def filled_form() -> bytes:
    """A PDF form with one filled text field, drawn by its own appearance."""
    pdf = pikepdf.open(io.BytesIO(paper(1)))
    look = Stream(pdf, b"/Tx BMC BT /F1 18 Tf 2 6 Td (Budi Santoso) Tj ET EMC")
    look.Type, look.Subtype, look.BBox = Name.XObject, Name.Form, Array([0, 0, 300, 30])
    look.Resources = Dictionary(Font=Dictionary(F1=_helvetica(pdf)))
    field = pdf.make_indirect(
        Dictionary(
            Type=Name.Annot,
            Subtype=Name.Widget,
            FT=Name.Tx,
            T=String("nama"),
            V=String("Budi Santoso"),
            F=4,
            Rect=Array([72, 500, 372, 530]),
            AP=Dictionary(N=pdf.make_indirect(look)),
        )
    )
    pdf.pages[0].obj.Annots = Array([field])
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))
    return _saved(pdf)


def html_as_pdf() -> bytes:
    """A page of script that calls itself a PDF."""
    return b"%PDF-1.7\n<html><script>alert(1)</script></html>"


def _helvetica(pdf):
    return pdf.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))


def _saved(pdf) -> bytes:
    out = io.BytesIO()
    pdf.save(out)
    return out.getvalue()
