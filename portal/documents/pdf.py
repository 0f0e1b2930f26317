"""Papers: a template and its context become HTML, and HTML becomes a PDF without touching the network."""

import io
import logging
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PORTAL = Path(__file__).resolve().parent.parent
TEMPLATES = PORTAL / "templates" / "documents"
AGENCIES = PORTAL / "agencies"
FONTS = PORTAL.parent / "node_modules" / "@expo-google-fonts" / "public-sans"
FACES = {
    "regular": "400Regular/PublicSans_400Regular.ttf",
    "italic": "400Regular_Italic/PublicSans_400Regular_Italic.ttf",
    "bold": "700Bold/PublicSans_700Bold.ttf",
    "bold_italic": "700Bold_Italic/PublicSans_700Bold_Italic.ttf",
}
# A citizen's words decide the length of a paper; the renderer's own limits come late.
LONGEST_TEXT = 4000
MOST_TEXT = 60_000
# XML knows no such signs, and the PDF would show boxes.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]")

log = logging.getLogger(__name__)


class RenderFailed(Exception):
    """No PDF came out, or (strictly) one with warnings; the text carries the renderer's own words."""


def find_fonts(folder: Path | None = None) -> dict[str, str] | None:
    """Absolute paths of the four faces of Public Sans, or None (and a warning) where they are not installed."""
    folder = folder or FONTS
    faces = {face: folder / path for face, path in FACES.items()}
    if all(path.is_file() for path in faces.values()):
        return {face: str(path) for face, path in faces.items()}
    _warn_of_missing_fonts(folder)
    return None


def render_document(template: str, context: Any, *, agency: str | None = None) -> str:
    """HTML of a paper; the agency's own template of that name goes before the shared one.

    template: file name such as `kutipan-akta-kelahiran.html`. context: a dataclass of contexts.py, or a mapping.
    Raises jinja2.TemplateNotFound, jinja2.UndefinedError, and ValueError for words beyond all measure.
    """
    values = _values(context)
    _check_length(values)
    return _environment(agency).get_template(template).render(values, fonts=find_fonts())


def render_pdf(html: str, *, strict: bool = False) -> bytes:
    """A4 PDF of the HTML of render_document; about 120 ms of processor time, one at a time in a process.

    strict: a warning of the renderer raises RenderFailed (tests), else it is logged. Nothing is fetched; local files
    are read below the font folder only.
    """
    # Slow to import, and needed in the worker only.
    from xhtml2pdf import pisa
    from xhtml2pdf.config.resources import ResourceAccessPolicy

    out = io.BytesIO()
    policy = ResourceAccessPolicy.server(base_dir=FONTS if FONTS.is_dir() else TEMPLATES, allow_remote=False)
    with _warnings_of("xhtml2pdf") as warnings:
        try:
            result = pisa.CreatePDF(html, dest=out, encoding="utf-8", resource_policy=policy)
        except Exception as failure:
            # The renderer raises whatever its parsers raise; the job needs one error to guard on.
            raise RenderFailed(f"The renderer failed: {type(failure).__name__}.") from failure
    if result.err or not out.getvalue().startswith(b"%PDF"):
        raise RenderFailed(f"The renderer reported {result.err} errors: {'; '.join(warnings)}")
    if warnings and strict:
        raise RenderFailed("; ".join(warnings))
    return out.getvalue()


def qr_png_data_uri(text: str) -> str:
    """A QR code as a data URI: error level H, so that a crumpled copy is still read."""
    import segno  # The worker draws; the web process only asks.

    return segno.make(text, error="h", micro=False).png_data_uri(scale=6, border=2)


@cache
def _environment(agency: str | None) -> Environment:
    folders = [TEMPLATES]
    if agency is not None:
        if not re.fullmatch(r"[a-z][a-z0-9-]*", agency):
            raise ValueError("An agency is named by its folder.")
        folders.insert(0, AGENCIES / agency / "documents")
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )
    environment.filters["qr"] = qr_png_data_uri
    return environment


def _printable(value: Any) -> Any:
    return UNPRINTABLE.sub("", value) if isinstance(value, str) and not hasattr(value, "__html__") else value


def _values(context: Any) -> dict[str, Any]:
    """The top level by name; nested dataclasses stay objects, as the templates read them."""
    if is_dataclass(context):
        return {field.name: getattr(context, field.name) for field in fields(context)}
    return dict(context)


def _check_length(values: Mapping[str, Any]) -> None:
    lengths = [len(text) for text in _texts(list(values.values()))]
    if max(lengths, default=0) > LONGEST_TEXT or sum(lengths) > MOST_TEXT:
        raise ValueError("There are more words than a paper can hold.")


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif is_dataclass(value):
        yield from _texts([getattr(value, field.name) for field in fields(value)])
    elif isinstance(value, Mapping):
        yield from _texts(list(value.values()))
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _texts(each)


@contextmanager
def _warnings_of(name: str) -> Iterator[list[str]]:
    """What a logger says at warning level or above while the block runs."""
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear = Ear(level=logging.WARNING)
    logger = logging.getLogger(name)
    logger.addHandler(ear)
    try:
        yield heard
    finally:
        logger.removeHandler(ear)


@cache
def _warn_of_missing_fonts(folder: Path) -> None:
    log.warning("Public Sans is not installed in %s: papers are set in Helvetica.", folder.name)
