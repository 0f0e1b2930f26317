"""What the paper templates are given: finished words in the paper's language, no models and no formatting left to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of a paper: `Nama anak / Name of the child: SITI`."""

    label: str
    value: str
    english: str = ""


@dataclass(frozen=True)
class Section:
    """Lines that belong together, with or without a heading."""

    rows: tuple[Row, ...]
    heading: str = ""


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """Kop surat, set in type: an agency's emblem is not ours to print."""

    government: str
    """Such as `Pemerintah Kabupaten Pekalongan`; printed in capitals."""
    agency: str
    address: str = ""
    contact: str = ""


@dataclass(frozen=True, kw_only=True)
class CertificateContext:
    """An issued document (`base_certificate.html`, `kutipan-akta-kelahiran.html` and what agencies bring).

    Dates and numbers are already written as people read them. Nothing of the requester but what the paper certifies.
    """

    letterhead: Letterhead
    title: str
    title_english: str = ""
    number: str
    statement: str = ""
    """A sentence between number and lines: on whose basis and what is certified."""
    sections: tuple[Section, ...]
    issued_at: str
    """Place, such as `Kajen`."""
    issued_on: str
    """Date in words, such as `22 November 2026`."""
    signatory_role: str
    signatory_name: str
    signatory_number: str = ""
    """NIP of the signer; empty for a seal."""
    is_signed: bool = True
    """Whether the paper asks for a signature at all."""
    signature_statement: str = ""
    """What may be said about the certificate (BSrE's sentence); ignored in the demo, which may not claim it."""
    verification_url: str
    short_code: str
    """What a person types on the verification page when no camera is at hand."""
    is_demo: bool


@dataclass(frozen=True, kw_only=True)
class ProofContext:
    """The proof that something was sent (`bukti-pengiriman.html`), for the citizen to keep."""

    letterhead: Letterhead
    service: str
    code: str
    """The application's code, printed large."""
    sent_at: str
    """With its zone, such as `22 November 2026 pukul 14.05 WIB`."""
    sections: tuple[Section, ...]
    """What was sent; personal numbers masked by the caller."""
    documents: tuple[str, ...]
    handled_by: str
    """Who looks at it now, such as `Verifikator Disdukcapil`."""
    due_on: str
    """By when an answer comes; empty when nothing is promised."""
    next_steps: tuple[str, ...]
    help_number: str
    follow_url: str
    is_demo: bool
