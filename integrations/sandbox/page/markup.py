"""HTML built from values: what is not already HTML is escaped."""

import html
from collections.abc import Iterable
from typing import Any

VOID = frozenset({"input", "link", "meta", "br"})


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


def text(*children: Any) -> Html:
    """Join children, escaping those that are not HTML; None is nothing and lists are flattened."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Html):
            parts.append(child)
        elif isinstance(child, (list, tuple)):
            parts.append(text(*child))
        elif child is not None:
            parts.append(html.escape(str(child)))
    return Html("".join(parts))


def tag(name: str, /, *children: Any, **attributes: Any) -> Html:
    """Make an element; attributes that are None or False are left out, `class_` loses its underscore."""
    given = "".join(_attribute(key.rstrip("_").replace("_", "-"), value) for key, value in attributes.items())
    return Html(f"<{name}{given}>" if name in VOID else f"<{name}{given}>{text(*children)}</{name}>")


def _attribute(name: str, value: Any) -> str:
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{html.escape(str(value))}"'


def listed(items: Iterable[Any], **attributes: Any) -> Html:
    """Make an unordered list."""
    return tag("ul", [tag("li", item) for item in items], **attributes)
