"""The language of documents: small values that draw a target field and say in words where it comes from.

Each expression has two abilities: called with a node and a context it gives the value (or `Missing`); as
text it says in words where the value comes from. Nothing here raises for what a record may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from decimal import Decimal
from typing import Any

from integrations.base import Audience, Reason, Record
from integrations.context import Context, Missing
from integrations.values import Line, calendar_date, cents, decimal, hash_of, is_zero
from integrations.wording import HOLE, first_sentence, in_words, words


class Node:
    """A record being read, with the one it stands in: paths beginning with `..` read from there."""

    __slots__ = ("memory", "parent", "record")

    def __init__(self, record: Record, parent: Node | None = None) -> None:
        self.record, self.parent = record, parent
        self.memory: dict[Any, Any] = {}

    def get(self, path: str) -> Any:
        """The value at a dotted path, None where absent."""
        if "." not in path and type(self.record) is dict:  # nearly every path, many times for each line
            return self.record.get(path)
        node: Node = self
        while path.startswith(".."):
            node, path = node.parent or node, path[2:]
        value: Any = node.record
        for name in path.split("."):
            if type(value) is not dict and not isinstance(value, Mapping):
                return None
            value = value.get(name)
        return value

    def inside(self, item: Record) -> Node:
        """The node of a record that stands in this one, the same one each time."""
        key = ("item", id(item))
        if key not in self.memory:
            self.memory[key] = Node(item, self)
        return self.memory[key]  # type: ignore[no-any-return]

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        """`make()`, remembered for this node under `key`."""
        if key not in self.memory:
            self.memory[key] = make()
        return self.memory[key]


class Expression:
    """A drawn value. Subclasses are frozen dataclasses."""

    def __call__(self, node: Node, context: Context) -> Any:
        raise TypeError(f"{type(self).__name__} draws nothing")

    def under(self, options: Mapping[str, Any]) -> Expression:
        """The same with the templates that the options put in its place, to be read."""
        parts = {one.name: getattr(self, one.name) for one in fields(self)}  # type: ignore[arg-type]
        inner = {name: one.under(options) for name, one in parts.items() if isinstance(one, Expression)}
        return replace(self, **inner) if inner else self  # type: ignore[type-var]


@dataclass(frozen=True)
class const(Expression):
    """Always this value."""

    value: Any

    def __call__(self, node: Node, context: Context) -> Any:
        return self.value

    def __str__(self) -> str:
        if isinstance(self.value, bool):
            return "always yes" if self.value else "always no"
        return "always " + (f"“{self.value}”" if isinstance(self.value, str) else str(self.value))


@dataclass(frozen=True)
class path(Expression):
    """The value of a source field; `called` says it in other words than the field's name."""

    where: str
    called: str = ""

    def __call__(self, node: Node, context: Context) -> Any:
        return node.get(self.where)

    def __str__(self) -> str:
        return self.called or "the record's " + words(self.where)


@dataclass(frozen=True)
class text(Expression):
    """A template with {paths} filled in; `option` names an option whose value replaces the template."""

    template: str
    option: str = ""
    limit: int = 0

    def __call__(self, node: Node, context: Context) -> str:
        template = str(context.options.get(self.option) or self.template) if self.option else self.template
        drawn = filled(template, node)
        return drawn[: self.limit].rstrip() if self.limit else drawn

    def under(self, options: Mapping[str, Any]) -> Expression:
        """With the option's template in place of its own."""
        return replace(self, template=str(options.get(self.option) or self.template))

    def __str__(self) -> str:
        only = HOLE.fullmatch(self.template)
        shown = f"the record's {words(only[1])}" if only else f"“{in_words(self.template)}”"
        return shown + (f" (option “{words(self.option)}”)" if self.option else "")


@dataclass(frozen=True)
class money(Expression):
    """An amount in cents, rounded half up, times `sign`."""

    what: Expression | str
    sign: int = 1

    def __call__(self, node: Node, context: Context) -> Any:
        value = self.what(node, context) if isinstance(self.what, Expression) else node.get(self.what)
        if isinstance(value, Missing):
            return value
        amount = decimal(value)
        if amount is None:
            return Missing(
                Reason(
                    "not-a-number",
                    f"the amount “{str(value)[:40]}” is not a number: correct it in Procore",
                    Audience.PROJECT,
                    "procore",
                )
            )
        return cents(amount * self.sign)

    def __str__(self) -> str:
        what = str(self.what) if isinstance(self.what, Expression) else "the record's " + words(self.what)
        return what + (" with its sign turned" if self.sign < 0 else "")


@dataclass(frozen=True)
class day(Expression):
    """A calendar date of the source."""

    where: str

    def __call__(self, node: Node, context: Context) -> date | None:
        return calendar_date(node.get(self.where))

    def __str__(self) -> str:
        return "the record's " + words(self.where)


@dataclass(frozen=True)
class option(Expression):
    """The value of one of the integration's options; `required` says what is missing without it."""

    name: str
    required: Reason | None = None

    def __call__(self, node: Node, context: Context) -> Any:
        value = context.options.get(self.name)
        if value in (None, "") and self.required:
            return Missing(self.required)
        return value

    def __str__(self) -> str:
        return f"option “{words(self.name)}”"


@dataclass(frozen=True)
class call(Expression):
    """A pure function of the node and the context; its docstring is the specification's words."""

    function: Callable[[Node, Context], Any]

    def __call__(self, node: Node, context: Context) -> Any:
        return self.function(node, context)

    def __str__(self) -> str:
        return first_sentence(self.function)


@dataclass(frozen=True)
class link(Expression):
    """The id, in the target's system, of a record another integration linked.

    `side` says which side of that integration the value at `where` is on: its "target" or its
    "source". With `key` the id is put under that key, as the target field wants it.
    """

    integration: str
    where: str
    label: str
    side: str = "source"
    name: str = ""
    key: str = ""
    audience: Audience = Audience.ACCOUNTS

    def __call__(self, node: Node, context: Context) -> Any:
        record_id = node.get(self.where)
        index = context.by_target if self.side == "target" else context.by_subject
        known = index.get((self.integration, str(record_id))) if record_id not in (None, "") else None
        if known is None or not known.is_linked:
            return Missing(self._reason(node, context, record_id))
        found = merged_into(known.subject, context) if self.side == "target" else known.target_id
        return {self.key: found} if self.key else found

    def _reason(self, node: Node, context: Context, record_id: Any) -> Reason:
        named = node.get(self.name) if self.name else None
        if record_id in (None, ""):
            message = f"it names no {self.label}: choose one in Procore"
            return Reason(f"no-{slug(self.label)}", message, Audience.PROJECT, "procore")
        other = context.names.get(self.integration, self.integration)
        return Reason(
            f"{slug(self.label)}-not-linked",
            f"its {self.label} {named or record_id} is not linked yet: {other} links it, or a person "
            "on the links page",
            self.audience,
            "links",
            key=f"{self.label} {named} (id {record_id})" if named else f"{self.label} {record_id}",
        )

    def __str__(self) -> str:
        return f"the record linked to its {self.label}"


@dataclass(frozen=True)
class each(Expression):
    """One line for each record of a list, read or made; `where` leaves out those whose amount is zero."""

    items: str | Callable[[Node, Context], Iterable[Record]]
    fields: Mapping[str, Expression]
    key: str = "id"
    where: Expression | None = None
    prefix: str = ""

    def __call__(self, node: Node, context: Context) -> list[Line]:
        lines = []
        items = node.get(self.items) if isinstance(self.items, str) else self.items(node, context)
        for item in items or ():
            inner = node.inside(item)
            if self.where is not None and is_zero(self.where(inner, context)):
                continue
            lines.append(
                Line(f"{self.prefix}{inner.get(self.key)}", draw_fields(self.fields, inner, context))
            )
        return lines

    def __str__(self) -> str:
        items = self.items
        named = (
            f"one line for each of its {words(items)}" if isinstance(items, str) else first_sentence(items)
        )
        if self.where is None:
            return named
        drawn = (name for name, one in self.fields.items() if self.where in (one, getattr(one, "what", None)))
        amount = next((f"the {words(name)}" for name in drawn), str(self.where))
        return f"{named}; none where {amount} is zero"


@dataclass(frozen=True)
class summed(Expression):
    """One line for each different value of `by` among a list, its amount the sum of `amount`.

    Inside `fields` the path `amount` is the sum and `by` the value; the first record of the list that has the
    value can be read too. Sums of zero make no line.
    """

    items: str
    by: Expression
    amount: Expression
    fields: Mapping[str, Expression]
    prefix: str

    def __call__(self, node: Node, context: Context) -> list[Line]:
        sums: dict[str, list[Any]] = {}
        for item in node.get(self.items) or ():
            inner = node.inside(item)
            amount = self.amount(inner, context)
            if is_zero(amount):
                continue
            value = self.by(inner, context)
            entry = sums.setdefault(hash_of(value), [value, item, Decimal(0)])
            entry[2] = (
                amount if isinstance(amount, Missing) or isinstance(entry[2], Missing) else entry[2] + amount
            )
        lines = []
        for value, item, amount in sums.values():
            if not is_zero(amount):
                inner = Node({**item, "by": value, "amount": amount}, node)
                shown = value.reason.code if isinstance(value, Missing) else value
                lines.append(Line(f"{self.prefix}{shown}", draw_fields(self.fields, inner, context)))
        return lines

    def __str__(self) -> str:
        return f"{self.amount}, summed by {self.by}"


@dataclass(frozen=True)
class together(Expression):
    """The lines of several expressions, one after the other."""

    parts: tuple[Expression, ...]

    def __init__(self, *parts: Expression) -> None:
        object.__setattr__(self, "parts", parts)

    def __call__(self, node: Node, context: Context) -> list[Line]:
        return [line for part in self.parts for line in part(node, context)]

    def __str__(self) -> str:
        return "; then ".join(str(part) for part in self.parts)


@dataclass(frozen=True)
class choose:
    """One of several variants (documents, expressions), chosen by an option."""

    option: str
    variants: Mapping[str, Any] = field(default_factory=dict)

    def of(self, options: Mapping[str, Any]) -> Any:
        """The variant in force; KeyError names an option value nobody declared."""
        return self.variants[str(options.get(self.option))]


def draw_fields(fields: Mapping[str, Expression], node: Node, context: Context) -> dict[str, Any]:
    """Each field's drawn value, blanks left out."""
    drawn = {}
    for name, expression in fields.items():
        value = expression(node, context)
        if value is not None and value != "":
            drawn[name] = value
    return drawn


def missing_in(value: Any) -> Iterator[Reason]:
    """The reasons of every Missing inside a drawn value."""
    if isinstance(value, Missing):
        yield value.reason
    elif isinstance(value, Line):
        yield from missing_in(value.fields)
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from missing_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from missing_in(inner)


def merged_into(contact_id: str, context: Context) -> str:
    """The contact that a merged one lives on in; the id itself for any other record."""
    contacts, seen = context.records("contacts"), {contact_id}
    while (merged := str(contacts.get(contact_id, {}).get("MergedToContactID") or "")) and merged not in seen:
        seen.add(merged)
        contact_id = merged
    return contact_id


def filled(template: str, node: Node) -> str:
    """`template` with each {path} replaced by the node's value, else its parent's; runs of blanks folded."""
    out, rest = [], template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        wanted = name.strip().replace(" ", "_")
        value = node.get(wanted)
        if value is None and node.parent is not None:
            value = node.parent.get(wanted)
        out += [before, "" if value is None else str(value)]
    return " ".join(("".join(out) + rest).split())


def slug(label: str) -> str:
    return label.lower().replace(" ", "-")
