"""The table of docs/registrations.md, made from what the agencies declare: `python -m tests.registrations_page`."""

from collections.abc import Callable, Iterable
from pathlib import Path

from portal.engine.assurance import assurance_of
from portal.engine.declare import Catalogue, Registration, Service
from portal.engine.fields import field_type
from tests.unit.engine_examples import shipped_catalogue

PAGE = Path(__file__).parents[1] / "docs" / "registrations.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"


def table(catalogue: Catalogue) -> str:
    """One column an agency, one row a word of the vocabulary; markdown."""
    services = {code: catalogue.registration(code) for code in sorted(catalogue.agencies)}
    found = {code: service for code, service in services.items() if service and service.registration}
    lines = [_line("", found), _line("---", ["---"] * len(found))]
    lines += [_line(label, (row(service, service.registration) for service in found.values())) for label, row in ROWS]
    lines += [_line("officers", (_officers(catalogue, code, service) for code, service in found.items()))]
    lines += [_line("offices", (str(len(catalogue.offices[code])) for code in found))]
    return "\n".join(lines)


def page_with(text: str, new: str) -> str:
    """The page with its table replaced."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n\n{new}\n\n{END}{rest.split(END)[1]}"


def _line(label: str, cells: Iterable[str]) -> str:
    return f"| {' | '.join([label, *(cell or '–' for cell in cells)])} |"


def _fields(service: Service, *, required: bool) -> str:
    """Labels of what is always asked; what only some people are asked stands in a row of its own."""
    return "; ".join(f.label for f in _kept(service) if f.required is required and not f.when)


def _kept(service: Service) -> list:
    return [f for f in service.fields if not field_type(f.type).transient]


def _kinds(service: Service, rules: Registration) -> str:
    question = service.field(rules.kind)
    return ", ".join(option.label for option in question.options) if question else "one"


def _conditional(service: Service) -> str:
    return "; ".join(f.label for f in _kept(service) if f.when)


def _login(rules: Registration) -> str:
    made = ", ".join(f"{kind} `{pattern}`" for kind, pattern in rules.login_names.items())
    return f"made: {made}" if made else rules.login


def _reset(rules: Registration) -> str:
    reset = rules.reset
    if reset is None:
        return ""
    asks = (" or " if reset.any_of else " + ").join(reset.asks)
    return f"{asks}, by {reset.by}" + (f", then {' + '.join(reset.then)}" if reset.then else "")


def _officers(catalogue: Catalogue, code: str, service: Service) -> str:
    agency = catalogue.agency(code)
    workflow = catalogue.workflow(code, service.workflow)
    names = dict.fromkeys(action.by for action in workflow.actions.values() if action.by in agency.roles)
    return ", ".join(f"{agency.roles[name].label} ({agency.roles[name].level})" for name in names)


def _yes(value: object) -> str:
    return "yes" if value else "no"


ROWS: tuple[tuple[str, Callable[[Service, Registration], str]], ...] = (
    ("kinds", _kinds),
    ("proof", lambda _, r: f"{r.proof} (assurance {assurance_of(r.proof)})"),
    ("logs in with", lambda _, r: _login(r)),
    ("found by", lambda _, r: ", ".join(r.found_by)),
    ("outside logins", lambda _, r: ", ".join(r.outside)),
    ("e-mail proven first", lambda _, r: _yes(r.email_first)),
    ("phone proven by a code", lambda _, r: _yes(r.phone)),
    ("logs in before approval", lambda _, r: _yes(r.early_login)),
    ("asked at activation", lambda _, r: r.challenge),
    ("forgotten password", lambda _, r: _reset(r)),
    ("no two of", lambda _, r: " + ".join(r.unique)),
    ("valid for", lambda _, r: r.scope),
    ("sent to the office of", lambda s, _: s.routing),
    ("verified again when changed", lambda _, r: ", ".join(r.proven)),
    ("required", lambda s, _: _fields(s, required=True)),
    ("optional", lambda s, _: _fields(s, required=False)),
    ("asked of some", lambda s, _: _conditional(s)),
    ("documents", lambda s, _: "; ".join(d.label for d in s.documents)),
    ("sum", lambda s, _: _yes(any(f.type == "captcha" for f in s.fields))),
)


if __name__ == "__main__":
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8"), table(shipped_catalogue())), encoding="utf-8")
