"""A new sealing key reaches every sealed column, so that the old one can be thrown away."""

from __future__ import annotations

import secrets
from io import BytesIO

from flask import Flask
from sqlalchemy import select

from portal.extensions import db
from portal.models import Account, Answers, StoredFile, Submission
from portal.models.columns import Sealed
from portal.operations.rotation import list_places, reseal_everything
from portal.vault import Vault
from tests.client import CheckedClient
from tests.fixtures_files import photo
from tests.journeys import joining
from tests.web.registering import register


def vault_of(keys: dict[str, bytes], old: Vault) -> Vault:
    """Another order of sealing keys; what finds and what chains stays."""
    return Vault(keys, old._index_key, old._audit_key)


def test_every_sealed_column_is_walked() -> None:
    walked = {f"{place.table.name}.{place.column.name}" for place in list_places()}
    sealed = {f"{t.name}.{c.name}" for t in db.metadata.sorted_tables for c in t.c if isinstance(c.type, Sealed)}
    assert walked == sealed | {"stored_file.wrapped_key", "stored_file.thumbnail_key"}
    assert {"second_factor.secret", "recovery.note", "data_request.text", "outside_identity.shown"} <= sealed


def test_after_a_rotation_the_old_key_opens_nothing_and_is_not_needed(
    site: Flask, visitor: CheckedClient, citizen: CheckedClient
) -> None:
    register(visitor)
    citizen.get("/akun/foto")
    citizen.submit({"photo": (BytesIO(photo()), "saya.jpg")}, form="/akun/foto")
    storage, old = site.extensions["storage"], site.extensions["vault"]
    first = next(iter(old._ciphers))
    fresh = secrets.token_bytes(32)
    both = vault_of({"baru": fresh, first: _key_of(site, first)}, old)
    site.extensions["vault"] = both
    try:
        assert reseal_everything() > 10
        assert reseal_everything() == 0, "twice is once"
        site.extensions["vault"] = alone = vault_of({"baru": fresh}, old)
        db.session.remove()
        assert (
            db.session.scalars(select(Account).where(Account.name == joining.FORM["name"])).one().phone == joining.PHONE
        )
        assert db.session.scalars(select(Answers)).all()
        assert db.session.scalars(select(Submission)).one().content["answers"]
        file = db.session.scalars(select(StoredFile)).one()
        assert len(alone.unwrap_file_key(bytes(file.wrapped_key), file.blob)) == 32
        assert len(alone.unwrap_file_key(bytes(file.thumbnail_key or b""), file.thumbnail_blob or "")) == 32
        assert storage is not None
    finally:
        site.extensions["vault"] = old


def _key_of(site: Flask, key_id: str) -> bytes:
    keys: dict[str, bytes] = site.extensions["config"].data_keys
    return keys[key_id]
