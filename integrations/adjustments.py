"""Adjustments: what a record comes to, less what was sent for it, once an amount can no longer be changed.

A record's documents that are adjusted together make a family. An adjustment is one more document, a bill or
a credit note, whose link counts what it moved by document, line and tax type. From then on each document of
the family stands as it was sent: the claim is the sum of all of them. Amounts are before tax; positive is
owed by whoever owes a bill. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from integrations.base import Document, Integration, Record, Resource, Signed, dig
from integrations.changes import Held
from integrations.comparison import line_amount, plain
from integrations.context import Context, Known
from integrations.drawing import Drawing, Drawn, adjusting_variants, base_role, draw_document
from integrations.expressions import Expression, Node, call, path
from integrations.lock_dates import open_day
from integrations.values import Line, cents, decimal, hash_of, held_date

Place = tuple[str, str, str]  # role, line, tax type
Amounts = dict[Place, Decimal]
SHOWN = ("Description", "AccountCode", "ItemCode", "Tracking")  # of a line that only Xero still has
BY_HAND = ("AccountCode", "ItemCode", "Tracking")  # where a bookkeeper's choice counts for the adjustment too
LEFT = ("left_open", "left_open_taxed")
MOVED = ("held", "released", "opening_released")  # what a link remembers of the retention that was sent


# --- how an adjustment is drawn -----------------------------------------------------------------------------


def adjusting(document: Signed, *roles: str) -> Signed:
    """The adjustment of the documents in these roles: a bill or credit note like them."""
    return Signed(_adjusting(document.positive, roles), _adjusting(document.negative, roles))


def _adjusting(document: Document, roles: tuple[str, ...]) -> Document:
    own: dict[str, Expression] = {
        "Contact": call(contact),
        "Date": call(dated),
        "DueDate": call(due),
        document.marker[0]: call(numbered),
        "Url": as_adjusted("Url"),
        "Reference": as_adjusted("Reference"),
        "CurrencyCode": call(currency),
        document.target.lines: call(lines),
    }
    return replace(
        document,
        adjusts=roles,
        late=True,
        title="{one.title}",
        remark=None,
        once=document.once | {"Date", "DueDate"},
        fields={name: own.get(name, drawn) for name, drawn in document.fields.items()},
        details={
            **{name: still(name, drawn) for name, drawn in document.details.items()},
            "contract": path("one.details.contract"),
            "project": path("one.details.project"),
            "claim_number": path("one.details.claim_number"),
            "counts": path("one.counts"),
            "left_open": path("one.left_open"),
            "left_open_taxed": path("one.details.left_open_taxed"),
        },
    )


@dataclass(frozen=True)
class as_adjusted(Expression):
    """A field as the document holds it that is adjusted."""

    name: str

    def __call__(self, node: Node, context: Context) -> Any:
        return node.get(f"one.document.{self.name}")

    def __str__(self) -> str:
        return "as on the document it adjusts"


@dataclass(frozen=True)
class still(Expression):
    """A detail as the record says it; as on the document it adjusts where it says nothing any more."""

    name: str
    drawn: Expression

    def __call__(self, node: Node, context: Context) -> Any:
        said = self.drawn(node, context)
        return node.get(f"one.details.{self.name}") if said in (None, "") else said

    def __str__(self) -> str:
        return f"{self.drawn}, else as on the document it adjusts"


def contact(node: Node, context: Context) -> dict[str, Any]:
    """The contact of the document it adjusts."""
    return {"ContactID": node.get("one.document.Contact.ContactID")}


def dated(node: Node, context: Context) -> date:
    """The day it is approved, or the first open day after it."""
    return open_day(context.today, context)


def due(node: Node, context: Context) -> date | None:
    """As many days after its date as on the document it adjusts."""
    day, falls = (held_date(node.get(f"one.document.{name}")) for name in ("Date", "DueDate"))
    return dated(node, context) + max(falls - day, timedelta(0)) if day and falls else dated(node, context)


def numbered(node: Node, context: Context) -> str:
    """The number of the document it adjusts, with -ADJ1, -ADJ2 and so on."""
    return str(node.get("one.number"))


def currency(node: Node, context: Context) -> str | None:
    """The currency of the document it adjusts, where it is another one than the organisation's own."""
    code, base = node.get("one.document.CurrencyCode"), context.organisation().get("BaseCurrency")
    return str(code) if code and base and code != base else None


def lines(node: Node, context: Context) -> list[Line]:
    """One line for each line and tax type: what it comes to now, less what was sent, less what earlier
    adjustments moved.
    """
    return list(node.get("one.lines") or ())


# --- what it comes to ---------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Family:
    """The documents of one record that are adjusted together."""

    role: str  # that of its adjustments
    variant: Signed
    known: Mapping[str, Known]  # what was sent, by role
    targets: Mapping[str, Record]  # what it holds now
    drawn: Mapping[str, Drawn]  # what it should hold; nothing once the record was taken back
    earlier: tuple[Known, ...]  # adjustments that were sent
    adjusted: Mapping[str, Record]  # their lines by the key under which they were sent
    resources: Mapping[str, Resource]
    theirs_win: bool

    def main(self) -> str:
        """The role whose contact, number and terms an adjustment takes."""
        return next(role for role in self.variant.positive.adjusts if role in self.known)

    def version(self) -> str:
        """Equal while nobody changed any of its documents."""
        held = [
            str(dig(self.targets[role], self.resources[one.resource].version) or "")
            for role, one in sorted(self.known.items())
        ]
        return hash_of(held)


def families(
    integration: type[Integration], drawing: Drawing, links: Iterable[Known], held: Held, context: Context
) -> list[Family]:
    """The families of a record of which at least one document was sent and can be read."""
    links, found = [known for known in links if known.is_linked], []
    resources = integration.targets()
    for role, variant in adjusting_variants(integration, context).items():
        known = {one.role: one for one in links if one.role in variant.positive.adjusts}
        targets = {name: held.by_id(one.resource, one.target_id) for name, one in known.items()}
        if not known or any(target is None for target in targets.values()):
            continue
        found.append(
            Family(
                role=role,
                variant=variant,
                known=known,
                targets={name: target for name, target in targets.items() if target is not None},
                drawn={
                    name: drawn
                    for name, drawn in drawing.documents.items()
                    if name in variant.positive.adjusts
                },
                earlier=(earlier := tuple(one for one in links if base_role(one.role) == role)),
                adjusted=_adjusted_lines(earlier, held, resources),
                resources=resources,
                theirs_win=not context.options.get("procore_wins"),
            )
        )
    return found


def _adjusted_lines(
    earlier: Iterable[Known], held: Held, resources: Mapping[str, Resource]
) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for known in earlier:
        resource, target = resources[known.resource], held.by_id(known.resource, known.target_id) or {}
        there = _held_lines(target, resource)
        found |= {key: there[line_id] for key, line_id in known.lines.items() if line_id in there}
    return found


def remainder(family: Family) -> Amounts | None:
    """What the record comes to, less what was sent and adjusted; None where a line sent is not known."""
    total: Amounts = {}
    for role, drawn in family.drawn.items():
        for key, line in _drawn_lines(drawn):
            amount = line_amount(line)
            if amount is None:
                return None
            _add(total, (role, key, _tax(family, role, key, line)), amount * drawn.resource.sign)
    for role, known in family.known.items():
        resource = family.resources[known.resource]
        there = _held_lines(family.targets[role], resource)
        if not known.lines and there:
            return None
        for key, line_id in known.lines.items():
            amount = line_amount(there.get(line_id, {}))
            if line_id not in there or amount is None:
                return None
            tax = str(there[line_id].get("TaxType") or "")
            _add(total, (role, key, tax), -amount * resource.sign)
    for place, amount in counted(family.earlier).items():
        _add(total, place, -amount)
    return {place: cents(amount) for place, amount in total.items() if cents(amount)}


def counted(earlier: Iterable[Known]) -> Amounts:
    """What adjustments moved, by document, line and tax type."""
    total: Amounts = {}
    for known in earlier:
        for role, key, tax, amount in known.details.get("counts") or ():
            _add(total, (str(role), str(key), str(tax)), decimal(amount) or Decimal(0))
    return total


def _add(total: Amounts, place: Place, amount: Decimal) -> None:
    total[place] = total.get(place, Decimal(0)) + amount


def _drawn_lines(drawn: Drawn) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from zip(drawn.lines, drawn.payload.get(drawn.resource.lines) or (), strict=True)


def _held_lines(target: Record, resource: Resource) -> dict[str, Record]:
    found = target.get(resource.lines) or ()
    return {str(line.get(resource.line_key)): line for line in found if isinstance(line, Mapping)}


def _held_line(family: Family, role: str, key: str) -> Record | None:
    known = family.known.get(role)
    if known is None:
        return None
    held = _held_lines(family.targets[role], family.resources[known.resource])
    return held.get(known.lines.get(key, ""))


def _same_source(family: Family, role: str, key: str, name: str) -> bool:
    """Whether the record says of a field what it said when it was sent."""
    known, drawn, field = family.known.get(role), family.drawn.get(role), f"{key}.{name}"
    return known is not None and drawn is not None and known.sent.get(field) == drawn.sent.get(field)


def _tax(family: Family, role: str, key: str, line: Mapping[str, Any]) -> str:
    """The tax type of a line now; a bookkeeper's choice stands while the record says nothing new."""
    held = _held_line(family, role, key)
    keeps = family.theirs_win and held is not None and _same_source(family, role, key, "TaxType")
    return str((held if keeps and held is not None else line).get("TaxType") or "")


# --- drawing it ---------------------------------------------------------------------------------------------


def drawn_adjustment(
    family: Family, amounts: Amounts, number: int, drawing: Drawing, context: Context
) -> Drawn:
    """The adjustment of a family that moves these amounts."""
    main = family.main()
    known = family.known[main]
    one = {
        "document": family.targets[main],
        "details": known.details,
        "number": f"{known.number}-ADJ{number}",
        "title": f"adjustment {number} of {drawing.title}",
        "lines": [Line(_key(place), _fields(family, place, amount)) for place, amount in amounts.items()],
        "counts": [[*place, format(amount, "f")] for place, amount in amounts.items()],
        "left_open": _left_open(family, main),
    }
    node = Node({**drawing.node.record, "one": one})
    drawn = draw_document(f"{family.role}:{number}", family.variant, node, context, drawing.title)
    if drawn is None:
        raise ValueError("an adjustment of nothing was asked for")
    return drawn


def _key(place: Place) -> str:
    return "/".join(place)


def _fields(family: Family, place: Place, amount: Decimal) -> dict[str, Any]:
    """A line of an adjustment: like the line it adjusts, with the amount that is missing."""
    role, key, tax = place
    held, drawn = _held_line(family, role, key), family.drawn.get(role)
    fields = dict(next((line for name, line in _drawn_lines(drawn) if name == key), {})) if drawn else {}
    like = held or family.adjusted.get(_key(place))
    if not fields and like is not None:
        fields = {name: plain(like.get(name), _shape(name)) for name in SHOWN if like.get(name)}
    for name in BY_HAND:
        if (
            held is not None
            and name in fields
            and family.theirs_win
            and _same_source(family, role, key, name)
        ):
            fields[name] = plain(held.get(name), fields[name])
    text = f"Adjustment: {fields.get('Description') or 'of what was sent'}"[:4000]
    return {**fields, "Description": text, "Quantity": 1, "UnitAmount": amount, "TaxType": tax}


def _shape(name: str) -> Any:
    """An example of a line's field in the shape in which it is sent."""
    return [{"TrackingCategoryID": "", "TrackingOptionID": ""}] if name == "Tracking" else ""


def _left_open(family: Family, main: str) -> str | None:
    """What more, or less, is left unpaid than on the document and the adjustments that were sent."""
    drawn, known = family.drawn.get(main), family.known[main]
    now = drawn.details.get("left_open") if drawn is not None else None
    if now is None and known.details.get("left_open") is None:
        return None
    before = [decimal(one.details.get("left_open")) or Decimal(0) for one in (known, *family.earlier)]
    return format((decimal(now) or Decimal(0)) - sum(before, Decimal(0)), "f")


# --- what was sent, once it is adjusted ---------------------------------------------------------------------


def frozen(family: Family, drawn: Drawn, *, settled: bool) -> Drawn:
    """The document as it was sent: what adjustments carry, and what can no longer be written, is as it is.

    `settled` says that nothing is left for another adjustment.
    """
    known, resource = family.known[drawn.role], drawn.resource
    held, fresh = _held_lines(family.targets[drawn.role], resource), dict(_drawn_lines(drawn))
    keys = [key for key, line_id in known.lines.items() if line_id in held]
    sent = {name: value for name, value in drawn.sent.items() if "." not in name}
    merged = []
    for key in keys:
        line, there = fresh.get(key, {}), held[known.lines[key]]
        free = resource.after_payment & line.keys()
        stays = [name for name in (*SHOWN, "Quantity", "UnitAmount", "TaxType") if name not in free]
        kept = {name: plain(there[name], line.get(name, _shape(name))) for name in stays if there.get(name)}
        merged.append({name: line[name] for name in line if name in free} | kept)
        before = {name: value for name, value in known.sent.items() if name.rpartition(".")[0] == key}
        sent |= before | {f"{key}.{name}": drawn.sent[f"{key}.{name}"] for name in free}
    return replace(
        drawn,
        payload={**drawn.payload, resource.lines: merged},
        lines=tuple(keys),
        total=decimal(known.amount),
        sent=sent,
        details={**drawn.details, **_moved_on(family, drawn, settled), **_left_on(family, drawn, settled)},
        note="",
    )


def _moved_on(family: Family, drawn: Drawn, settled: bool) -> dict[str, Any]:
    """The retention that was sent: what waits for an adjustment is neither held nor released yet."""
    before = family.known[drawn.role].details
    return {} if settled else {name: before[name] for name in MOVED if before.get(name) is not None}


def _left_on(family: Family, drawn: Drawn, settled: bool) -> dict[str, Any]:
    """What is left unpaid on a document itself: what its adjustments leave unpaid is not counted twice."""
    before = {name: family.known[drawn.role].details.get(name) for name in LEFT}
    now = decimal(drawn.details.get("left_open"))
    if not settled or before["left_open"] is None or now is None:
        return {name: value for name, value in before.items() if value is not None}
    return {"left_open": now - sum((decimal(one.details.get("left_open")) or Decimal(0)
                                    for one in family.earlier), Decimal(0))}  # fmt: skip
