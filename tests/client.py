"""A test client that reads every HTML answer as a strict reader would."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import html5lib
from flask import g, has_app_context
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.extensions import db

NAMESPACE = "{http://www.w3.org/1999/xhtml}"
LABELLED = {"input", "select", "textarea"}
UNLABELLED_INPUTS = {"hidden", "submit", "button", "reset", "image"}
SWAPS = {
    "innerHTML",
    "outerHTML",
    "innerMorph",
    "outerMorph",
    "beforebegin",
    "afterbegin",
    "beforeend",
    "afterend",
    "delete",
    "none",
}


class CheckedClient(FlaskClient):
    """Checks each answer: strict parsing, one h1, unique ids, labels, forms, htmx targets.

    `forms` remembers the fields of the last page, so that `submit` posts a form as a browser
    without JavaScript would, its hidden inputs included.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page: Page | None = None

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        # A test holds one app context open; a real request finds nothing there of the one before.
        for name in list(g) if has_app_context() else ():
            g.pop(name)
        response = super().open(*args, **kwargs)
        # A body of more than half a megabyte is a temporary file of the client's own.
        response.request.environ["wsgi.input"].close()
        db.session.remove()
        if response.mimetype == "text/html" and response.data and not response.is_streamed:
            is_partial = "HX-Request" in response.request.headers and "<html" not in response.text
            page = Page(response.text, response.request.path, is_partial=is_partial)
            page.check(status=response.status_code)
            self.page = page
        return response

    def follow(self, response: TestResponse) -> TestResponse:
        """Go where a 303 leads, as many times as it leads on."""
        while response.status_code in (302, 303):
            response = self.get(response.headers["Location"])
        return response

    def submit(
        self,
        fields: dict[str, Any] | None = None,
        *,
        form: str | None = None,
        button: tuple[str, str] | None = None,
        follow: bool = True,
    ) -> TestResponse:
        """Fill in and send a form of the last page.

        form: part of its action or its id; the first form with a POST when not given.
        button: name and value of the button that is pressed.
        """
        assert self.page is not None, "no page was opened"
        found = self.page.form(form)
        data = {**found.values, **(fields or {})}
        if button:
            data[button[0]] = button[1]
        data = {key: value for key, value in data.items() if value is not None}
        action = found.action or self.page.path
        if found.method == "get":
            response = self.get(action, query_string=data)
        else:
            kind = "multipart/form-data" if found.is_multipart else None
            response = self.post(action, data=data, content_type=kind)
        return self.follow(response) if follow else response


class Form:
    """A form as the page shows it: where it goes and what it would send untouched."""

    def __init__(self, element: Any) -> None:
        self.action = element.get("action") or ""
        self.method = (element.get("method") or "get").lower()
        self.id = element.get("id") or ""
        self.is_multipart = element.get("enctype") == "multipart/form-data"
        self.names: set[str] = set()
        self.values: dict[str, Any] = {}
        for control in element.iter():
            self._read(control)

    def _read(self, control: Any) -> None:
        tag = _tag(control)
        name = control.get("name")
        if not name or tag not in (*LABELLED, "button"):
            return
        self.names.add(name)
        if tag == "textarea":
            # The parser drops one leading newline, as browsers do.
            self.values[name] = control.text or ""
        elif tag == "select":
            options = [o for o in control.iter() if _tag(o) == "option"]
            chosen = [o for o in options if o.get("selected") is not None] or options[:1]
            if chosen:
                value = chosen[0].get("value")
                self.values[name] = value if value is not None else chosen[0].text or ""
        elif tag == "input":
            kind = control.get("type") or "text"
            if kind in ("checkbox", "radio"):
                if control.get("checked") is not None:
                    self.values[name] = control.get("value") or "on"
            elif kind not in ("submit", "button", "file", "image", "reset"):
                self.values[name] = control.get("value") or ""


class Page:
    """One HTML answer, parsed strictly."""

    def __init__(self, text: str, path: str, *, is_partial: bool) -> None:
        self.text, self.path, self.is_partial = text, path, is_partial
        parser = html5lib.HTMLParser(strict=False)
        source = f"<!doctype html><title>x</title>{text}" if is_partial else text
        self.tree = parser.parse(source)
        self.errors = [e for e in parser.errors if e[1] not in TOLERATED]
        self.elements = list(self.tree.iter())

    def check(self, *, status: int) -> None:
        """Fail with the address and the mistake."""
        problems = [*self._parse_errors(), *self._structure(), *self._labels(), *self._forms()]
        assert not problems, f"{self.path} ({status}): " + "; ".join(problems[:8])

    def form(self, wanted: str | None = None) -> Form:
        """The first posting form, or the one whose action or id holds `wanted`."""
        forms = [Form(e) for e in self._all("form")]
        if wanted is None:
            skipped = ("keluar", "demo")
            usable = [f for f in forms if f.method == "post" and not any(word in f.action for word in skipped)]
        else:
            usable = [f for f in forms if wanted in f.action or wanted == f.id]
        assert usable, f"{self.path}: no form {wanted or ''} in {[f.action for f in forms]}"
        return usable[0]

    def has_form(self, wanted: str) -> bool:
        """Whether a form's action or id holds `wanted`."""
        forms = [Form(e) for e in self._all("form")]
        return any(wanted in f.action or wanted == f.id for f in forms)

    def links(self) -> list[str]:
        """Every href of the page, in order."""
        return [e.get("href") for e in self._all("a") if e.get("href")]

    def link(self, part: str) -> str:
        """The first href that holds `part`."""
        return next(href for href in self.links() if part in href)

    def values_of(self, name: str) -> list[str]:
        """What the boxes of that name would send when ticked, in order."""
        boxes = [e for e in self._all("input") if e.get("name") == name]
        return [e.get("value") or "on" for e in boxes if e.get("type") in ("checkbox", "radio")]

    def words(self) -> str:
        """What a reader sees, as one line."""
        body = next(iter(self._all("body")))
        pieces = [t for e in body.iter() if _tag(e) not in ("script", "style") for t in _texts(e)]
        return re.sub(r"\s+", " ", " ".join(pieces)).strip()

    def _parse_errors(self) -> list[str]:
        return [f"parse error {code} at {position}" for position, code, _ in self.errors]

    def _structure(self) -> list[str]:
        problems = []
        ids = [e.get("id") for e in self.elements if isinstance(e.tag, str) and e.get("id")]
        problems += [f"id {i} stands twice" for i in {i for i in ids if ids.count(i) > 1}]
        if self.is_partial:
            problems += self._partial_root()
        headings = len(self._all("h1"))
        if not self.is_partial and headings != 1:
            problems.append(f"{headings} h1")
        for element in self.elements:
            if not isinstance(element.tag, str):
                continue
            problems += self._htmx(element, set(ids))
            if element.get("style") is not None or any(k.startswith("on") for k in element.attrib):
                problems.append(f"inline style or script on {_tag(element)}")
        scripts = [s for s in self._all("script") if not s.get("src")]
        problems += ["inline script"] * len(scripts) + ["inline style"] * len(self._all("style"))
        return problems

    def _partial_root(self) -> list[str]:
        """A partial is one element with an id; what swaps itself elsewhere may stand beside it."""
        body = self._all("body")[0]
        roots = [e for e in body if isinstance(e.tag, str) and not e.get("hx-swap-oob")]
        if len(roots) != 1 or not roots[0].get("id"):
            return [f"a partial has one root with an id, not {[_tag(e) for e in roots]}"]
        return []

    def _htmx(self, element: Any, ids: set[str]) -> list[str]:
        problems = []
        target = element.get("hx-target")
        if target and target.startswith("#") and not self.is_partial and target[1:] not in ids:
            problems.append(f"hx-target {target} is not on the page")
        swap = element.get("hx-swap")
        if swap and swap.split(" ")[0] not in SWAPS:
            problems.append(f"hx-swap {swap}")
        if element.get("hx-post") and _tag(element) == "form" and not element.get("action"):
            problems.append("a form that needs JavaScript")
        return problems

    def _labels(self) -> list[str]:
        labelled = {e.get("for") for e in self._all("label")}
        inside = {id(c) for e in self._all("label") for c in e.iter()}
        problems = []
        for tag in LABELLED:
            for control in self._all(tag):
                if control.get("type") in UNLABELLED_INPUTS:
                    continue
                named = control.get("aria-label") or control.get("aria-labelledby")
                if control.get("id") not in labelled and id(control) not in inside and not named:
                    problems.append(f"{tag} {control.get('name')} has no label")
        return problems

    def _forms(self) -> list[str]:
        problems = []
        for element in self._all("form"):
            form = Form(element)
            if not element.get("action"):
                problems.append("a form without action")
            if form.method == "post" and not form.values.get("csrf_token"):
                problems.append(f"form {form.action} without a token")
            has_file = any(c.get("type") == "file" for c in element.iter() if _tag(c) == "input")
            if has_file and not form.is_multipart:
                problems.append(f"form {form.action} cannot send its file")
            if urlsplit(form.action).netloc:
                problems.append(f"form posts to another site: {form.action}")
        return problems

    def _all(self, tag: str) -> list[Any]:
        return [e for e in self.elements if _tag(e) == tag]


# What html5lib calls an error but the HTML standard allows today.
TOLERATED = {"expected-doctype-but-got-start-tag"}


def _tag(element: Any) -> str:
    return element.tag.removeprefix(NAMESPACE) if isinstance(element.tag, str) else ""


def _texts(element: Any) -> list[str]:
    return [part for part in (element.text, element.tail) if part]
