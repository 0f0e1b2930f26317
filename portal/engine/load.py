"""Reads agencies/ into a frozen Catalogue, naming every mistake by file and place."""

import csv
import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import yaml
from pydantic import ValidationError

from portal.engine.declare import (
    STEP_KINDS,
    Agency,
    Catalogue,
    Consent,
    Declared,
    Message,
    Office,
    Service,
    Workflow,
)

SHARED = "_shared"
PLAIN = {"missing": "is missing", "extra_forbidden": "is not a word of the vocabulary"}
D = TypeVar("D", bound=Declared)


class Problem(NamedTuple):
    """One mistake: `path` is file and place, `message` says what is wrong."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}"


class DeclarationErrors(Exception):
    """All mistakes of a folder of declarations at once."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class _WordLoader(yaml.SafeLoader):
    """YAML in which each scalar is a string: no is a word, 33.26 keeps its dot and zeros."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML declares it so

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - PyYAML calls it so
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"the key {key.value} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load_catalogue(folder: Path) -> Catalogue:
    """Every agency below `folder`; raises DeclarationErrors with all mistakes found."""
    reading = _Reading(folder)
    shared_workflows = reading.named(folder / SHARED / "workflows", Workflow)
    shared_messages = reading.messages(folder / SHARED / "messages")
    agencies: dict[str, Agency] = {}
    offices: dict[str, tuple[Office, ...]] = {}
    services: dict[str, dict[str, Service]] = {}
    workflows: dict[str, dict[str, Workflow]] = {}
    messages: dict[str, dict[str, Message]] = {}
    for home in _agency_folders(folder):
        agency = reading.one(home / "agency.yaml", Agency, home.name)
        code = home.name
        if agency:
            agencies[code] = agency
        offices[code] = reading.offices(home / "offices.csv")
        services[code] = reading.named(home / "services", Service)
        workflows[code] = shared_workflows | reading.named(home / "workflows", Workflow)
        messages[code] = shared_messages | reading.messages(home / "messages")
    if reading.problems:
        raise DeclarationErrors(reading.problems)
    return Catalogue(
        agencies=agencies,
        offices=offices,
        services=services,
        workflows=workflows,
        messages=messages,
    )


def _agency_folders(folder: Path) -> list[Path]:
    return sorted(home for home in folder.iterdir() if home.is_dir() and not home.name.startswith(("_", ".")))


class _Reading:
    """One pass over a folder, which collects mistakes instead of stopping at the first."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []

    def wrong(self, path: Path, place: str, message: str) -> None:
        where = path.relative_to(self.folder).as_posix()
        self.problems.append(Problem(f"{where}: {place}" if place else where, message))

    def yaml(self, path: Path) -> Any:
        try:
            return yaml.load(path.read_text(encoding="utf-8"), Loader=_WordLoader)  # noqa: S506 - it is a SafeLoader
        except FileNotFoundError:
            self.wrong(path, "", "the file is missing")
        except UnicodeDecodeError:
            self.wrong(path, "", "the file is not UTF-8")
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            self.wrong(path, f"line {line}", error.problem or "cannot be read as YAML")
        except yaml.YAMLError as error:
            self.wrong(path, "", str(error))
        return None

    def valid(self, path: Path, prefix: str, model: type[D], raw: Any) -> D | None:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            for mistake in error.errors():
                message = PLAIN.get(mistake["type"], mistake["msg"].removeprefix("Value error, "))
                self.wrong(path, place(prefix, mistake["loc"]), message)
        return None

    def one(self, path: Path, model: type[D], name: str) -> D | None:
        """One declaration whose `code` must be the name of its file or folder."""
        raw = self.yaml(path)
        if raw is None:
            return None
        declared = self.valid(path, "", model, raw)
        if declared and getattr(declared, "code", name) != name:
            self.wrong(path, "code", f"must be {name}, as the file is called")
        return declared

    def named(self, folder: Path, model: type[D]) -> dict[str, D]:
        found = {path.stem: self.one(path, model, path.stem) for path in _yaml_files(folder)}
        return {code: declared for code, declared in found.items() if declared}

    def messages(self, folder: Path) -> dict[str, Message]:
        """Files are mappings from message key to texts; a key may stand in one file only."""
        found: dict[str, Message] = {}
        for path in _yaml_files(folder):
            raw = self.yaml(path)
            if not isinstance(raw, dict):
                self.wrong(path, "", "must map message keys to texts")
                continue
            for key, texts in raw.items():
                body = {"key": key, **texts} if isinstance(texts, dict) else texts
                message = self.valid(path, key, Message, body)
                if key in found:
                    self.wrong(path, key, "stands in two files")
                if message:
                    found[key] = message
        return found

    def offices(self, path: Path) -> tuple[Office, ...]:
        if not path.exists():
            self.wrong(path, "", "the file is missing")
            return ()
        with path.open(encoding="utf-8", newline="") as lines:
            rows = list(csv.DictReader(lines))
        found = [self.valid(path, f"row {n}", Office, row) for n, row in enumerate(rows, start=2)]
        return tuple(office for office in found if office)


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.yaml")) if folder.is_dir() else []


def place(prefix: str, loc: tuple[int | str, ...]) -> str:
    """`steps.0.fields.1.type`: the way a reader of the file counts, without pydantic's tags."""
    words = [prefix] if prefix else []
    for n, word in enumerate(loc):
        is_tag = word in STEP_KINDS and n >= 2 and loc[n - 2] == "steps" and n + 1 < len(loc)
        if not is_tag:
            words.append(str(word))
    return ".".join(words)


def declaration_body(service: Service, workflow: Workflow, agency: Agency) -> tuple[str, str]:
    """What an application pins: (canonical JSON, its sha256 in hex).

    Service, workflow and the consents that its review asks for; values that equal the vocabulary's
    defaults are left out, so that a new word in the vocabulary makes no new version of anything.
    """
    asked = {consent for step in service.steps if (consent := getattr(step, "consent", ""))}
    body = {
        "service": _plain(service),
        "workflow": _plain(workflow),
        "consents": {key: _plain(agency.consents[key]) for key in sorted(asked)},
    }
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return text, hashlib.sha256(text.encode()).hexdigest()


def _plain(declared: Declared) -> dict[str, Any]:
    return declared.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def restore(body: str) -> tuple[Service, Workflow]:
    """The service and workflow of a stored declaration body."""
    raw = json.loads(body)
    return Service.model_validate(raw["service"]), Workflow.model_validate(raw["workflow"])


def restore_consents(body: str) -> dict[str, Consent]:
    """The consents of a stored declaration body, by key: the words that were agreed to."""
    raw = json.loads(body)["consents"]
    return {key: Consent.model_validate(consent) for key, consent in raw.items()}
