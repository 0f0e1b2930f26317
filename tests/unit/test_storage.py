"""A storage keeps bytes secret and whole, in a folder and in a bucket alike."""

import hashlib
import io
import os
import stat

import pytest

from portal.integrations import storage as module
from portal.integrations.storage import (
    CHUNK,
    BlobBroken,
    BlobMissing,
    Bucket,
    Folder,
    SealedStorage,
    StorageError,
    storage_from_url,
)
from portal.vault import SealBroken, Vault

SIZES = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 20 * CHUNK + 17]


@pytest.fixture
def vault():
    return Vault({"k1": b"1" * 32}, b"i" * 32, b"a" * 32)


@pytest.fixture(params=["folder", "bucket"])
def storage(request, vault, tmp_path):
    if request.param == "folder":
        return SealedStorage(Folder(tmp_path), vault)
    stores = pytest.importorskip("obstore.store")
    return SealedStorage(Bucket(stores.MemoryStore(), "loket"), vault)


@pytest.fixture
def folder(vault, tmp_path):
    return SealedStorage(Folder(tmp_path), vault)


def pattern(size):
    return (bytes(range(251)) * (size // 251 + 1))[:size]


class Dribble(io.BytesIO):
    """A stream that gives less than it is asked for, as sockets do."""

    def read(self, size=-1):
        return super().read(min(size, 1000) if size > 0 else size)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_put_is_read_again_with_its_size_and_hash(storage, size):
    content = pattern(size)
    blob = storage.put(content, "temporary")
    assert storage.read(blob.name, blob.wrapped_key) == content
    assert (blob.size, blob.sha256) == (size, hashlib.sha256(content).hexdigest())


def test_a_stream_that_dribbles_is_stored_whole(storage):
    content = pattern(2 * CHUNK + 5)
    blob = storage.put(Dribble(content), "temporary")
    assert storage.read(blob.name, blob.wrapped_key) == content


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1), (5, 5), (CHUNK - 1, CHUNK + 1), (CHUNK, 2 * CHUNK), (17 * CHUNK - 3, None), (0, 10**9), (10**9, None)],
)
def test_any_range_equals_the_same_slice(storage, start, end):
    content = pattern(20 * CHUNK + 17)
    blob = storage.put(content, "issued")
    assert b"".join(storage.open_range(blob.name, blob.wrapped_key, start, end)) == content[start:end]


def test_a_range_opens_only_the_chunks_it_touches(folder, tmp_path):
    blob = folder.put(pattern(5 * CHUNK), "issued")
    path = tmp_path / blob.name
    sealed = bytearray(path.read_bytes())
    sealed[10] ^= 1  # Only the first chunk is broken.
    path.write_bytes(sealed)
    assert len(b"".join(folder.open_range(blob.name, blob.wrapped_key, 2 * CHUNK, 3 * CHUNK))) == CHUNK
    with pytest.raises(BlobBroken):
        folder.read(blob.name, blob.wrapped_key)


@pytest.mark.parametrize("cut", [1, 16, CHUNK + 16, 2 * (CHUNK + 16)])
def test_a_file_that_was_cut_is_noticed(folder, tmp_path, cut):
    blob = folder.put(pattern(3 * CHUNK), "issued")
    path = tmp_path / blob.name
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(BlobBroken):
        folder.read(blob.name, blob.wrapped_key)


def test_swapped_chunks_are_noticed(folder, tmp_path):
    blob = folder.put(pattern(4 * CHUNK), "issued")
    path = tmp_path / blob.name
    sealed, step = path.read_bytes(), CHUNK + 16
    one, two = sealed[4 : 4 + step], sealed[4 + step : 4 + 2 * step]
    path.write_bytes(sealed[:4] + two + one + sealed[4 + 2 * step :])
    with pytest.raises(BlobBroken):
        folder.read(blob.name, blob.wrapped_key)


@pytest.mark.req("XCT-03")
def test_nothing_readable_lies_on_the_disk(folder, tmp_path):
    blob = folder.put(b"NIK 3326016708900001" * 50, "temporary")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.relative_to(tmp_path).as_posix() for path in files] == [blob.name]
    assert b"3326016708900001" not in files[0].read_bytes()
    assert stat.S_IMODE(files[0].stat().st_mode) == 0o600


def test_the_same_bytes_get_another_name_and_another_key(storage):
    one, two = storage.put(b"sama", "temporary"), storage.put(b"sama", "temporary")
    assert one.name != two.name
    assert one.wrapped_key != two.wrapped_key


def test_the_key_of_one_file_does_not_open_another(storage):
    one, two = storage.put(b"satu", "temporary"), storage.put(b"dua", "temporary")
    with pytest.raises(SealBroken):
        storage.read(two.name, one.wrapped_key)


def test_a_deleted_file_is_gone_and_deleting_again_is_fine(storage):
    blob = storage.put(b"hapus", "temporary")
    assert storage.exists(blob.name)
    storage.delete(blob.name)
    storage.delete(blob.name)
    assert not storage.exists(blob.name)
    with pytest.raises(BlobMissing):
        storage.open_range(blob.name, blob.wrapped_key)


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "temporary/ab/../../x", "temporary", ""])
def test_a_name_never_leaves_the_storage(storage, name):
    for act in (storage.exists, storage.delete):
        with pytest.raises(BlobMissing):
            act(name)


@pytest.mark.parametrize("context", ["../x", "A", "", "a/b"])
def test_a_context_is_one_plain_word(storage, context):
    with pytest.raises(StorageError):
        storage.put(b"x", context)


def test_a_write_that_fails_leaves_nothing_behind(folder, tmp_path):
    class Broken(io.BytesIO):
        def read(self, _size=-1):
            raise OSError("the line broke")

    with pytest.raises(OSError, match="line broke"):
        folder.put(Broken(), "temporary")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_write_reaches_the_disk_before_it_gets_its_name(folder, monkeypatch):
    steps = []
    monkeypatch.setattr(module.os, "fsync", lambda handle, real=os.fsync: (steps.append("fsync"), real(handle)))
    monkeypatch.setattr(module.Path, "replace", lambda part, target: (steps.append("rename"), part.rename(target)))
    folder.put(b"x", "temporary")
    assert steps == ["fsync", "rename", "fsync"]


def test_the_address_chooses_the_storage(vault, tmp_path):
    for address in (str(tmp_path / "a"), f"file://{tmp_path}/b%20c"):
        blob = storage_from_url(address, vault).put(b"x", "temporary")
        assert storage_from_url(address, vault).read(blob.name, blob.wrapped_key) == b"x"
    assert (tmp_path / "b c").is_dir()
    with pytest.raises(StorageError, match="ftp"):
        storage_from_url("ftp://x", vault)


def test_a_bucket_address_makes_a_client_without_touching_the_network(vault):
    pytest.importorskip("obstore")
    address = "s3://berkas/loket?region=ap-southeast-3&endpoint=http://127.0.0.1:9/&allow_http=true"
    assert isinstance(storage_from_url(address, vault), SealedStorage)
