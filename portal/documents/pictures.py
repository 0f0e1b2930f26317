"""Pictures taken in: decoded within limits and encoded anew, without metadata or anything appended."""

import io
import struct
import zlib
from dataclasses import dataclass, field
from typing import Literal

from PIL import Image, ImageOps

from portal.documents.refusals import UploadRefused

LONGEST_SIDE = 2400
QUALITY = 82
THUMBNAIL_SIDE = 320
THUMBNAIL_QUALITY = 70
# A plain JPEG is decoded in strips and scaled down on the way; PNG and progressive JPEG need all of it in memory.
PIXEL_LIMIT = 64_000_000
PIXEL_LIMIT_WHOLE = 40_000_000
# A progressive JPEG costs a full pass for each scan; encoders write about ten.
SCAN_LIMIT = 100
# Screenshots and line drawings are smaller and sharper as PNG; photographs are not.
PNG_LIMIT = 512 * 1024
# What the decoder is known to raise on hostile bytes.
BROKEN = (OSError, SyntaxError, ValueError, TypeError, IndexError, KeyError, EOFError, struct.error, zlib.error)
OVERSIZED = (Image.DecompressionBombError, Image.DecompressionBombWarning)


@dataclass(frozen=True)
class Picture:
    """A rebuilt picture, upright, at most 2400 pixels a side."""

    kind: Literal["jpg", "png"]
    content: bytes = field(repr=False)
    width: int
    height: int
    thumbnail: bytes = field(repr=False)


def rebuild_picture(content: bytes, kind: str) -> Picture:
    """Decode and encode again; raises UploadRefused (too many pixels, unreadable, harmful).

    Only pixels pass: EXIF with its place of taking, profiles, comments and anything behind the end are left out.
    """
    if kind == "jpg" and content.count(b"\xff\xda") > SCAN_LIMIT:
        raise UploadRefused("harmful")
    try:
        picture = _decode(content, "JPEG" if kind == "jpg" else "PNG")
    except OVERSIZED:
        raise UploadRefused("too_many_pixels") from None
    except BROKEN:
        raise UploadRefused("unreadable") from None
    return _encode(picture, may_stay_png=kind == "png" and len(content) <= PNG_LIMIT)


def _decode(content: bytes, format_name: str) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=(format_name,)) as probe:
        is_whole = format_name == "PNG" or bool(probe.info.get("progressive"))
        if probe.width * probe.height > (PIXEL_LIMIT_WHOLE if is_whole else PIXEL_LIMIT):
            raise Image.DecompressionBombError
        probe.verify()
    # After verify() an image cannot be used again.
    with Image.open(io.BytesIO(content), formats=(format_name,)) as image:
        image.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        return _on_white(ImageOps.exif_transpose(image))


def _on_white(image: Image.Image) -> Image.Image:
    """Plain RGB; what was transparent becomes paper."""
    if image.mode.startswith("I"):
        # Sixteen bits a pixel would otherwise be cut to white.
        image = image.convert("I").point(lambda value: value / 256).convert("L")
    if image.has_transparency_data:
        layered = image.convert("RGBA")
        image = Image.new("RGB", image.size, "white")
        image.paste(layered, mask=layered.getchannel("A"))
    image = image.convert("RGB")
    image.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    # The encoders copy comments and profiles from here.
    image.info = {}
    return image


def _encode(picture: Image.Image, *, may_stay_png: bool) -> Picture:
    thumbnail = picture.copy()
    thumbnail.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    kind: Literal["jpg", "png"] = "jpg"
    content = b""
    if may_stay_png:
        kind, content = "png", _saved(picture, "PNG", optimize=True)
    if not content or len(content) > PNG_LIMIT:
        kind, content = "jpg", _saved(picture, "JPEG", quality=QUALITY, optimize=True)
    small = _saved(thumbnail, "JPEG", quality=THUMBNAIL_QUALITY)
    return Picture(kind, content, picture.width, picture.height, small)


def _saved(picture: Image.Image, format_name: str, **options: int) -> bytes:
    out = io.BytesIO()
    picture.save(out, format_name, **options)
    return out.getvalue()
