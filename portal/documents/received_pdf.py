"""PDFs taken in: pages are copied into a new file by a list of what may stay, so that nothing in it can act."""

import io
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from portal.documents.refusals import UploadRefused

PAGE_LIMIT = 100
OBJECT_LIMIT = 50_000
BOXES = ("/MediaBox", "/CropBox", "/Rotate")
RESOURCES = ("/ExtGState", "/ColorSpace", "/Pattern", "/Shading", "/XObject", "/Font", "/ProcSet", "/Properties")
# Keys of these dictionaries are free names (a font may be called /AA), so only their values are looked at.
NAME_MAPS = frozenset({*RESOURCES, "/CharProcs", "/Colorants", "/Separation"})
ACTIVE_KEYS = frozenset({
    "/A", "/AA", "/AF", "/AcroForm", "/Action", "/Alternates", "/Annots", "/B", "/Dests", "/EF", "/EmbeddedFiles",
    "/F", "/FDecodeParms", "/FFilter", "/JS", "/JavaScript", "/Launch", "/Metadata", "/Names", "/Next", "/OPI",
    "/OpenAction", "/Outlines", "/PA", "/Parent", "/Perms", "/PieceInfo", "/Ref", "/RichMediaContent", "/Rendition",
    "/SpiderInfo", "/StructTreeRoot", "/Threads", "/URI", "/UF", "/XFA",
})  # fmt: skip
ACTIVE_TYPES = frozenset({"/Action", "/Annot", "/Catalog", "/EmbeddedFile", "/Filespec", "/Page", "/Pages", "/Sig"})
XOBJECTS = frozenset({"/Image", "/Form"})


def rebuild_pdf(content: bytes) -> tuple[bytes, int]:
    """New PDF with the same pages, and their number; raises UploadRefused (unreadable, locked, too many pages).

    Filled form fields are drawn into the page first, because the fields themselves do not pass. Streams are copied
    without being unpacked: a compressed bomb stays small.
    """
    try:
        with Pdf.open(io.BytesIO(content)) as source:
            if source.is_encrypted:
                raise UploadRefused("locked")
            count = len(source.pages)
            if not count:
                raise UploadRefused("unreadable")
            if count > PAGE_LIMIT:
                raise UploadRefused("too_many_pages", pages=str(PAGE_LIMIT))
            _draw_fields(source)
            return _copied(source), count
    except pikepdf.PasswordError:
        raise UploadRefused("locked") from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        raise UploadRefused("unreadable") from None


def _draw_fields(source: Pdf) -> None:
    if Name.AcroForm not in source.Root:
        return
    # A form that cannot be drawn is taken without its fields; the officer sees what is missing.
    with suppress(pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        if source.Root.AcroForm.get(Name.NeedAppearances, False):
            source.generate_appearance_streams()
        source.flatten_annotations("screen")


def _copied(source: Pdf) -> bytes:
    with pikepdf.new() as target:
        for page in source.pages:
            target.pages.append(pikepdf.Page(target.make_indirect(_page(source, target, page))))
        _disarm(target)
        out = io.BytesIO()
        target.save(
            out,
            deterministic_id=True,
            stream_decode_level=pikepdf.StreamDecodeLevel.none,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return out.getvalue()


def _page(source: Pdf, target: Pdf, page: pikepdf.Page) -> Dictionary:
    """A fresh page with boxes, resources and contents, inherited or its own."""
    fresh = Dictionary(Type=Name.Page)
    for key in BOXES:
        value = _inherited(page.obj, key)
        if value is not None:
            fresh[key] = _plain(value)
    if "/MediaBox" not in fresh:
        fresh.MediaBox = Array([0, 0, 595, 842])
    resources = _inherited(page.obj, "/Resources")
    fresh.Resources = Dictionary()
    if isinstance(resources, Dictionary):
        for key in RESOURCES:
            if key in resources:
                fresh.Resources[key] = target.copy_foreign(source.make_indirect(resources[key]))
    if "/Contents" in page.obj:
        fresh.Contents = target.copy_foreign(source.make_indirect(page.obj.Contents))
    return fresh


def _inherited(node: Object, key: str) -> Any:
    """A page attribute of its own or of its ancestors; the depth is bounded because a tree may be made a ring."""
    for _ in range(50):
        if key in node:
            return node[key]
        if "/Parent" not in node:
            return None
        node = node.Parent
    return None


def _plain(value: Any) -> Any:
    """Numbers only, so that a box or an angle carries nothing else along."""
    if isinstance(value, Array):
        return Array([float(number) for number in list(value)[:4]])
    return int(value)


def _disarm(target: Pdf) -> None:
    """Walk over everything that was copied and take out what acts, attaches or leads outside."""
    seen: set[tuple[int, int]] = set()
    stack: list[tuple[Any, bool]] = []
    for page in target.pages:
        for key in ("/Contents", *RESOURCES):
            holder = page.obj if key == "/Contents" else page.obj.Resources
            if key in holder:
                if not isinstance(holder[key], Dictionary | Array | Stream):
                    del holder[key]
                    continue
                stack.append((holder[key], key in NAME_MAPS))
    while stack:
        node, is_name_map = stack.pop()
        if node.is_indirect:
            if node.objgen in seen:
                continue
            seen.add(node.objgen)
            if len(seen) > OBJECT_LIMIT:
                raise UploadRefused("unreadable")
        stack.extend(_kept_children(node, is_name_map=is_name_map))


def _kept_children(node: Any, *, is_name_map: bool) -> Iterator[tuple[Any, bool]]:
    if isinstance(node, Array):
        for index in range(len(node) - 1, -1, -1):
            child = node[index]
            if _acts(child):
                node[index] = None
            elif isinstance(child, Dictionary | Array | Stream):
                yield child, False
        return
    for key in list(node.keys()):
        child = node[key]
        if (not is_name_map and key in ACTIVE_KEYS) or _acts(child):
            del node[key]
        elif isinstance(child, Dictionary | Array | Stream):
            yield child, key in NAME_MAPS


def _acts(value: Any) -> bool:
    """An action, annotation, attached file, reference back to a page, or a drawing in PostScript."""
    if not isinstance(value, Dictionary | Stream):
        return False
    kind = str(value.get("/Type", ""))
    if kind in ACTIVE_TYPES or (kind == "/XObject" and str(value.get("/Subtype")) not in XOBJECTS):
        return True
    # Actions seldom state their type; theirs are the only dictionaries with these subtypes.
    return str(value.get("/S", "")) in {
        "/JavaScript", "/Launch", "/URI", "/GoTo", "/GoToR", "/GoToE", "/SubmitForm", "/ImportData", "/Named",
        "/Rendition", "/Movie", "/Sound", "/Hide", "/SetOCGState", "/Trans", "/GoTo3DView", "/RichMediaExecute",
    }  # fmt: skip
