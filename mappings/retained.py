"""The retention ledger from links, terms and decisions, as records that are read and written like others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from integrations import registry, terms
from integrations.base import Record
from integrations.ledger import Entered, Sent, ledgers
from integrations.models import Setting, Tenant
from integrations.retained import SIDES
from integrations.values import decimal
from mappings.contract_terms import ContractTerms, HandLine, RetentionComparison
from mappings.models import Link

BY_SIDE = {side: slug for slug, side in terms.SIDES.items()}
PAYMENTS = ("payments", "payments-received")
ACCOUNTS = ("retention_held_account", "retention_released_account")
LINE = ("side", "document_id", "resource", "number", "contact", "description", "day", "amount")
NOTHING = Decimal("0.00")


def contracts_of(tenant: Tenant, projects: Collection[str] | None = None) -> list[dict[str, Any]]:
    """Every contract's ledger, or that of projects by their ids; four queries. A contract with an opening and
    no claim among these knows its project by the number alone.
    """
    today = timezone.now().astimezone(ZoneInfo(tenant.time_zone)).date()
    sent, bills = [], set()
    links = Link.objects.filter(tenant=tenant, integration__in=terms.SIDES).linked().order_by("pk")
    if projects is not None:
        links = links.filter(project_id__in=projects)
    columns = ("role", "subject", "resource", "target_id", "number", "amount", "details")
    for integration, *values in links.values_list("integration", *columns).iterator():
        one = Sent(side=terms.SIDES[integration], **dict(zip(columns, values, strict=True)))
        if one.details.get("retention"):
            sent.append(one)
            bills.add(one.target_id)
    return ledgers(
        sent, entered_of(tenant), paid=paid_of(tenant, bills), accepted=accepted_of(tenant), today=today
    )


def entered_of(tenant: Tenant) -> list[Entered]:
    """What people entered of contracts."""
    shares = ("completion_share", "completion_date", "defects_share", "defects_date", "defects_months")
    names = {name: name for name in ("side", "project", "number", "contract_id", "title", *shares)}
    names |= {"opening": "opening_amount", "kept": "opening_kept", "converted": "converted_to"}
    rows = ContractTerms.objects.filter(tenant=tenant).order_by("pk")
    return [Entered(**{name: getattr(row, column) for name, column in names.items()}) for row in rows]


def paid_of(tenant: Tenant, documents: set[str]) -> dict[str, Decimal]:
    """What was paid before tax on each document, from the payments that were brought back."""
    found: dict[str, Decimal] = defaultdict(lambda: NOTHING)
    links = Link.objects.filter(tenant=tenant, integration__in=PAYMENTS).linked()
    for group, amount, share in links.values_list("group", "amount", "details__before_tax").iterator():
        document = group.rpartition(":")[2]
        if document in documents:  # what was written may include tax
            found[document] += (amount if share is None else decimal(share)) or NOTHING
    return dict(found)


def accepted_of(tenant: Tenant) -> dict[tuple[str, str], list[dict[str, Any]]]:
    """What lines entered by hand release, by side and contract, as far as people accepted them."""
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for line in HandLine.objects.filter(tenant=tenant, state=HandLine.State.ACCEPTED).order_by("day", "pk"):
        found[line.side, line.contract].append(line_record(line))
    return dict(found)


def ledger_records(tenant: Tenant) -> Iterator[dict[str, Any]]:
    """The ledgers, and one record for each side as a whole."""
    yield from contracts_of(tenant)
    for side, words in SIDES.items():
        yield {"key": side, "side": side, "vendor": words}


def side_records(tenant: Tenant) -> Iterator[dict[str, Any]]:
    """The accounts for retention of each side, from the options of its claims."""
    settings = Setting.objects.filter(tenant=tenant, integration__in=terms.SIDES, enabled=True)
    chosen = {setting.integration: setting.options for setting in settings}
    for side, slug in BY_SIDE.items():
        options = registry.BY_SLUG[slug].defaults() | chosen.get(slug, {})
        codes = {str(options.get(name) or "") for name in ACCOUNTS} - {""}
        yield {"key": side, "accounts": sorted(codes) if slug in chosen else []}


def line_records(tenant: Tenant) -> Iterator[dict[str, Any]]:
    """The lines found so far."""
    for line in HandLine.objects.filter(tenant=tenant).order_by("pk"):
        yield line_record(line)


def line_record(line: HandLine) -> dict[str, Any]:
    """A line as clients give records."""
    own = {name: getattr(line, name) for name in LINE}
    own["day"] = line.day.isoformat() if line.day else None
    return {"key": line.key, **own, "state": line.state, "contract": line.contract}


def comparison_records(tenant: Tenant) -> Iterator[dict[str, Any]]:
    """The comparisons as last made."""
    for row in RetentionComparison.objects.filter(tenant=tenant):
        yield {"key": row.side, "figures": row.figures}


def keep_line(tenant: Tenant, payload: Record) -> dict[str, Any]:
    """A line that was found, or has changed; one whose amount is another has to be decided anew."""
    key = str(payload["key"])
    line = HandLine.objects.filter(tenant=tenant, key=key).first() or HandLine(tenant=tenant, key=key)
    given = {name: payload[name] for name in LINE if name in payload}
    if line.pk and "amount" in given and given["amount"] != line.amount:
        line.state = HandLine.State.FOUND
    for name, value in given.items():
        setattr(line, name, value)
    line.save()
    line.refresh_from_db()
    return line_record(line)


def keep_comparison(tenant: Tenant, payload: Record) -> dict[str, Any]:
    """A side's figures."""
    side, figures = str(payload["key"]), dict(payload.get("figures") or {})
    RetentionComparison.objects.update_or_create(tenant=tenant, side=side, defaults={"figures": figures})
    return {"key": side, "figures": figures}


def note_records(tenant: Tenant) -> Iterator[dict[str, Any]]:
    """What claims without a document hold and release; a link is all that is kept of it."""
    links = Link.objects.filter(tenant=tenant, resource="retention_notes").linked()
    for key, number in links.values_list("target_id", "number").iterator():
        yield {"key": key, "number": number}


def keep_note(tenant: Tenant, payload: Record) -> dict[str, Any]:
    """The note as its link will hold it."""
    return {name: payload[name] for name in ("key", "number")}


def drop_note(tenant: Tenant, key: str) -> None:
    """It goes with its link."""


def drop_line(tenant: Tenant, key: str) -> None:
    """A line that is no longer there."""
    HandLine.objects.filter(tenant=tenant, key=key).delete()


def drop_comparison(tenant: Tenant, key: str) -> None:
    """A side that is no longer compared."""
    RetentionComparison.objects.filter(tenant=tenant, side=key).delete()


READ: Mapping[str, Callable[[Tenant], Iterator[dict[str, Any]]]] = {
    "retention_ledgers": ledger_records,
    "retention_sides": side_records,
    "retention_comparisons": comparison_records,
    "hand_lines": line_records,
    "retention_notes": note_records,
}
KEEP: Mapping[str, Callable[[Tenant, Record], dict[str, Any]]] = {
    "retention_comparisons": keep_comparison,
    "hand_lines": keep_line,
    "retention_notes": keep_note,
}
DROP: Mapping[str, Callable[[Tenant, str], None]] = {
    "retention_comparisons": drop_comparison,
    "hand_lines": drop_line,
    "retention_notes": drop_note,
}
