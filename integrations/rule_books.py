"""The rules and options of a time: what was sent is drawn under those it was sent under. Pure.

A changed rule or option holds for what is not sent yet. A link names the book under which its document was
drawn, and the document is drawn under that one again, until a run of its own brings it to today's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

from integrations import drawing
from integrations.base import Integration, Subject
from integrations.context import Context, Known, Rule, Rules
from integrations.drawing import Drawing, Drawn
from integrations.labour_book import LabourBook, Rate, Worker, book
from integrations.reverse import Decision, ReverseRule, ReverseRules
from integrations.taxes import TaxCode
from integrations.values import hash_of

BOOK = "book"  # in a link's details: the fingerprint of the rules and options its document was drawn under
STANDS = "it stands as it was sent: the rules and options it was sent under no longer fit"
OWN = "onecore"  # the system whose catalogues follow the rules in force at once

Row = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class RuleBook:
    """Rules and options as plain values: options by name, rows by table."""

    options: Mapping[str, Any]
    tables: Mapping[str, Sequence[Row]]

    @cached_property
    def parts(self) -> dict[str, str]:
        """The fingerprint of each table that has rows."""
        return {name: hash_of(rows) for name, rows in sorted(self.tables.items()) if rows}

    @cached_property
    def fingerprint(self) -> str:
        """Equal books have equal fingerprints."""
        return hash_of([self.options, self.parts])

    @cached_property
    def rules(self) -> Rules:
        """The cost code rules."""
        return Rules(Rule(**row) for row in self._rows("rules"))

    @cached_property
    def reverse(self) -> ReverseRules:
        """The rules for costs that start in Xero, with what was decided of vendors."""
        return ReverseRules(
            [ReverseRule(**row) for row in self._rows("reverse")],
            [Decision(**row) for row in self._rows("decisions")],
        )

    @cached_property
    def labour(self) -> LabourBook:
        """Employees, rates and earnings rates."""
        return book(
            [Worker(**row) for row in self._rows("workers")],
            [_rate(row) for row in self._rows("rates")],
            {row["time_type"]: row["earnings_rate"] for row in self._rows("earnings")},
        )

    @cached_property
    def tax_codes(self) -> dict[str, TaxCode]:
        """What Procore's tax codes stand for, by their ids."""
        return {row["id"]: TaxCode(**row) for row in self._rows("tax_codes")}

    def _rows(self, name: str) -> Sequence[Row]:
        return self.tables.get(name, ())


def rows_of(table: Iterable[Any]) -> list[dict[str, Any]]:
    """A table's rows as plain values, in an order of their own: amounts and dates as texts."""
    rows = [{name: _plain(value) for name, value in asdict(row).items()} for row in table]
    return sorted(rows, key=repr)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    return value.isoformat() if isinstance(value, date) else value


def _rate(row: Row) -> Rate:
    starts = date.fromisoformat(row["starts"]) if row["starts"] else None
    return Rate(**{**row, "amount": Decimal(row["amount"]), "starts": starts})


# --- which book a record is drawn under ---------------------------------------------------------------------


def draw(integration: type[Integration], subject: Subject, context: Context) -> Drawing:
    """Everything the integration would say about one subject, under the rules that hold for it.

    Today's hold where those it was sent under no longer do, as for a code they do not know: what still comes
    to what was sent stands then. They hold too for an edit that was refused under those of then.
    """
    then = context.under(_book_of(subject, context))
    drawn = drawing.draw(integration, subject, then)
    if then is context:
        return _named(drawn, context)
    faulty = is_faulty(drawn)
    if not (faulty or _was_refused(drawn, context)):
        return _named(drawn, then)
    today = drawing.draw(integration, subject, context)
    fits = not (is_faulty(today) or today.skip)
    if faulty and fits and _is_settled(today, context):
        return replace(today, stands=STANDS)
    return _named(today, context)


def _book_of(subject: Subject, context: Context) -> str:
    """The latest book under which something of the subject was sent; "" for today's."""
    if context.renewing or not context.books:
        return ""
    links = (known for known in context.own_links(subject.key) if known.is_linked and not known.is_file)
    used = {known.details.get(BOOK) for known in links}
    if context.book in used:
        return ""
    return next((fingerprint for fingerprint in reversed(list(context.books)) if fingerprint in used), "")


def is_faulty(drawn: Drawing) -> bool:
    """Whether something is wrong with the record, so that nothing of it can be sent."""
    documents = [one for one in drawn.documents.values() if not one.resource.files]
    return bool(drawn.reasons or any(one.missing for one in documents))


def _was_refused(drawn: Drawing, context: Context) -> bool:
    """Whether the other system refused what a document came to last, and it was never sent since."""
    return any(known.message and known.fingerprint != one.fingerprint for known, one in _sent(drawn, context))


def _is_settled(drawn: Drawing, context: Context) -> bool:
    """Whether every document that was sent has the lines and amounts with which it was sent."""
    sent = _sent(drawn, context)
    return bool(sent) and all(_amounts(one, known) for known, one in sent)


def _sent(drawn: Drawing, context: Context) -> list[tuple[Known, Drawn]]:
    """The links of documents that were sent, each with the document as it is drawn now."""
    links = (one for one in context.own_links(drawn.subject.key) if one.is_linked and not one.is_file)
    return [(known, drawn.documents[known.role]) for known in links if known.role in drawn.documents]


def _amounts(drawn: Drawn, known: Known) -> bool:
    name = drawn.resource.line_amount
    ours = {key: value for key, value in drawn.sent.items() if key.endswith(f".{name}")}
    return bool(ours) and ours == {key: one for key, one in known.sent.items() if key.endswith(f".{name}")}


def _named(drawn: Drawing, context: Context) -> Drawing:
    """The drawing, with the book under which it was made in the details of its documents."""
    documents = {role: _kept_with(one, context.book) for role, one in drawn.documents.items()}
    return replace(drawn, documents=documents, book=context.book)


def _kept_with(drawn: Drawn, book: str) -> Drawn:
    if not book or drawn.resource.system == OWN:
        return drawn
    return replace(drawn, details={**drawn.details, BOOK: book})
