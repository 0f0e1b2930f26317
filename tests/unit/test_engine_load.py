"""Loading: every mistake is named by file and place, and a stored declaration comes back as it was."""

import json
import shutil
from pathlib import Path

import pytest

from portal.engine.load import (
    DeclarationErrors,
    declaration_body,
    load_catalogue,
    restore,
    restore_consents,
)
from tests.unit.engine_examples import AGENCIES, shipped_catalogue

SERVICE = "dukcapil/services/akta-kelahiran.yaml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped declarations, to be broken."""
    return Path(shutil.copytree(AGENCIES, tmp_path / "agencies"))


def change(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def mistakes(folder: Path) -> list[str]:
    with pytest.raises(DeclarationErrors) as refusal:
        load_catalogue(folder)
    return [str(problem) for problem in refusal.value.problems]


@pytest.mark.parametrize(
    ("file", "old", "new", "starts"),
    [
        (
            SERVICE,
            "key: baby_name, type: name",
            "key: baby_name, tipe: name",
            f"{SERVICE}: steps.0.fields.1.type: is missing",
        ),
        (SERVICE, "key: ktp,", "key: KTP!,", f"{SERVICE}: steps.3.items.1.key: "),
        (SERVICE, "title: Saksi", "judul: Saksi", f"{SERVICE}: steps.2.title: is missing"),
        (SERVICE, "- form: saksi", "- formulir: saksi", f"{SERVICE}: steps.2: a step is one of"),
        (SERVICE, "code: akta-kelahiran", "code: akta", f"{SERVICE}: code: must be akta-kelahiran"),
        (
            SERVICE,
            "for: 7d",
            "for: seminggu",
            f"{SERVICE}: outputs.0.delivery.for: write a duration",
        ),
        (SERVICE, 'signed: "yes"', "signed: ya", f"{SERVICE}: outputs.0.signed: write yes or no"),
        (
            SERVICE,
            "title: Akta Kelahiran",
            "title: Akta\ntitle: Lagi",
            f"{SERVICE}: line 3: the key title stands twice",
        ),
        (SERVICE, "steps:", "steps: [", f"{SERVICE}: line "),
        ("dukcapil/offices.csv", "DINAS,", "DINAS,x,y,z,", "dukcapil/offices.csv: row 2"),
        (
            "dukcapil/messages/akun.yaml",
            "aktivasi:",
            "Aktivasi:",
            "dukcapil/messages/akun.yaml: Aktivasi.key: ",
        ),
        ("dukcapil/agency.yaml", "zone: Asia/Jakarta", "zone: WIB", "dukcapil/agency.yaml: zone: "),
    ],
)
def test_mistake_is_named_by_file_and_place(folder, file, old, new, starts):
    change(folder, file, old, new)
    assert any(line.startswith(starts) for line in mistakes(folder)), mistakes(folder)


def test_all_mistakes_are_told_at_once(folder):
    change(folder, SERVICE, "type: name", "tipe: name")
    change(folder, "dukcapil/workflows/pendaftaran.yaml", "citizen: Aktif", "warga: Aktif")
    (folder / "dukcapil/offices.csv").unlink()
    files = {line.split(":")[0] for line in mistakes(folder)}
    assert files == {SERVICE, "dukcapil/workflows/pendaftaran.yaml", "dukcapil/offices.csv"}


def test_message_key_in_two_files_is_refused(folder):
    (folder / "dukcapil/messages/lagi.yaml").write_text("terkirim: {whatsapp: a, subject: b, email: c}\n")
    assert mistakes(folder) == ["dukcapil/messages/pengajuan.yaml: terkirim: stands in two files"]


def test_every_scalar_is_a_word(folder):
    change(folder, "dukcapil/agency.yaml", 'region: "33.26"', "region: 33.20")
    assert load_catalogue(folder).agency("dukcapil").region == "33.20"


def test_shared_workflows_and_messages_serve_each_agency_and_own_ones_win(folder):
    for kind in ("workflows", "messages"):
        (folder / "_shared" / kind).mkdir(parents=True, exist_ok=True)
    shared = (folder / "dukcapil/workflows/terbit-tte.yaml").read_text()
    (folder / "_shared/workflows/terbit-tte.yaml").write_text(shared.replace("title: Terbit", "title: Bersama"))
    (folder / "_shared/workflows/umum.yaml").write_text(shared.replace("code: terbit-tte", "code: umum"))
    (folder / "_shared/messages/umum.yaml").write_text("halo: {whatsapp: a, subject: b, email: c}\n")
    catalogue = load_catalogue(folder)
    assert catalogue.workflow("dukcapil", "terbit-tte").title.startswith("Terbit")
    assert catalogue.workflow("dukcapil", "umum").code == "umum"
    assert "halo" in catalogue.messages["dukcapil"]


def stored() -> tuple[str, str]:
    catalogue = shipped_catalogue()
    service = catalogue.service("dukcapil", "akta-kelahiran")
    workflow = catalogue.workflow("dukcapil", service.workflow)
    return declaration_body(service, workflow, catalogue.agency("dukcapil"))


def test_stored_declaration_comes_back_as_it_was():
    catalogue = shipped_catalogue()
    body, _ = stored()
    service, workflow = restore(body)
    assert service == catalogue.service("dukcapil", "akta-kelahiran")
    assert workflow == catalogue.workflow("dukcapil", "terbit-tte")
    consents = catalogue.agency("dukcapil").consents
    assert restore_consents(body) == {"persetujuan-layanan": consents["persetujuan-layanan"]}


def test_same_declaration_has_the_same_hash_and_any_change_another(folder):
    change(folder, SERVICE, "Kartu Keluarga tempat anak", "Kartu Keluarga di mana anak")
    changed = load_catalogue(folder)
    service, workflow = (
        changed.service("dukcapil", "akta-kelahiran"),
        changed.workflow("dukcapil", "terbit-tte"),
    )
    assert stored()[1] == stored()[1]
    assert len(stored()[1]) == 64
    assert declaration_body(service, workflow, changed.agency("dukcapil"))[1] != stored()[1]


def test_consent_text_is_part_of_the_version(folder):
    change(folder, "dukcapil/agency.yaml", "Saya menyatakan bahwa seluruh", "Saya menyatakan seluruh")
    catalogue = load_catalogue(folder)
    agency = catalogue.agency("dukcapil")
    service = catalogue.service("dukcapil", "akta-kelahiran")
    body, digest = declaration_body(service, catalogue.workflow("dukcapil", "terbit-tte"), agency)
    assert digest != stored()[1]
    assert json.loads(body)["consents"].keys() == {"persetujuan-layanan"}
