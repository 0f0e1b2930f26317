"""An admin's own texts of messages: checked like the declared ones, kept until they are put back (XCT-01)."""

from __future__ import annotations

import json
from collections.abc import Mapping

from sqlalchemy import delete

from portal.engine.check import NUMBER_WORDS
from portal.engine.placeholders import names_in
from portal.errors import Conflict, Invalid
from portal.extensions import db
from portal.models import Kept
from portal.operations.places import keep_setting
from portal.queries.texts import PARTS, Text, setting_of

LONGEST = {"whatsapp": 1024, "subject": 120, "email": 4000}
EVERYWHERE = frozenset({"agency", "help"})  # values that every message is given
NEEDED = frozenset({"link", "otp"})  # without which the message would be of no use


def keep_text(agency: str, text: Text, typed: Mapping[str, str], seen: str) -> None:
    """Send a message with other words from now on.

    typed: whatsapp, subject, email; values in braces are those that the declared text names. Raises
    Invalid by part, and Conflict when another admin changed it since `seen`.
    """
    texts = {part: typed.get(part, "").replace("\r\n", "\n").strip() for part in PARTS}
    problems = {part: words for part in PARTS if (words := _problem(text, part, texts))}
    if problems:
        raise Invalid(problems)
    if seen != text.stamp:
        raise Conflict("Teks ini baru saja diubah admin lain. Baca dulu teks yang sekarang.")
    keep_setting(agency, setting_of(text.declared.key), json.dumps(texts, ensure_ascii=False))


def put_back(agency: str, text: Text) -> None:
    """Send the declared words again; nothing to do is no mistake."""
    db.session.execute(
        delete(Kept).where(Kept.agency == agency, Kept.service == "", Kept.key == setting_of(text.declared.key))
    )


def _problem(text: Text, part: str, texts: Mapping[str, str]) -> str:
    """What is wrong with one part, in words for an admin."""
    new, declared = texts[part], getattr(text.declared, part)
    if not new:
        return "Isi teksnya."
    if len(new) > LONGEST[part]:
        return f"Paling panjang {LONGEST[part]} huruf."
    if part == "subject" and "\n" in new:
        return "Judul hanya satu baris."
    try:
        names = names_in(new)
    except ValueError:
        return "Kurung kurawal belum berpasangan. Tulis misalnya {link}."
    known = EVERYWHERE.union(*(names_in(getattr(text.declared, other)) for other in PARTS))
    if unknown := sorted(names - known):
        return f"{{{unknown[0]}}} tidak dikenal di pesan ini. Yang boleh: {_listed(known)}."
    if missing := sorted((names_in(declared) & NEEDED) - names):
        return f"{{{missing[0]}}} harus ada, supaya penerima dapat melanjutkan."
    if part != "email" and "reason" in names:
        return "Alasan hanya boleh di email: pesan lain bisa terbaca orang lain."
    if word := NUMBER_WORDS.search(new):
        return f"Jangan menyebut {word[0]} di pesan: bisa terbaca orang lain."
    return ""


def _listed(names: frozenset[str]) -> str:
    return ", ".join(f"{{{name}}}" for name in sorted(names))
