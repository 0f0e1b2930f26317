"""Pictures that stand for papers in the demo; each says which one it is, and that it is not genuine."""

from __future__ import annotations

import io
from typing import Literal

from PIL import Image, ImageDraw

from portal.documents.uploads import AcceptedUpload, inspect_upload

MOST_BYTES = 5 * 1024 * 1024


def draw_paper(label: str, kind: Literal["jpg", "pdf"] = "jpg") -> AcceptedUpload:
    """A picture, or a PDF of one page, that says which paper it stands for."""
    picture = Image.new("RGB", (900, 1270), "#f6f3ea")
    pen = ImageDraw.Draw(picture)
    pen.rectangle((40, 40, 860, 1230), outline="#1d5c63", width=4)
    pen.text((90, 100), label.upper(), fill="#1d5c63", font_size=34)
    pen.text((90, 170), "CONTOH - BUKAN DOKUMEN ASLI", fill="#8a2b2b", font_size=26)
    for line in range(260, 1150, 60):
        pen.line((90, line, 810, line), fill="#c9c2ae", width=3)
    kept = io.BytesIO()
    picture.save(kept, "PDF" if kind == "pdf" else "JPEG", quality=80)
    kept.seek(0)
    return inspect_upload(kept, f"contoh.{kind}", allowed=(kind,), max_bytes=MOST_BYTES)
