"""The specification of an integration, rendered from its declaration: what an accountant reads and signs.

Nothing here is written by hand per integration: records, conditions, fields and options come from the same
expressions that make the payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from integrations.base import Audience, Check, Document, Integration, Option, Resource, Signed
from integrations.expressions import Expression, choose, each, summed, together
from integrations.wording import first_sentence, in_words, words

WHO = {
    Audience.ACCOUNTS: "accounts",
    Audience.PROJECT: "the project team",
    Audience.ADMINISTRATOR: "the administrator",
}
RECORDS = "the record's"
SYSTEMS = {"procore": "Procore", "xero": "Xero", "onecore": "OneCore"}
FOUND = (
    "The linked records, rules and accounts that the fields below ask for are there",
    "a warning that names what is missing, and it is not sent",
)


@dataclass(frozen=True)
class FieldRow:
    """One target field and where its value comes from."""

    field: str
    source: str
    remark: str = ""


@dataclass(frozen=True)
class DocumentSpecification:
    """One document an integration makes: what it is, and every field of it."""

    name: str
    fields: tuple[FieldRow, ...]
    lines: tuple[tuple[str, tuple[FieldRow, ...]], ...] = ()


@dataclass(frozen=True)
class OptionRow:
    """An option in force; `differs` marks what is not the standard."""

    label: str
    value: str
    differs: bool


@dataclass(frozen=True)
class Specification:
    """Everything about one integration for one tenant."""

    slug: str
    name: str
    sentence: str
    records: str
    conditions: tuple[tuple[str, str], ...]
    matching: tuple[str, ...]
    documents: tuple[DocumentSpecification, ...]
    options: tuple[OptionRow, ...]


def specification(integration: type[Integration], options: Mapping[str, Any]) -> Specification:
    """The specification with the options in force; options not given have their defaults."""
    chosen = integration.defaults() | dict(options)
    documents, said = _in_force(integration, chosen), _Said(integration, chosen)
    conditions = [_condition(check) for check in (*integration.overall, *integration.checks)]
    if any(document.target.system != "onecore" for _, document in documents):
        conditions.append(FOUND)
    return Specification(
        slug=integration.slug,
        name=integration.name,
        sentence=" ".join((integration.__doc__ or "").split()),
        records=said.labelled(_records(integration)),
        conditions=tuple(conditions),
        matching=tuple(dict.fromkeys(match.words for _, document in documents for match in document.matches)),
        documents=tuple(_documents(documents, said)),
        options=option_rows(integration.options, chosen),
    )


@dataclass(frozen=True)
class _Said:
    """What expressions say with the options in force, which are called by their labels."""

    integration: type[Integration]
    chosen: Mapping[str, Any]

    def __call__(self, expression: Expression, whose: str = "") -> str:
        """The expression in words; `whose` is the record that it reads, if not the source's own."""
        record = whose or f"the {self.integration.source.resource.label}'s"
        return self.labelled(str(expression.under(self.chosen))).replace(RECORDS, record)

    def labelled(self, text: str) -> str:
        """The text with options under the labels they have in the portal."""
        for option in self.integration.options:
            text = text.replace(f"(option “{words(option.name)}”)", f"(option “{option.label}”)")
        return text


def _records(integration: type[Integration]) -> str:
    source = integration.source
    read = [join for join in source.joins if join.when is None]  # the others only where an option says so
    labels = [[one.label for one in join.resources] or [words(join.name)] for join in read]
    names = dict.fromkeys(label for some in labels for label in some if label != source.resource.label)
    joined = "; read beside it: " + ", ".join(names) if names else ""
    which = f": {first_sentence(source.group.key)}" if source.group else ""
    more = [one.label + (f" (option “{words(option)}”)" if option else "") for one, option in source.also]
    what = ", ".join((source.resource.label, *more))
    return f"Every {what} in {SYSTEMS[source.resource.system]}{which}{joined}"


def _condition(check: Check) -> tuple[str, str]:
    """A condition, and what happens when it does not hold."""
    if check.warn:
        return check.words, f"a warning for {WHO[check.audience]}"
    return check.words, "left out without a warning"


def _in_force(integration: type[Integration], options: Mapping[str, Any]) -> list[tuple[str, Document]]:
    """Every document with the role it has for its record."""
    variants = integration.documents
    chosen = variants.of(options) if isinstance(variants, choose) else variants
    found: list[tuple[str, Document]] = []
    for role, variant in chosen.items():
        if isinstance(variant, Document) and variant.switch and not options.get(variant.switch):
            continue
        both = [variant.positive, variant.negative] if isinstance(variant, Signed) else [variant]
        found += [(role, document) for document in both]
    return found


def _documents(documents: Iterable[tuple[str, Document]], said: _Said) -> Iterator[DocumentSpecification]:
    """Each document once; of those with one name, all but the first are told by what they are for."""
    names: set[str] = set()
    seen: set[DocumentSpecification] = set()
    for role, document in documents:
        row = _document(document, said)
        if row not in seen:
            seen.add(row)
            yield replace(row, name=f"{row.name}: {words(role)}") if row.name in names else row
            names.add(row.name)


def _document(document: Document, said: _Said) -> DocumentSpecification:
    target: Resource = document.target
    fields = tuple(
        FieldRow(_spelled(name), said(expression), "only when it is created" if name in document.once else "")
        for name, expression in document.fields.items()
        if name != target.lines
    )
    lines: tuple[tuple[str, tuple[FieldRow, ...]], ...] = ()
    if target.lines in document.fields:
        lines = tuple(_lines(document.fields[target.lines], said))
    what = "Adjustment: another " if document.adjusts else ""
    name = f"{what}{target.label}" if what else target.label.capitalize()
    return DocumentSpecification(f"{name} in {SYSTEMS[target.system]}", fields, lines)


def _lines(expression: Expression, said: _Said) -> list[tuple[str, tuple[FieldRow, ...]]]:
    if isinstance(expression, together):
        return [row for part in expression.parts for row in _lines(part, said)]
    if isinstance(expression, each | summed):
        whose = "the line's" if isinstance(expression, each) else "their"
        fields = (FieldRow(_spelled(name), said(one, whose)) for name, one in expression.fields.items())
        return [(said(expression, "the line's"), tuple(fields))]
    inner = getattr(expression, "lines", None)  # lines that are summed or fitted once they are drawn
    return _lines(inner, said) if isinstance(inner, Expression) else [(said(expression), ())]


def option_rows(options: Iterable[Option], chosen: Mapping[str, Any]) -> tuple[OptionRow, ...]:
    """Options in force, with their values in words."""
    return tuple(_option(option, chosen.get(option.name, option.default)) for option in options)


def _option(option: Option, value: Any) -> OptionRow:
    if isinstance(value, bool):
        shown = "yes" if value else "no"
    elif isinstance(value, int):
        shown = f"{value:,}"
    else:
        shown = dict(option.choices).get(str(value), in_words(str(value)))
    return OptionRow(option.label, shown or "not set", value != option.default)


def _spelled(name: str) -> str:
    """A field's name as people read it: InvoiceNumber -> Invoice number."""
    spaced = words(name)
    return spaced[:1].upper() + spaced[1:]
