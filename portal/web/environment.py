"""How templates are compiled: once for each language, with its words inside, and with cheap lookups."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any

from flask.templating import Environment
from jinja2 import Template, nodes
from jinja2.visitor import NodeTransformer

from portal.web.i18n import current_language, gettext

MARKERS = frozenset({"_", "gettext"})
METHODS = frozenset(dir(dict))


class _Words(NodeTransformer):
    """Puts the words of the language at hand in the place of every _("...") without values."""

    def visit_Call(self, node: nodes.Call, *args: Any, **kwargs: Any) -> nodes.Node:  # noqa: N802 - Jinja names it.
        if isinstance(node.node, nodes.Name) and node.node.name in MARKERS and not node.kwargs:
            match node.args:
                case [nodes.Const(value=str() as msgid)]:
                    return nodes.Const(gettext(msgid), lineno=node.lineno, environment=node.environment)
        return self.generic_visit(node, *args, **kwargs)


class WordedEnvironment(Environment):
    """Flask's environment with a compiled template for each language.

    A page asks for fifty words and draws twenty macros; looking each word up, and preparing each
    import anew, took a third of its time. Nothing of what a template may do or see changes.
    """

    def __init__(self, app: Any, **options: Any) -> None:
        super().__init__(app, **options)
        self._compiled: dict[tuple[str, str], Template] = {}

    def _load_template(self, name: str, globals: MutableMapping[str, Any] | None) -> Template:  # noqa: A002 - as Jinja.
        """The template in the language at hand. The environment's own names are the only global ones."""
        assert not globals, "a template gets its values when it is drawn"
        assert self.loader is not None
        key = current_language(), name
        template = self._compiled.get(key)
        if template is None or (self.auto_reload and not template.is_up_to_date):
            template = self._compiled[key] = self.loader.load(self, name, self.globals)
        return template

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        parsed = super()._parse(source, name, filename)
        # What has no name was not loaded: its words are looked up when it is drawn.
        return parsed if name is None else _Words().visit(parsed)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """As Jinja says, but a dictionary is asked for its key without raising an error first."""
        if type(obj) is dict and attribute not in METHODS and attribute in obj:
            return obj[attribute]
        return super().getattr(obj, attribute)
