"""Draw the documents of a subject: evaluate every check, every field and every line. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, TypeGuard

from integrations.base import (
    Check,
    Document,
    Integration,
    Reason,
    Resource,
    Signed,
    Subject,
)
from integrations.context import Context, Missing
from integrations.expressions import (
    Line,
    Node,
    choose,
    decimal,
    draw_fields,
    filled,
    hash_of,
    missing_in,
)
from integrations.terms import context_of, contexts
from integrations.wording import within

ALREADY_THERE = "a person marked it as being there already"


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """One drawn document: what the target should hold. Amounts are before tax."""

    role: str
    document: Document
    title: str
    payload: dict[str, Any]
    lines: tuple[str, ...] = ()
    missing: tuple[Reason, ...] = ()
    total: Decimal | None = None
    scope: dict[str, str] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    sent: dict[str, str] = field(default_factory=dict)
    waiting: str = ""
    note: str = ""  # what is said of it when it is sent
    amends: str = ""  # the id of the record, made by somebody else, whose fields these are

    @property
    def resource(self) -> Resource:
        return self.document.target

    @property
    def fingerprint(self) -> str:
        """Equal drawings have equal fingerprints."""
        return hash_of([self.resource.name, self.sent, self.lines])

    @property
    def marker(self) -> dict[str, Any]:
        """The fields by which our own record is known again after a lost answer."""
        values = {name: self.payload.get(name) for name in self.document.marker}
        return {name: value for name, value in values.items() if value not in (None, "")}

    @property
    def match_key(self) -> str:
        """Equal for two subjects that want one and the same record; "" when the document matches nothing."""
        search = self.resource.search
        wanted = self.payload.get(search.field) if search and search.field and self.document.matches else None
        if wanted in (None, ""):
            return ""
        contact = self.payload.get("Contact")
        return hash_of(
            [
                self.resource.name,
                str(wanted).casefold(),
                contact if isinstance(contact, Mapping) else "",
                self.scope,
            ]
        )


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A subject with everything drawn for it, and everything that is wrong with it."""

    subject: Subject
    node: Node
    title: str
    skip: str = ""
    withdrawn: bool | str = False  # a text says what becomes of what was sent
    reasons: tuple[Reason, ...] = ()
    against_new: tuple[Reason, ...] = ()  # why nothing new is made of it, though it may be linked
    documents: Mapping[str, Drawn] = field(default_factory=dict)
    late: Mapping[str, Document] = field(default_factory=dict)  # to be drawn once the targets have been read
    book: str = ""  # the rules and options it was drawn under
    stands: str = ""  # why its documents stay as they were sent

    @property
    def amount(self) -> Decimal | None:
        """What its documents come to before tax; None when they carry no money."""
        totals = [drawn.total for drawn in self.documents.values() if drawn.total is not None]
        return sum(totals, Decimal(0)) if totals else None


def draw(integration: type[Integration], subject: Subject, context: Context) -> Drawing:
    """Everything the integration would say about one subject. Never raises for what the record holds."""
    node = Node(subject.record)
    context = context_of(integration, node, context)
    title = filled(integration.title, node).strip(" ,") or subject.key
    if subject.removed:
        return Drawing(subject=subject, node=node, title=title, withdrawn=True, skip="it no longer exists")
    if context.is_already_there(subject.key):
        return Drawing(subject=subject, node=node, title=title, skip=ALREADY_THERE)
    reasons: list[Reason] = []
    for check in integration.checks:
        answer = True if check.warn else check.test(node, context)
        if isinstance(answer, Reason):
            reasons.append(answer)
        elif answer is not True:
            skip = answer if isinstance(answer, str) else f"not the case: {within(check.words)}"
            return Drawing(subject=subject, node=node, title=title, skip=skip, withdrawn=check.withdraws)
    against_new: list[Reason] = []
    for check in integration.checks:
        if check.warn:
            (against_new if check.new_only else reasons).extend(_failing(check, node, context))
    documents, late = {}, {}
    for role, variant in variants(integration, context).items():
        if _is_adjusting(variant):
            continue
        if _is_late(variant):
            late[role] = variant
            continue
        drawn = draw_document(role, variant, node, context, title)
        if drawn is not None:
            documents[role] = drawn
    documents = {role: one for role, one in documents.items() if not one.document.alone} or documents
    return Drawing(
        subject=subject, node=node, title=title, reasons=tuple(reasons), against_new=tuple(against_new),
        documents=documents, late=late,
    )  # fmt: skip


def draw_late(integration: type[Integration], drawing: Drawing, context: Context) -> Drawing:
    """The drawing with its late documents, once `context.held` has what the subject's other targets hold."""
    if not drawing.late or drawing.skip or drawing.reasons:
        return drawing
    documents = dict(drawing.documents)
    for role, variant in drawing.late.items():
        if any(not context.own_target(need, drawing.subject.key) for need in variant.needs):
            continue
        for one in variant.each(drawing.node, context) if variant.each else ({},):
            node = Node({**drawing.node.record, "one": one})
            full = f"{role}:{one['key']}" if one.get("key") else role
            drawn = draw_document(full, variant, node, context, drawing.title)
            if drawn is not None:
                documents[full] = drawn
    return replace(drawing, documents=documents)


def base_role(role: str) -> str:
    """The role as it is declared; a document of which there are several has a key behind it."""
    return role.partition(":")[0]


def late_roles(integration: type[Integration], context: Context) -> set[str]:
    """The roles drawn late, in force or not; a record does not lose them by not being ready."""
    return {role for role, variant in _declared(integration, context).items() if _is_late(variant)}


def any_late_roles(integration: type[Integration], context: Context) -> set[str]:
    """Those in force, for every method that some contract uses."""
    found = [pair for one in contexts(context) for pair in variants(integration, one).items()]
    return {role for role, variant in found if _is_late(variant)}


def _is_late(variant: Document | Signed) -> TypeGuard[Document]:
    return isinstance(variant, Document) and variant.late


def _is_adjusting(variant: Document | Signed) -> TypeGuard[Signed]:
    return isinstance(variant, Signed) and bool(variant.positive.adjusts)


def adjusting_variants(integration: type[Integration], context: Context) -> dict[str, Signed]:
    """The documents that carry what others cannot carry any more, by role."""
    found = variants(integration, context)
    return {role: variant for role, variant in found.items() if _is_adjusting(variant)}


def variants(integration: type[Integration], context: Context) -> Mapping[str, Document | Signed]:
    """The documents in force, by role."""
    found = _declared(integration, context)
    return {role: one for role, one in found.items() if _is_switched_on(one, context)}


def _declared(integration: type[Integration], context: Context) -> Mapping[str, Document | Signed]:
    documents = integration.documents
    return documents.of(context.options) if isinstance(documents, choose) else documents


def _is_switched_on(variant: Document | Signed, context: Context) -> bool:
    switch = "" if isinstance(variant, Signed) else variant.switch
    return not switch or bool(context.options.get(switch))


def draw_document(
    role: str, variant: Document | Signed, node: Node, context: Context, title: str
) -> Drawn | None:
    """The document drawn, the credit note where its total is negative, or None when it has no lines."""
    document = variant.positive if isinstance(variant, Signed) else variant
    if document.when is not None and not document.when(node, context):
        return None
    drawing = document.fields.get(document.target.lines)
    lines = drawing(node, context) if drawing is not None else None
    if lines is not None and not lines:
        return None
    total = _sum(lines, document.target)
    if isinstance(variant, Signed) and _is_negative(total, lines, document.target, context):
        document, total = variant.negative, -(total or Decimal(0))
        lines = [_turned(line, document.target) for line in lines or ()]
    document = _kept(document, node, context)
    fields = {name: drawn for name, drawn in document.fields.items() if name != document.target.lines}
    payload = draw_fields(fields, node, context)
    if lines is not None:
        payload[document.target.lines] = [dict(line.fields) for line in lines]
    elif document.target.total:
        amount = payload.get(document.target.total)
        total = None if isinstance(amount, Missing) else decimal(amount)
    zero = bool(lines) and total == 0
    payload |= document.when_zero if zero else {}
    scope = draw_fields(document.scope, node, context)
    return Drawn(
        role=role,
        document=document,
        title=filled(document.title, node) or title,
        payload=payload,
        lines=_distinct(line.key for line in lines or ()),
        missing=(*missing_in(payload), *missing_in(scope)),
        total=total,
        scope={name: str(value) for name, value in scope.items()},
        details=draw_fields(document.details, node, context),
        sent=_sent(document, payload, lines or ()),
        waiting=next((check.words for check in document.waits if check.test(node, context) is not True), ""),
        note=document.zero_note if zero else document.remark(node, context) if document.remark else "",
        amends=str(document.amends(node, context) or "") if document.amends else "",
    )


def _kept(document: Document, node: Node, context: Context) -> Document:
    """The document, never to be updated while what holds it still does."""
    stays = document.stays is not None and document.stays(node, context)
    return replace(document, add_only=True) if stays else document


def _failing(check: Check, node: Node, context: Context) -> Iterator[Reason]:
    answer = check.test(node, context)
    if answer is True or answer is None:
        return
    if isinstance(answer, Reason):
        yield answer
        return
    message = (
        answer
        if isinstance(answer, str)
        else filled(check.message, node) or f"it fails the condition: {check.words}"
    )
    yield Reason(check.warn, message, check.audience, check.fix)


def _sum(lines: list[Line] | None, target: Resource) -> Decimal | None:
    if lines is None:
        return None
    total = Decimal(0)
    for line in lines:
        amount = _amount(line, target)
        if amount is None:
            return None
        total += amount
    return total


def _amount(line: Line, target: Resource) -> Decimal | None:
    unit, quantity = line.fields.get(target.line_amount), line.fields.get("Quantity", Decimal(1))
    if isinstance(unit, Missing) or isinstance(quantity, Missing):
        return None
    return (decimal(unit) or Decimal(0)) * (decimal(quantity) or Decimal(0))


def _is_negative(total: Decimal | None, lines: list[Line] | None, target: Resource, context: Context) -> bool:
    """Whether a document comes to less than nothing; where it is nothing before tax, its tax decides."""
    if total is None or total:
        return total is not None and total < 0
    rates, tax = context.records("tax_rates"), Decimal(0)
    for line in lines or ():
        rate = rates.get(str(line.fields.get("TaxType")), {}).get("EffectiveRate")
        tax += (_amount(line, target) or Decimal(0)) * (decimal(rate) or Decimal(0))
    return tax < 0


def _turned(line: Line, target: Resource) -> Line:
    amount = line.fields.get("UnitAmount")
    if "UnitAmount" not in target.money or not isinstance(amount, Decimal):
        return line
    return replace(line, fields={**line.fields, "UnitAmount": -amount})


def _sent(document: Document, payload: Mapping[str, Any], lines: list[Line] | tuple[()]) -> dict[str, str]:
    owned = (name for name in payload if name != document.target.lines and name not in document.once)
    hashes = {name: hash_of(payload[name]) for name in owned}
    for key, line in zip(_distinct(line.key for line in lines), lines, strict=True):
        hashes |= {f"{key}.{name}": hash_of(value) for name, value in line.fields.items()}
    return hashes


def _distinct(keys: Iterator[str]) -> tuple[str, ...]:
    """Line keys in order; a key that comes twice gets its turn added."""
    seen: dict[str, int] = {}
    out = []
    for key in keys:
        seen[key] = seen.get(key, 0) + 1
        out.append(key if seen[key] == 1 else f"{key}#{seen[key]}")
    return tuple(out)
