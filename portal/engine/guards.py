"""Guards: what a transition demands, as pure functions of the gathered facts, registered by name."""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from portal.engine.journey import Missing


@dataclass(frozen=True)
class Facts:
    """What is known about a subject at the moment somebody wants to act on it.

    Operations gather it; what an action does not need may keep its default, which is the refusing one.
    """

    state: str
    version: int = 0
    missing: tuple[Missing, ...] = ()
    consent_version: str = ""  # what the applicant ticked
    consent_asked: str = ""  # what the declaration asks for now; "" takes any version
    open_notes: int = 0  # notes of this round that ask the applicant for something
    answered: bool = True  # each open note was answered by a change or an explanation
    reason: str = ""
    phone_proven: bool = False
    email_proven: bool = False
    account_exists: bool = False  # an account that can be logged in to with this agency's name
    document_signed: bool = False
    downloaded: bool = False
    challenge_passed: bool = False
    own_case: bool = False  # the officer's own or their family's
    claimed_by_actor: bool = False
    claimed_by_other: bool = False
    actor_decided_before: bool = False
    objections: int = 0
    within_report_period: bool = False
    submissions: int = 0  # how often it was sent
    is_member: bool = False  # applied in the own name, or under a membership that is in force
    person_agreed: bool = False  # whom a group member applies for: declared or by letter; always so in the own name
    is_disputed: bool = True  # that person said "I did not ask for this", and no supervisor cleared it


Guard = Callable[[Facts], str | None]
SHORTEST_REASON = 5  # letters and digits
MEMBERSHIP_ENDED = (
    "Keanggotaan grup Anda sudah berakhir. Draf ini tersimpan, tetapi tidak dapat dikirim atas nama grup."
)


def complete(facts: Facts) -> str | None:
    if not facts.missing:
        return None
    first = facts.missing[0].sentence
    others = len(facts.missing) - 1
    return f"{first} Masih ada {others} lagi yang kurang." if others else first


def consent(facts: Facts) -> str | None:
    if not facts.consent_version:
        return "Baca pernyataan persetujuan, lalu beri tanda centang."
    if facts.consent_asked and facts.consent_asked != facts.consent_version:
        return "Pernyataan persetujuan berubah. Baca lagi, lalu beri tanda centang."
    return None


def notes(facts: Facts) -> str | None:
    if facts.open_notes:
        return None
    return "Tulis paling sedikit satu catatan tentang yang harus diperbaiki."


def notes_answered(facts: Facts) -> str | None:
    return None if facts.answered else "Perbaiki dulu semua bagian yang diberi catatan."


def reason(facts: Facts) -> str | None:
    # Dots, blanks and signs that nobody sees tell the applicant nothing.
    if sum(sign.isalnum() for sign in facts.reason) >= SHORTEST_REASON:
        return None
    return "Tulis alasannya dengan kata-kata yang mudah dipahami."


def phone_proven(facts: Facts) -> str | None:
    return None if facts.phone_proven else "Masukkan dulu kode yang dikirim ke nomor WhatsApp Anda."


def email_proven(facts: Facts) -> str | None:
    return None if facts.email_proven else "Buka dulu link yang dikirim ke email Anda."


def account_exists(facts: Facts) -> str | None:
    if facts.account_exists:
        return None
    return "User Belum dibuat. Silahkan buat user untuk akses blockir user."


def no_account(facts: Facts) -> str | None:
    return "Akunnya sudah dibuat. Kirim ulang bila emailnya tidak sampai." if facts.account_exists else None


def document_signed(facts: Facts) -> str | None:
    return None if facts.document_signed else "Dokumen belum ditandatangani. Coba lagi sebentar."


def downloaded(facts: Facts) -> str | None:
    return None if facts.downloaded else "Dokumen belum diunduh."


def challenge_passed(facts: Facts) -> str | None:
    return None if facts.challenge_passed else "Jawaban tidak sesuai dengan data pendaftaran."


def claimed(facts: Facts) -> str | None:
    return None if facts.claimed_by_actor else "Ambil dulu pengajuan ini sebelum memutuskan."


def not_involved(facts: Facts) -> str | None:
    if not facts.actor_decided_before:
        return None
    return "Anda pernah memutuskan pengajuan ini. Mintalah petugas lain."


def first_objection(facts: Facts) -> str | None:
    if facts.objections == 0:
        return None
    return "Keberatan hanya dapat diajukan satu kali. Perbaiki dan ajukan lagi bila perlu."


def within_report_period(facts: Facts) -> str | None:
    if facts.within_report_period:
        return None
    return "Batas waktu melaporkan kesalahan sudah lewat. Hubungi petugas."


def never_sent(facts: Facts) -> str | None:
    return None if facts.submissions == 0 else "Pengajuan yang pernah dikirim tidak dapat dihapus."


def membership(facts: Facts) -> str | None:
    if facts.is_member:
        return None
    return MEMBERSHIP_ENDED


def person_agreed(facts: Facts) -> str | None:
    if facts.person_agreed:
        return None
    return "Beri tanda centang bahwa orang ini sudah setuju, atau unggah surat persetujuannya."


def undisputed(facts: Facts) -> str | None:
    if not facts.is_disputed:
        return None
    return "Orang yang diwakili menyatakan tidak meminta pengajuan ini. Supervisor harus memeriksanya dulu."


GUARDS: dict[str, Guard] = {
    guard.__name__: guard
    for guard in (
        complete,
        consent,
        notes,
        notes_answered,
        reason,
        phone_proven,
        email_proven,
        account_exists,
        no_account,
        document_signed,
        downloaded,
        challenge_passed,
        claimed,
        not_involved,
        first_objection,
        within_report_period,
        never_sent,
        membership,
        person_agreed,
        undisputed,
    )
}

# What refuses for good: nothing that the actor could type or do now would change the answer.
LASTING = frozenset({"first_objection", "within_report_period"})


def is_hopeless(needs: Collection[str], facts: Facts) -> bool:
    """Whether an action with these needs would be refused whatever is given with it; no button leads there."""
    return any(GUARDS[name](facts) for name in LASTING.intersection(needs))
