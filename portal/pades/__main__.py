"""The child of `apart`: answers one question after the other, and ends when nobody asks any more."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key

from portal.cage import Told, answer_questions
from portal.pades.outcomes import NotSignable

Answer = tuple[Mapping[str, Any], Sequence[bytes]]


def answer(question: Told) -> Answer:
    """What `apart` asks, by its name."""
    return {"certify": _certify, "is_whole": _is_whole, "judge": _judge}[question.words["ask"]](question)


def _certify(question: Told) -> Answer:
    from portal.pades.certify import certify

    words, (pdf, opened, *certificates) = question
    certificate, *chain = map(x509.load_der_x509_certificate, certificates)
    key = load_der_private_key(opened, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    try:
        signed = certify(
            pdf,
            key=key,
            certificate=certificate,
            chain=chain,
            reason=words["reason"],
            location=words["location"],
            now=datetime.fromisoformat(words["now"]),
        )
    except NotSignable as refusal:
        return {"not_signable": str(refusal)}, ()
    return {}, (signed,)


def _is_whole(question: Told) -> Answer:
    from portal.pades.judge import is_whole

    return {"is_whole": is_whole(question.parts[0])}, ()


def _judge(question: Told) -> Answer:
    from portal.pades.judge import judge_signature

    pdf, *ours = question.parts
    found = judge_signature(pdf, ours)
    moment = found.signed_at.isoformat() if found.signed_at else None
    return {"judged": [found.is_intact, found.signer, moment]}, ()


if __name__ == "__main__":
    answer_questions(answer)
