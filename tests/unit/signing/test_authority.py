"""The demo's authority marks all it issues, and opens a key to its signer only."""

import stat
from datetime import timedelta

from portal.integrations.authority import ensure_demo_authority
from tests.signatures import NIK, NOW, PASSPHRASE


def test_the_authority_is_made_once_and_found_again(tmp_path, authority):
    again = ensure_demo_authority(tmp_path / "keys", NOW + timedelta(days=9))
    assert again.root_pem == authority.root_pem


def test_every_subject_says_that_it_is_a_simulation(authority):
    opened = authority.open_signer(NIK, PASSPHRASE)
    for certificate in (opened.certificate, *opened.chain):
        assert "SIMULASI" in certificate.subject.rfc4514_string()


def test_key_files_belong_to_their_owner_and_tell_nothing(tmp_path, authority):
    paths = [path for path in (tmp_path / "keys").rglob("*") if path.is_file()]
    assert len(paths) == 2
    for path in paths:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert NIK not in path.name
        assert PASSPHRASE.encode() not in path.read_bytes()


def test_a_signers_key_opens_with_the_right_passphrase_only(authority):
    assert authority.open_signer(NIK, PASSPHRASE) is not None
    assert authority.open_signer(NIK, "salah") is None
    assert authority.open_signer(NIK, "") is None


def test_the_status_of_a_signer_follows_its_certificate(authority):
    assert authority.status(NIK, NOW) == "ISSUE"
    assert authority.status("tidak@ada.id", NOW) == "NOT_REGISTERED"
    assert authority.status(NIK, NOW + timedelta(days=731)) == "EXPIRED"
    authority.revoke_signer(NIK)
    assert authority.status(NIK, NOW) == "REVOKE"
    authority.issue_signer(NIK, name="Agus Contoh", passphrase="baru", now=NOW)
    assert authority.status(NIK, NOW) == "ISSUE"
