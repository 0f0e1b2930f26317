"""The asset pipeline, its budgets, and every component drawn once."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import Environment, FileSystemLoader

from portal.errors import Invalid
from portal.web import assets
from tests import gallery

TEMPLATES = assets.STATIC.parent / "templates"
# Stands for htmx where npm has not run: as large on the wire as the real one, 11.7 KB.
HTMX_ON_THE_WIRE = 11_700


@pytest.fixture(scope="module")
def node_modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("node")
    script = folder / "htmx.org" / "dist" / "htmx.min.js"
    script.parent.mkdir(parents=True)
    script.write_text("var htmx={};\n//# sourceMappingURL=htmx.min.js.map\n")
    return folder


@pytest.fixture(scope="module")
def built(node_modules: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("assets") / "dist"
    assets.build(folder, node_modules)
    return folder


@pytest.fixture(scope="module")
def app(built: Path) -> Flask:
    return gallery.make_app(built)


@pytest.fixture
def client(app: Flask) -> Iterator[FlaskClient]:
    with app.test_client() as opened:
        yield opened


def wire(folder: Path, name: str) -> int:
    return (folder / (assets._manifest(folder)[name] + ".br")).stat().st_size


def test_the_style_of_a_citizens_page_leaves_ten_kilobytes_for_its_words(
    built: Path,
) -> None:
    assert wire(built, "citizen.css") <= 6_500
    assert wire(built, "officer.css") <= 2_500


def test_style_script_and_icon_of_a_cold_visit_stay_under_twenty_kilobytes(
    built: Path,
) -> None:
    whole = sum(wire(built, name) for name in ("citizen.css", "app.js", "icon.svg"))
    assert whole + HTMX_ON_THE_WIRE <= 20_000


def test_a_cold_visit_asks_for_three_files_besides_the_page(
    client: FlaskClient,
) -> None:
    page = client.get("/masuk").text
    assert len(re.findall(r'(?:src|href)="(/aset/[^"]+)"', page)) == 3


def test_names_follow_the_content(built: Path, node_modules: Path, tmp_path: Path) -> None:
    again = assets.build(tmp_path / "again", node_modules)
    assert again == assets._manifest(built)
    (node_modules / "htmx.org/dist/htmx.min.js").write_text("var htmx={changed:1};")
    changed = assets.build(tmp_path / "changed", node_modules)
    assert changed["app.js"] != again["app.js"]
    assert changed["citizen.css"] == again["citizen.css"]


@pytest.mark.parametrize(
    ("accepts", "encoding", "unpack"),
    [
        ("br, gzip", "br", brotli.decompress),
        ("gzip", "gzip", gzip.decompress),
        ("br;q=0, gzip", "gzip", gzip.decompress),
        ("", None, bytes),
    ],
)
def test_a_file_is_sent_in_the_smallest_form_the_browser_takes(
    client: FlaskClient, accepts: str, encoding: str | None, unpack: Callable[[bytes], bytes]
) -> None:
    address = client.get("/masuk").text.split('rel="stylesheet" href="')[1].split('"')[0]
    response = client.get(address, headers={"Accept-Encoding": accepts})
    assert response.headers.get("Content-Encoding") == encoding
    assert unpack(response.data) == client.get(address).data
    assert response.headers["Content-Type"] == "text/css; charset=utf-8"
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("name", ["manifest.json", "../tokens.css", "citizen.css", "citizen.0000000000.css"])
def test_nothing_but_the_built_files_can_be_read(client: FlaskClient, name: str) -> None:
    assert client.get(f"/aset/{name}").status_code == 404


def test_missing_assets_say_what_to_run(tmp_path: Path) -> None:
    bare = gallery.make_app(tmp_path / "nothing")
    with bare.app_context(), pytest.raises(assets.AssetsMissingError, match="make assets"):
        assets.asset_url("citizen.css")


def test_a_build_without_htmx_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(assets.AssetsMissingError, match="npm ci"):
        assets.build(tmp_path / "dist", tmp_path)


def test_our_script_loses_only_space_and_comments() -> None:
    source = 'a();\n\n  // why\n  b("// kept");\n'
    assert assets.strip_script(source) == 'a();\nb("// kept");'


def test_no_style_names_a_colour_outside_the_tokens() -> None:
    for path in (assets.STATIC / "css").glob("*.css"):
        if path.name not in ("tokens.css", "print.css"):
            assert not re.findall(r"#[0-9a-f]{3,8}\b(?=[^{}]*;)|rgba?\(", path.read_text()), path.name


def test_every_component_has_a_macro_of_its_own_name() -> None:
    for path in (TEMPLATES / "components").glob("*.html"):
        module = Environment(autoescape=True, extensions=[]).parse(path.read_text())
        names = [node.name for node in module.body if type(node).__name__ == "Macro"]
        assert path.stem in names, path.name


def test_every_field_type_has_an_input_and_an_answer() -> None:
    # A name that begins with a line is a part that several inputs include.
    types = {path.stem.removesuffix("_answer") for path in (TEMPLATES / "fields").glob("[!_]*.html")}
    for name in types:
        assert (TEMPLATES / "fields" / f"{name}.html").exists(), name
        assert (TEMPLATES / "fields" / f"{name}_answer.html").exists(), name


@pytest.mark.parametrize("page", ["/", "/petugas", "/masuk"])
def test_the_gallery_has_one_heading_unique_ids_labels_and_no_inline_style(client: FlaskClient, page: str) -> None:
    seen = Page()
    seen.feed(client.get(page).text)
    assert seen.headings == 1
    assert len(seen.ids) == len(set(seen.ids))
    assert not seen.inline
    assert set(seen.boxes) <= set(seen.labelled)
    assert set(seen.described) <= set(seen.ids)


@pytest.mark.parametrize("code", ["csrf", "403", "404", "405", "409", "413", "422", "429", "500", "503"])
def test_every_error_has_a_page_that_says_what_to_do(app: Flask, code: str) -> None:
    from flask import render_template

    with app.test_request_context("/somewhere"):
        page = render_template(f"errors/{code}.html", error=Invalid({"": "Kosong"}))
    assert page.count("<h1>") == 1
    assert '<a class="b' in page


def test_all_templates_compile() -> None:
    environment = Environment(autoescape=True, loader=FileSystemLoader(TEMPLATES))
    for folder in ("layout", "components", "fields", "errors"):
        for path in (TEMPLATES / folder).glob("*.html"):
            environment.parse(path.read_text(), filename=str(path))


class Page(HTMLParser):
    """What a strict eye sees: headings, ids, boxes and their labels, anything inline."""

    def __init__(self) -> None:
        super().__init__()
        self.headings = 0
        self.ids: list[str] = []
        self.boxes: list[str] = []
        self.labelled: list[str] = []
        self.described: list[str] = []
        self.inline: list[str] = []
        self.in_label = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        name = found.get("id")
        self.headings += tag == "h1"
        self.in_label += tag == "label"
        self.ids += [name] if name else []
        self.described += (found.get("aria-describedby") or "").split()
        self.inline += [key for key in found if key == "style" or key.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in found):
            self.inline.append(tag)
        if tag == "label" and found.get("for"):
            self.labelled.append(str(found["for"]))
        if tag in ("input", "select", "textarea") and found.get("type") != "hidden":
            self.boxes.append(str(name))
            if self.in_label:
                self.labelled.append(str(name))

    def handle_endtag(self, tag: str) -> None:
        self.in_label -= tag == "label"
