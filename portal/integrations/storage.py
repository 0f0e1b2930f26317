"""Stored files: each encrypted with a key of its own, in a folder or in an S3-compatible bucket."""

import hashlib
import io
import os
import re
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Protocol
from urllib.parse import parse_qsl, unquote, urlsplit

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from portal.vault import Vault

CHUNK = 64 * 1024
TAG = 16
SEALED_CHUNK = CHUNK + TAG
# A bucket answers slowly, so one request brings a megabyte; memory stays bounded all the same.
CHUNKS_A_READ = 16
MAGIC = b"LKF1"
CONTEXT = re.compile(r"[a-z][a-z0-9-]{0,30}")
NAME = re.compile(r"[a-z][a-z0-9-]{0,30}/[0-9a-f]{2}/[0-9a-f]{32}")


class StorageError(Exception):
    """What a storage refuses; its text holds names, never content."""


class BlobMissing(StorageError):
    """No file of that name is stored."""


class BlobBroken(StorageError):
    """The file was changed, cut or mixed up since it was stored."""


@dataclass(frozen=True)
class StoredBlob:
    """What the caller keeps in its row: without `wrapped_key` the file cannot be read by anybody."""

    name: str
    size: int
    """Bytes of the plaintext."""
    sha256: str
    """Of the plaintext, 64 hex digits."""
    wrapped_key: bytes


class Storage(Protocol):
    """Where bytes are kept; a name is `<context>/<2 hex>/<32 hex>` and says nothing about the content."""

    def put(self, content: BinaryIO | bytes, context: str) -> StoredBlob:
        """Encrypt and store all of it or nothing; context is a folder word such as `temporary` or `issued`."""

    def open_range(self, name: str, wrapped_key: bytes, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Plaintext bytes [start, end) in pieces; BlobMissing is raised here, BlobBroken while reading."""

    def read(self, name: str, wrapped_key: bytes) -> bytes:
        """The whole plaintext; raises BlobMissing, BlobBroken, and the vault's errors."""

    def delete(self, name: str) -> None:
        """Remove it; a missing one is fine."""

    def exists(self, name: str) -> bool:
        """Whether a file of that name is stored."""


class Place(Protocol):
    """Where sealed bytes lie; knows nothing about keys."""

    def write(self, name: str, pieces: Iterable[bytes]) -> None: ...
    def read(self, name: str, start: int, end: int) -> bytes: ...
    def size(self, name: str) -> int:
        """Raises BlobMissing."""

    def delete(self, name: str) -> None: ...


class SealedStorage:
    """A Storage over any place: AES-256-GCM in chunks of 64 KB, so that a range opens without the rest.

    The nonce of a chunk is its number and a mark on the last one (the STREAM construction): chunks cannot be
    reordered, dropped or cut off unseen. Counting nonces are safe because each file has a key of its own.
    """

    def __init__(self, place: Place, vault: Vault) -> None:
        self._place = place
        self._vault = vault

    def put(self, content: BinaryIO | bytes, context: str) -> StoredBlob:
        """See Storage.put."""
        if not CONTEXT.fullmatch(context):
            raise StorageError(f"{context!r} is no name for a folder of stored files.")
        token = secrets.token_hex(16)
        name = f"{context}/{token[:2]}/{token}"
        file_key = AESGCM.generate_key(bit_length=256)
        source = _Measured(io.BytesIO(content) if isinstance(content, bytes) else content)
        self._place.write(name, _seal_chunks(AESGCM(file_key), source))
        return StoredBlob(name, source.size, source.hash.hexdigest(), self._vault.wrap_file_key(file_key, name))

    def open_range(self, name: str, wrapped_key: bytes, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """See Storage.open_range."""
        _check_name(name)
        cipher = AESGCM(self._vault.unwrap_file_key(wrapped_key, name))
        size = _plain_size(self._place.size(name))
        end = size if end is None else min(end, size)
        return self._open_chunks(name, cipher, size, max(start, 0), end)

    def _open_chunks(self, name: str, cipher: AESGCM, size: int, start: int, end: int) -> Iterator[bytes]:
        last = _chunk_count(size) - 1
        # An empty file still has one (empty) chunk, whose tag is to be checked.
        wanted = range(start // CHUNK, (max(end, 1) - 1) // CHUNK + 1) if start < end or size == 0 else range(0)
        for first in range(wanted.start, wanted.stop, CHUNKS_A_READ):
            stop = min(first + CHUNKS_A_READ, wanted.stop)
            sealed = self._place.read(name, len(MAGIC) + first * SEALED_CHUNK, len(MAGIC) + stop * SEALED_CHUNK)
            for number in range(first, stop):
                piece = sealed[(number - first) * SEALED_CHUNK : (number - first + 1) * SEALED_CHUNK]
                try:
                    plain = cipher.decrypt(_nonce(number, is_last=number == last), piece, MAGIC)
                except (InvalidTag, ValueError):
                    raise BlobBroken(f"{name} was changed since it was stored.") from None
                yield plain[max(start - number * CHUNK, 0) : end - number * CHUNK]

    def read(self, name: str, wrapped_key: bytes) -> bytes:
        """See Storage.read."""
        return b"".join(self.open_range(name, wrapped_key))

    def delete(self, name: str) -> None:
        """See Storage.delete."""
        _check_name(name)
        self._place.delete(name)

    def exists(self, name: str) -> bool:
        """See Storage.exists."""
        _check_name(name)
        try:
            self._place.size(name)
        except BlobMissing:
            return False
        return True


class Folder:
    """Sealed files under one local folder, readable by this user only, never half written."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Write beside the target, flush to the disk, then rename: a crash leaves the old state."""
        target = self._root / name
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, part = tempfile.mkstemp(dir=target.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.writelines(pieces)
                file.flush()
                os.fsync(file.fileno())
            Path(part).replace(target)
        except BaseException:
            Path(part).unlink(missing_ok=True)
            raise
        _sync_folder(target.parent)

    def read(self, name: str, start: int, end: int) -> bytes:
        """Sealed bytes [start, end), fewer at the end of the file."""
        try:
            with (self._root / name).open("rb") as file:
                file.seek(start)
                return file.read(end - start)
        except FileNotFoundError:
            raise BlobMissing(f"{name} is not stored.") from None

    def size(self, name: str) -> int:
        """Sealed bytes of the file."""
        try:
            return (self._root / name).stat().st_size
        except FileNotFoundError:
            raise BlobMissing(f"{name} is not stored.") from None

    def delete(self, name: str) -> None:
        """Remove the file if it is there."""
        (self._root / name).unlink(missing_ok=True)


class Bucket:
    """Sealed files in an object store of the optional package obstore (S3 and what speaks like it).

    The store's client has threads of its own that do not survive a fork: make a Bucket in the process that uses it.
    """

    def __init__(self, store: Any, prefix: str = "") -> None:
        self._store = store
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""

    def write(self, name: str, pieces: Iterable[bytes]) -> None:
        """Upload; the object appears when it is complete."""
        import obstore

        obstore.put(self._store, self._prefix + name, pieces)

    def read(self, name: str, start: int, end: int) -> bytes:
        """Sealed bytes [start, end), fewer at the end of the object."""
        import obstore

        end = min(end, self.size(name))
        if start >= end:
            return b""
        return bytes(obstore.get_range(self._store, self._prefix + name, start=start, end=end))

    def size(self, name: str) -> int:
        """Sealed bytes of the object."""
        import obstore

        try:
            return int(obstore.head(self._store, self._prefix + name)["size"])
        except FileNotFoundError:
            raise BlobMissing(f"{name} is not stored.") from None

    def delete(self, name: str) -> None:
        """Remove the object if it is there."""
        import obstore

        try:
            obstore.delete(self._store, self._prefix + name)
        except FileNotFoundError:
            return


def storage_from_url(url: str, vault: Vault) -> SealedStorage:
    """`instance/files` or `file:///srv/loket/files` is a folder, `s3://bucket/prefix?region=...&endpoint=...` a bucket.

    Other words after the `?` go to the client as they are (`allow_http=true`, `virtual_hosted_style_request=true`);
    the access key comes from the usual AWS_... variables. `memory:` forgets at the end of the process.
    """
    parts = urlsplit(url)
    if parts.scheme in ("", "file"):
        return SealedStorage(Folder(Path(unquote(parts.path))), vault)
    if parts.scheme not in ("s3", "memory"):
        raise StorageError(f"{parts.scheme!r} is no kind of storage; use a folder or s3://bucket.")
    try:
        from obstore.store import MemoryStore, S3Store
    except ImportError:
        raise StorageError("Storage in a bucket needs the optional package obstore (extra `s3`).") from None
    if parts.scheme == "memory":
        return SealedStorage(Bucket(MemoryStore()), vault)
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    client: Any = {"allow_http": True} if options.pop("allow_http", "false") == "true" else None
    return SealedStorage(Bucket(S3Store(parts.netloc, client_options=client, **options), parts.path), vault)


class _Measured:
    """Reads a stream in chunks and keeps its size and hash."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.size = 0
        self.hash = hashlib.sha256()

    def next_chunk(self) -> bytes:
        """A full chunk, or fewer bytes at the end; a stream may give less than it is asked for."""
        chunk = b""
        while len(chunk) < CHUNK and (more := self._stream.read(CHUNK - len(chunk))):
            chunk += more
        self.size += len(chunk)
        self.hash.update(chunk)
        return chunk


def _seal_chunks(cipher: AESGCM, source: _Measured) -> Iterator[bytes]:
    yield MAGIC
    number, chunk = 0, source.next_chunk()
    while True:
        # The last chunk is known only when nothing follows it.
        following = source.next_chunk() if len(chunk) == CHUNK else b""
        yield cipher.encrypt(_nonce(number, is_last=not following), chunk, MAGIC)
        if not following:
            return
        number, chunk = number + 1, following


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + (b"\x01" if is_last else b"\x00")


def _chunk_count(size: int) -> int:
    return max(1, -(-size // CHUNK))


def _plain_size(sealed_size: int) -> int:
    body = sealed_size - len(MAGIC)
    return max(body - TAG * -(-body // SEALED_CHUNK), 0)


def _check_name(name: str) -> None:
    if not NAME.fullmatch(name):
        raise BlobMissing("No stored file has such a name.")


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
