"""How an act is drawn: a small form that opens under its name."""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.page import forms
from integrations.sandbox.page.markup import Html, tag
from integrations.sandbox.routing import dump


def form(name: str, act: Any, known: Mapping[str, Any], back: str, token: str) -> Html:
    """Draw an act as a small form that opens under its name."""
    wanted = forms.fields(act)
    subject = {"tenant", "tenant_id", "company", "company_id"}
    fixed: list[Html] = []
    typed: list[Html] = []
    for place, field in enumerate(wanted):
        filled = known.get(field.name)
        is_subject = filled is not None and (field.name in subject or place == 0)
        (fixed if is_subject else typed).append(
            hidden(field.name, filled) if is_subject else _input(field, filled)
        )
    label = name.replace("_", " ").replace(".", " ").capitalize()
    return tag(
        "details",
        tag("summary", label),
        tag("p", forms.about(act), class_="quiet"),
        tag(
            "form",
            hidden("form_token", token),
            hidden("act", name),
            hidden("back", back),
            fixed,
            typed,
            tag("button", label, type="submit"),
            method="post",
            action="/act",
        ),
        class_="act",
    )


def _input(field: forms.Field, filled: Any) -> Html:
    label = field.label if field.required else f"{field.label} (optional)"
    if field.kind is bool:
        options = [
            tag("option", word, value=word, selected=(word == "yes") is bool(field.default))
            for word in ("yes", "no")
        ]
        return tag("label", label, tag("select", options, name=field.name))
    if field.is_structured:
        words = pretty(filled) if isinstance(filled, list) else ""
        hint = '{"comment": "seen"}' if field.spread else "[]"
        area = tag(
            "textarea",
            words,
            name=field.name,
            rows=10 if words else 2,
            placeholder=hint,
            required=field.required,
        )
        return tag("label", label, area, class_="wide")
    value = filled if filled is not None and field.required else None
    return tag(
        "label",
        label,
        tag("input", name=field.name, value=value, required=field.required, autocomplete="off"),
    )


def hidden(name: str, value: Any) -> Html:
    """Make a field that is sent along unseen."""
    return tag("input", type="hidden", name=name, value=value)


def pretty(value: Any, depth: int = 0) -> str:
    """JSON over several lines, amounts as the numbers they are."""
    inner, outer = "  " * (depth + 1), "  " * depth
    if isinstance(value, dict) and value:
        rows = [f"{inner}{dump(key)}: {pretty(part, depth + 1)}" for key, part in value.items()]
        return "{\n" + ",\n".join(rows) + f"\n{outer}}}"
    if isinstance(value, list) and value:
        rows = [inner + pretty(part, depth + 1) for part in value]
        return "[\n" + ",\n".join(rows) + f"\n{outer}]"
    return dump(value)
