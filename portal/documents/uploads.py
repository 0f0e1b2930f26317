"""The intake of files: told by content, scanned, taken apart and built again, so that only pictures remain."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Literal, Protocol

from portal.documents.refusals import UploadRefused, size_in_words

Kind = Literal["jpg", "png", "pdf"]
KINDS: dict[str, Kind] = {"jpg": "jpg", "jpeg": "jpg", "jfif": "jpg", "png": "png", "pdf": "pdf"}
MIME_TYPES: dict[Kind, str] = {"jpg": "image/jpeg", "png": "image/png", "pdf": "application/pdf"}
NAME_LIMIT = 80
# Programs and scripts under a picture's name: an attack rather than a mistake.
CODE = re.compile(
    rb"^(?:MZ|\x7fELF|#!|\xca\xfe\xba\xbe)|<script|<\?php|<%@|javascript:|<html|<!doctype html", re.IGNORECASE
)
CODE_LOOKED_AT = 64 * 1024


class Scanner(Protocol):
    """What of a virus scanner is needed here; the clients are in integrations/scanner.py."""

    def scan(self, content: bytes) -> str | None:
        """Name of the virus, or None."""


@dataclass(frozen=True)
class AcceptedUpload:
    """A file that may be stored: rebuilt bytes, nothing of the sender's but what is seen."""

    kind: Kind
    content: bytes = field(repr=False)
    width: int | None
    """Pixels; None for a PDF."""
    height: int | None
    pages: int
    sha256: str
    """Of the rebuilt bytes."""
    original_sha256: str
    """Of the bytes as sent: the same for the same file sent again."""
    original_name: str = field(repr=False)
    """The sender's name for it, made harmless, with the extension of the real kind."""
    thumbnail: bytes | None = field(repr=False)
    """JPEG of at most 320 pixels a side; None for a PDF."""

    @property
    def mime_type(self) -> str:
        """The type to serve it with."""
        return MIME_TYPES[self.kind]

    @property
    def size(self) -> int:
        """Bytes to be stored."""
        return len(self.content)


def inspect_upload(
    stream: BinaryIO, filename: str, *, allowed: Sequence[str], max_bytes: int, scanner: Scanner | None = None
) -> AcceptedUpload:
    """Take in one file or raise UploadRefused (SIN-59, SIN-64, XCT-03).

    allowed: words of the declaration out of jpg, jpeg, jfif, png, pdf (the first three mean the same).
    max_bytes: limit of the file as sent; no more than that is read.
    scanner: may raise ScannerUnavailable, which is passed on: whether to wait or refuse is the caller's policy.
    """
    content = stream.read(max_bytes + 1)
    if not content:
        raise UploadRefused("empty")
    if len(content) > max_bytes:
        raise UploadRefused("too_big", size=f"> {size_in_words(max_bytes)}", limit=size_in_words(max_bytes))
    if scanner and scanner.scan(content):
        raise UploadRefused("infected")
    kind = _tell_kind(content, allowed)
    # The libraries are large, and a process that takes in no file does without them.
    if kind == "pdf":
        from portal.documents.received_pdf import rebuild_pdf

        rebuilt, pages = rebuild_pdf(content)
        width = height = thumbnail = None
    else:
        from portal.documents.pictures import rebuild_picture

        picture = rebuild_picture(content, kind)
        kind, rebuilt, thumbnail = picture.kind, picture.content, picture.thumbnail
        width, height, pages = picture.width, picture.height, 1
    return AcceptedUpload(
        kind=kind,
        content=rebuilt,
        width=width,
        height=height,
        pages=pages,
        sha256=hashlib.sha256(rebuilt).hexdigest(),
        original_sha256=hashlib.sha256(content).hexdigest(),
        original_name=_safe_name(filename, kind),
        thumbnail=thumbnail,
    )


def _tell_kind(content: bytes, allowed: Sequence[str]) -> Kind:
    """The kind by its first bytes; the name of the file says nothing."""
    import filetype

    guess = filetype.guess(content)
    kind = KINDS.get(guess.extension) if guess else None
    if kind is not None and kind in {KINDS[word] for word in allowed}:
        return kind
    if kind is None and CODE.search(content[:CODE_LOOKED_AT]):
        raise UploadRefused("harmful")
    raise UploadRefused("wrong_type", types=", ".join(allowed))


def _safe_name(filename: str, kind: Kind) -> str:
    """Keep letters, digits and a few signs of the last part of the name; never a path, control or direction mark."""
    name = re.split(r"[/\\]", unicodedata.normalize("NFC", filename))[-1]
    stem = re.sub(r"\.[^.]*$", "", name)
    stem = re.sub(r"[^\w ().,+-]", "", stem).strip(" .")
    return f"{stem[:NAME_LIMIT].strip(' .') or 'berkas'}.{kind}"
