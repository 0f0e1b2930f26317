"""Why an upload is refused, in words: the texts lie in refusals.yaml."""

from functools import cache
from pathlib import Path
from typing import Literal

import yaml

Cause = Literal["too_big", "wrong_type", "harmful", "unreadable", "empty", "infected"]
# A finer text where the cause alone would advise the wrong thing.
PARTICULAR = {"too_many_pixels": "too_big", "too_many_pages": "too_big", "locked": "unreadable"}


class UploadRefused(Exception):
    """A file that is not taken in; the text says which rule, the cure what to do (SIN-64, SIN-65).

    text names the entry of refusals.yaml; cause is one of the six that callers tell apart.
    """

    def __init__(self, text: str, **values: str) -> None:
        super().__init__(text)
        self.text = text
        self.cause: Cause = PARTICULAR.get(text, text)  # type: ignore[assignment]
        self.values = values

    @property
    def message_key(self) -> str:
        """Stable key of the message, for catalogues and logs."""
        return f"upload.{self.text}.message"

    @property
    def cure_key(self) -> str:
        """Stable key of the cure."""
        return f"upload.{self.text}.cure"

    def message(self, language: str = "id") -> str:
        """What is wrong, at most two sentences."""
        return _texts()[self.text][language]["message"].format(**self.values)

    def cure(self, language: str = "id") -> str:
        """What to do about it, at most two sentences."""
        return _texts()[self.text][language]["cure"].format(**self.values)


def size_in_words(size: int, language: str = "id") -> str:
    """`850 KB`, `2,5 MB`: as the shops write it, 1 MB = 1024 * 1024 bytes."""
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    text = f"{size / (1024 * 1024):.1f}".removesuffix(".0")
    return f"{text.replace('.', ',') if language == 'id' else text} MB"


@cache
def _texts() -> dict[str, dict[str, dict[str, str]]]:
    texts: dict[str, dict[str, dict[str, str]]] = yaml.safe_load(
        (Path(__file__).parent / "refusals.yaml").read_text(encoding="utf-8")
    )
    return texts
