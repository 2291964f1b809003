"""Acts as forms: which belong to a record, their fields, and the arguments read back from what was typed."""

import inspect
import json
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from integrations.sandbox.page.kinds import ALL, Kind

Act = Callable[..., Any]


@dataclass(frozen=True)
class Field:
    """One argument of an act."""

    name: str
    kind: Any  # the annotated type, without None
    required: bool
    default: Any = None
    spread: bool = False  # an object whose members become arguments of their own

    @property
    def label(self) -> str:
        """The name in words."""
        return (
            "Further fields" if self.spread else self.name.replace("_", " ").removesuffix(" id").capitalize()
        )

    @property
    def is_structured(self) -> bool:
        """Whether it is typed as JSON."""
        origin = typing.get_origin(self.kind) or self.kind
        return isinstance(origin, type) and origin is not str and issubclass(origin, Iterable)


def fields(act: Act) -> list[Field]:
    """The arguments of an act after the sandbox itself."""
    hints = typing.get_type_hints(act)
    return [
        Field(p.name, dict, required=False, spread=True)
        if p.kind is p.VAR_KEYWORD
        else Field(
            p.name,
            _plain(hints.get(p.name, str)),
            p.default is p.empty,
            None if p.default is p.empty else p.default,
        )
        for p in list(inspect.signature(act).parameters.values())[1:]
    ]


def _plain(kind: Any) -> Any:
    """A type without its `| None`."""
    if typing.get_origin(kind) in (types.UnionType, typing.Union):
        left = [part for part in typing.get_args(kind) if part is not type(None)]
        return left[0] if left else str
    return kind


def about(act: Act) -> str:
    """What an act does, from the first line of its docstring."""
    return (inspect.getdoc(act) or "").split("\n")[0]


def system_of(act: Act) -> str:
    """Which system's user acts."""
    return "procore" if ".procore" in act.__module__ else "xero"


def relevant(acts: Mapping[str, Act], kind: Kind) -> list[tuple[str, Act]]:
    """The acts whose first argument after the tenant takes a record of this kind."""
    found = []
    for name, act in acts.items():
        subject = _subject(act)
        if system_of(act) == kind.system and subject is not None and _takes(name, subject, kind):
            found.append((name, act))
    return sorted(found)


def _subject(act: Act) -> Field | None:
    named = (
        field for field in fields(act) if field.name not in ("tenant", "tenant_id", "company", "company_id")
    )
    return next(named, None)


def _takes(name: str, subject: Field, kind: Kind) -> bool:
    if subject.name not in ("id", "record", "record_id"):
        return subject.name in kind.named_by
    # An act whose subject is just called "id" says in its own name what it is about.
    words = name.lower().split("_")
    return any(noun in words for noun in kind.named_by)


def rest(acts: Mapping[str, Act], system: str) -> list[tuple[str, Act]]:
    """The acts of a system that belong to no kind of record."""
    kinds = [kind for kind in ALL if kind.system == system]
    shown = {name for kind in kinds for name, _ in relevant(acts, kind)}
    return sorted((name, act) for name, act in acts.items() if system_of(act) == system and name not in shown)


def arguments(act: Act, typed: Mapping[str, str]) -> dict[str, Any]:
    """The arguments of an act from a form, empty fields left out; raises ValueError naming the field."""
    found: dict[str, Any] = {}
    for field in fields(act):
        words = typed.get(field.name, "").strip()
        if words and field.spread:
            found |= _object(field, words)
        elif words:
            found[field.name] = _value(field, words)
    return found


def _object(field: Field, typed: str) -> dict[str, Any]:
    value = _value(field, typed)
    if not isinstance(value, dict):
        raise ValueError(f'{field.label}: an object such as {{"comment": "seen"}} is needed')
    return value


def _value(field: Field, typed: str) -> Any:
    try:
        if field.kind is bool:
            return typed == "yes"
        if field.kind in (int, Decimal):
            return field.kind(typed)
        if field.is_structured:
            return json.loads(typed, parse_float=Decimal)
    except (ValueError, InvalidOperation) as error:
        raise ValueError(f"{field.label}: “{typed}” cannot be read") from error
    return _loose(typed) if field.kind is Any else typed


def _loose(typed: str) -> Any:
    """A value of no stated type: JSON where it is JSON, else the text itself."""
    try:
        return json.loads(typed, parse_float=Decimal)
    except ValueError:
        return typed
