"""The vault: seals personal data at rest, finds numbers through a keyed hash, signs the audit chain."""

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from base64 import b64decode
from binascii import Error as BadBase64
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = 1
DIGITS_ONLY = frozenset({"nik", "kk", "npwp"})
KEY_ID = re.compile(r"[a-z0-9][a-z0-9.-]{0,31}")


class VaultError(Exception):
    """What a vault refuses; its text never holds a key, a plaintext or a ciphertext."""


class UnknownKey(VaultError):
    """The sealed value names a key that this process was not given: a rotation dropped it too early."""


class SealBroken(VaultError):
    """The value was changed, cut, or sealed for another place (context)."""


class Vault:
    """Seals with the newest key and opens with any known one.

    A sealed value is `format (1) | length of key id (1) | key id | nonce (12) | ciphertext and tag`.
    Header and context are authenticated, so that a value copied to another row or column does not open.

    keys: key id -> 32 bytes, newest first. index_key finds, audit_key chains; both differ from every sealing key,
    because losing one must not lose the others.
    """

    def __init__(self, keys: Mapping[str, bytes], index_key: bytes, audit_key: bytes) -> None:
        if not keys:
            raise VaultError("The vault needs at least one key.")
        for key_id, key in keys.items():
            _check_key(key_id, key)
        for purpose, key in (("index", index_key), ("audit", audit_key)):
            _check_key(purpose, key)
        if len({*keys.values(), index_key, audit_key}) != len(keys) + 2:
            raise VaultError("Each key of the vault needs a value of its own.")
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._newest = next(iter(keys))
        self._index_key = bytes(index_key)
        self._audit_key = bytes(audit_key)

    def __repr__(self) -> str:
        return f"Vault(keys={list(self._ciphers)}, newest={self._newest!r})"

    def __reduce__(self) -> Any:
        raise TypeError("A vault is not to be pickled: its keys would leave the process.")

    def seal(self, plaintext: bytes | str, context: str) -> bytes:
        """Encrypt for one place; `context` names it, such as `answer:1234:baby_nik`, and is not stored."""
        plain = plaintext.encode() if isinstance(plaintext, str) else plaintext
        header = _header(self._newest)
        nonce = secrets.token_bytes(NONCE_BYTES)
        return header + nonce + self._ciphers[self._newest].encrypt(nonce, plain, header + context.encode())

    def open(self, sealed: bytes, context: str) -> bytes:
        """Decrypt; raises UnknownKey or SealBroken."""
        key_id, size = _read_header(sealed)
        cipher = self._ciphers.get(key_id)
        if cipher is None:
            raise UnknownKey(f"The vault has no key {key_id!r}; it knows {', '.join(self._ciphers)}.")
        header, nonce, body = sealed[:size], sealed[size : size + NONCE_BYTES], sealed[size + NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, body, header + context.encode())
        except (InvalidTag, ValueError):
            raise SealBroken("A sealed value was changed or belongs to another place.") from None

    def seal_json(self, value: Any, context: str) -> bytes:
        """Seal anything that JSON can carry."""
        return self.seal(json.dumps(value, ensure_ascii=False, separators=(",", ":")), context)

    def open_json(self, sealed: bytes, context: str) -> Any:
        """Open what seal_json sealed."""
        return json.loads(self.open(sealed, context))

    def needs_reseal(self, sealed: bytes) -> bool:
        """True when an older key sealed it: a rotation job opens and seals it again."""
        return _read_header(sealed)[0] != self._newest

    def reseal(self, sealed: bytes, context: str) -> bytes:
        """The same value under the newest key."""
        return self.seal(self.open(sealed, context), context)

    def digest(self, kind: str, value: str) -> str:
        """Keyed hash (64 hex digits) by which an identifier is found; kind separates NIK from KK and so on."""
        message = f"{kind}\0{normalise(kind, value)}".encode()
        return hmac.digest(self._index_key, message, hashlib.sha256).hex()

    def mac(self, chain: bytes) -> str:
        """HMAC-SHA256 (64 hex digits) of one link of the audit chain."""
        return hmac.digest(self._audit_key, chain, hashlib.sha256).hex()

    def wrap_file_key(self, file_key: bytes, name: str) -> bytes:
        """Seal the key of one stored file; it opens for that file's name only."""
        return self.seal(file_key, f"file-key:{name}")

    def unwrap_file_key(self, wrapped_key: bytes, name: str) -> bytes:
        """The key of one stored file, 32 bytes."""
        return self.open(wrapped_key, f"file-key:{name}")

    def rewrap_file_key(self, wrapped_key: bytes, name: str) -> bytes:
        """The same file key under the newest key; the file itself stays as it is."""
        return self.wrap_file_key(self.unwrap_file_key(wrapped_key, name), name)


def normalise(kind: str, value: str) -> str:
    """One spelling for one identifier, so that `33.26 01` and `332601` are found alike."""
    text = unicodedata.normalize("NFKC", value).strip().casefold()
    if kind in DIGITS_ONLY:
        return re.sub(r"\D", "", text)
    if kind == "phone":
        # A national number (08...) and an international one (+628...) are the same telephone.
        return re.sub(r"^0", "62", re.sub(r"\D", "", text))
    if kind == "passport":
        return re.sub(r"[^a-z0-9]", "", text)
    return " ".join(text.split())


def parse_keys(text: str) -> dict[str, bytes]:
    """Read `id:base64,id:base64` (newest first), as the environment writes the sealing keys."""
    keys: dict[str, bytes] = {}
    for position, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        key_id, _, encoded = entry.partition(":")
        try:
            key = b64decode(encoded, altchars=b"-_" if {"-", "_"} & set(encoded) else None, validate=True)
        except (BadBase64, ValueError):
            raise VaultError(f"Key {position} is not written as id:base64.") from None
        _check_key(key_id, key)
        if key_id in keys:
            raise VaultError(f"The key id {key_id!r} stands twice.")
        keys[key_id] = key
    return keys


def _check_key(key_id: str, key: bytes) -> None:
    if not KEY_ID.fullmatch(key_id):
        # The id is not repeated: a mistyped line may hold the key in its place.
        raise VaultError("A key id has 1 to 32 characters of a-z, 0-9, dot and hyphen.")
    if len(key) != KEY_BYTES:
        raise VaultError(f"The key {key_id!r} has {len(key)} bytes; it needs {KEY_BYTES}.")


def _header(key_id: str) -> bytes:
    return bytes([FORMAT, len(key_id)]) + key_id.encode()


def _read_header(sealed: bytes) -> tuple[str, int]:
    """Key id and size of the header."""
    if len(sealed) < 2 or sealed[0] != FORMAT or len(sealed) < 2 + sealed[1] + NONCE_BYTES:
        raise SealBroken("This is not a sealed value.")
    size = 2 + sealed[1]
    return sealed[2:size].decode("ascii", "replace"), size
