"""The vault keeps what it seals, tells what it cannot open, and shows no secret."""

import base64
import pickle

import pytest

from portal.vault import SealBroken, UnknownKey, Vault, VaultError, parse_keys

OLD, NEW, INDEX, AUDIT = (bytes([n]) * 32 for n in (1, 2, 3, 4))


@pytest.fixture
def vault():
    return Vault({"k2": NEW, "k1": OLD}, INDEX, AUDIT)


@pytest.fixture
def vault_before_rotation():
    return Vault({"k1": OLD}, INDEX, AUDIT)


def test_what_is_sealed_opens_in_its_own_place(vault):
    assert vault.open(vault.seal("3326016708900001", "answer:1:nik"), "answer:1:nik") == b"3326016708900001"


def test_json_comes_back_as_it_was(vault):
    value = {"nama": "Siti Nur’aini", "anak_ke": 2, "saksi": [None, True]}
    assert vault.open_json(vault.seal_json(value, "draft:9"), "draft:9") == value


def test_the_same_value_is_sealed_differently_each_time(vault):
    assert vault.seal("rahasia", "a") != vault.seal("rahasia", "a")


def test_a_sealed_value_hides_its_plaintext(vault):
    assert b"rahasia" not in vault.seal("rahasia", "a")


def test_a_value_copied_to_another_place_does_not_open(vault):
    with pytest.raises(SealBroken):
        vault.open(vault.seal("rahasia", "answer:1:nik"), "answer:2:nik")


def test_any_changed_byte_is_noticed(vault):
    sealed = vault.seal("rahasia", "a")
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises(VaultError):
            vault.open(bytes(changed), "a")


@pytest.mark.parametrize("junk", [b"", b"\x01", b"\x01\x02k", b"\x09\x02k1" + bytes(40)])
def test_junk_is_not_a_sealed_value(vault, junk):
    with pytest.raises(SealBroken):
        vault.open(junk, "a")


def test_a_rotated_vault_opens_old_values_and_asks_to_seal_them_again(vault, vault_before_rotation):
    old = vault_before_rotation.seal("rahasia", "a")
    assert vault.open(old, "a") == b"rahasia"
    assert vault.needs_reseal(old)
    fresh = vault.reseal(old, "a")
    assert not vault.needs_reseal(fresh)
    assert vault.open(fresh, "a") == b"rahasia"


def test_an_unknown_key_is_named_without_showing_the_value(vault, vault_before_rotation):
    with pytest.raises(UnknownKey, match="k2"):
        vault_before_rotation.open(vault.seal("rahasia", "a"), "a")


def test_a_file_key_opens_for_its_own_file_only(vault):
    wrapped = vault.wrap_file_key(bytes(32), "temporary/abc")
    assert vault.unwrap_file_key(wrapped, "temporary/abc") == bytes(32)
    with pytest.raises(SealBroken):
        vault.unwrap_file_key(wrapped, "temporary/other")


def test_a_file_key_can_be_wrapped_again(vault, vault_before_rotation):
    wrapped = vault_before_rotation.wrap_file_key(b"f" * 32, "a/b")
    again = vault.rewrap_file_key(wrapped, "a/b")
    assert not vault.needs_reseal(again)
    assert vault.unwrap_file_key(again, "a/b") == b"f" * 32


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        ("nik", "3326016708900001", " 33.26.01 670890 0001 "),
        ("phone", "+62 852-9349-9722", "085293499722"),
        ("email", "Siti@Contoh.ID", "siti@contoh.id "),
        ("passport", "c 1234567", "C1234567"),
        ("nik", "3326016708900001", "３３２６０１６７０８９００００１"),
    ],
)
def test_two_spellings_of_one_identifier_have_one_digest(vault, kind, one, other):
    assert vault.digest(kind, one) == vault.digest(kind, other)


def test_digests_differ_by_kind_and_by_index_key(vault):
    elsewhere = Vault({"k1": OLD}, b"x" * 32, AUDIT)
    number = "3326016708900001"
    digests = {vault.digest("nik", number), vault.digest("kk", number), elsewhere.digest("nik", number)}
    assert len(digests) == 3


def test_a_digest_survives_the_rotation_of_sealing_keys(vault, vault_before_rotation):
    assert vault.digest("nik", "33") == vault_before_rotation.digest("nik", "33")


def test_the_audit_code_depends_on_its_key_and_its_bytes(vault):
    elsewhere = Vault({"k1": OLD}, INDEX, b"y" * 32)
    assert len({vault.mac(b"1"), vault.mac(b"2"), elsewhere.mac(b"1")}) == 3


def test_neither_text_nor_pickle_shows_a_key(vault):
    assert repr(vault) == "Vault(keys=['k2', 'k1'], newest='k2')"
    with pytest.raises(TypeError):
        pickle.dumps(vault)


def test_a_short_key_or_one_used_twice_is_refused():
    with pytest.raises(VaultError, match="31 bytes"):
        Vault({"k1": bytes(31)}, INDEX, AUDIT)
    with pytest.raises(VaultError, match="of its own"):
        Vault({"k1": OLD}, OLD, AUDIT)
    with pytest.raises(VaultError, match="at least one"):
        Vault({}, INDEX, AUDIT)


def test_keys_are_read_in_the_order_they_are_written():
    text = ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in (("k2", NEW), ("k1", OLD)))
    assert list(parse_keys(text).items()) == [("k2", NEW), ("k1", OLD)]


def test_a_mistyped_key_is_refused_without_being_repeated():
    with pytest.raises(VaultError) as refusal:
        parse_keys("k1:not-base64-rahasia!")
    assert "rahasia" not in str(refusal.value)
