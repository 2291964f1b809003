"""Costs that start in Xero: which lines are costs, of which project, and how much. Pure.

A record has, besides what Xero holds, `feed` (the list it is from), `before` (the subjects it was sent as),
`written` (whether OneCore wrote it), `listed` (whether it waits for somebody), `projects` (tracking option ->
linked project), and by project `codes` (its budget codes), `commitments` and `claims` (links of claims sent).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from integrations import starts
from integrations.base import Audience, Reason, Record, Subject
from integrations.context import Context, Missing
from integrations.expressions import Node
from integrations.merging import vendors_of
from integrations.reverse import Cost
from integrations.values import calendar_date, cents, decimal, held_date


@dataclass(frozen=True)
class Feed:
    """What a list of Xero calls its things; `signs` are its types that are costs, by type."""

    key: str
    number: str
    label: str
    lines: str
    signs: Mapping[str, int]


FEEDS = {
    "bills": Feed("InvoiceID", "InvoiceNumber", "bill", "LineItems", {"ACCPAY": 1}),
    "credit_notes": Feed(
        "CreditNoteID", "CreditNoteNumber", "credit note", "LineItems", {"ACCPAYCREDIT": -1}
    ),
    "bank_transactions": Feed(
        "BankTransactionID", "Reference", "bank transaction", "LineItems", {"SPEND": 1, "RECEIVE": -1}
    ),
    "manual_journals": Feed("ManualJournalID", "", "manual journal", "JournalLines", {"": 1}),
}
SETTLING = ("Payments", "Prepayments", "Overpayments", "CreditNotes", "Allocations")
COUNTED = frozenset({"AUTHORISED", "PAID", "POSTED"})
_NAMED = r"Xero (?:bill|credit note|bank transaction|manual journal) ([0-9a-f-]{36})"
MARK = re.compile(rf"\({_NAMED}\)")
ANY_MARK = re.compile(rf"\({_NAMED}\)|Change \d+ of the {_NAMED}")


# --- records to subjects ------------------------------------------------------------------------------------


def projects_of(record: Record) -> list[str]:
    """The ids of the linked projects on which lines of the record are, or were when it was sent."""
    linked = record.get("projects") or {}
    found = {str(linked[option]["id"]): None for option in _options(record) if option in linked}
    known = {str(project["id"]) for project in linked.values()} if record.get("before") else set()
    before = (key.partition(":")[2] for key in record.get("before") or ())
    return [*found, *(key for key in before if key in known and key not in found)]


def lists_of(record: Record) -> list[str]:
    """The ids of the projects whose lists are worth reading: none for what is no cost."""
    return projects_of(record) if _is_cost(record) and not record.get("written") else []


def _options(record: Record) -> Iterator[str]:
    for line in _lines(record):
        yield from (str(one.get("TrackingOptionID")) for one in _tracking(line))


def _lines(record: Record) -> list[Record]:
    found = record.get(FEEDS[str(record.get("feed"))].lines)
    return [line for line in found if isinstance(line, Mapping)] if isinstance(found, list | tuple) else []


def _tracking(line: Record) -> list[Record]:
    found = line.get("Tracking")
    return [one for one in found if isinstance(one, Mapping)] if isinstance(found, list | tuple) else []


def by_project(record: Record) -> Iterable[Subject]:
    """One subject for each linked project that a line names; one that all lines have left is empty."""
    feed, linked = FEEDS[str(record.get("feed"))], record.get("projects") or {}
    key = str(record.get(feed.key))
    number = str(record.get(feed.number) or "").strip() if feed.number else ""
    apart = {feed.lines, "projects", "codes", "commitments", "claims", "before"}
    header = {name: value for name, value in record.items() if name not in apart}
    for project_id in projects_of(record):
        project = next(one for one in linked.values() if str(one["id"]) == project_id)
        items = [
            {**line, "key": str(line.get("LineItemID") or place)}
            for place, line in enumerate(_lines(record), 1)
            if any(linked.get(str(one.get("TrackingOptionID"))) is project for one in _tracking(line))
        ]
        subject = f"{key}:{project_id}"
        parts = {
            name: (record.get(name) or {}).get(project_id, ()) for name in ("codes", "commitments", "claims")
        }
        yield Subject(
            key=subject,
            group=str(record.get("group") or f"{record.get('feed')}:{key}"),
            record={
                **header,
                **parts,
                "id": subject,
                "document": key,
                "label": feed.label,
                "number": number or key[:8],
                "project": project,
                "project_id": project_id,
                "items": items,
            },
        )


# --- conditions ---------------------------------------------------------------------------------------------


def is_not_ours(node: Node, context: Context) -> bool:
    """OneCore did not write it into Xero itself."""
    ours = context.web("/", {"system": "procore"})
    url = str(node.get("Url") or "")
    return not node.get("written") and not (len(ours) > len("https://") and url.startswith(ours))


def is_cost(node: Node, context: Context) -> bool:
    """It is an approved or paid bill or credit note, money spent or received, or a posted journal."""
    return _is_cost(node.record)


def _is_cost(record: Record) -> bool:
    feed = FEEDS[str(record.get("feed"))]
    return str(record.get("Type") or "") in feed.signs and record.get("Status") in COUNTED


def is_since_start(node: Node, context: Context) -> bool:
    """It is dated on or after the start date, was changed after it otherwise than by payments, or is listed
    already.
    """
    if node.get("listed") or not starts.is_before(node, context, dated):
        return True
    day, start = changed_on(node, context), calendar_date(context.options.get("start_date"))
    settled = (
        held_date(one.get("Date"))
        for name in SETTLING
        for one in node.get(name) or ()
        if isinstance(one, Mapping)
    )
    if day is None or start is None or any(paid is not None and paid >= start for paid in settled):
        return False
    return day >= start


def is_not_before_start(node: Node, context: Context) -> bool | str:
    """It is dated on or after the start date."""
    day, start = dated(node, context), calendar_date(context.options.get("start_date"))
    if day is None or start is None or not starts.is_before(node, context, dated):
        return True
    changed = changed_on(node, context)
    when = f" on {changed:%-d %b %Y}" if changed else ""
    return (
        f"it is dated {day:%-d %b %Y}, before the start on {start:%-d %b %Y}, but was changed{when}: mark it "
        "as already in Procore if its cost was entered there by hand, or choose to send it, both on the "
        "review page"
    )


def changed_on(node: Node, context: Context) -> date | None:
    """The day, in the tenant's time zone, on which the document last changed."""
    text = str(node.get("UpdatedDateUTC") or "")
    stamp = re.match(r"/Date\((\d+)", text)
    try:
        moment = datetime.fromtimestamp(int(stamp[1]) / 1000, UTC) if stamp else datetime.fromisoformat(text)
    except ValueError:
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(str(context.options.get("time_zone") or "UTC"))).date()


def has_costs(node: Node, context: Context) -> bool:
    """A line of it on the project is a cost: its account is an expense, or has a rule."""
    return any(is_counted(node.inside(line), context) for line in node.get("items") or ())


def is_counted(node: Node, context: Context) -> bool:
    """The line's account is an expense or named by a rule, and not one that is never taken."""
    code = str(node.get("AccountCode") or "")
    if code in _never(context):
        return False
    account = account_of(node, context)
    return account.get("Class") == "EXPENSE" or context.reverse.names_account(cost_of(node))


def _never(context: Context) -> set[str]:
    return set(re.split(r"[\s,;]+", str(context.options.get("never") or "").strip())) - {""}


def is_readable(node: Node, context: Context) -> bool | str:
    """The project can be read in Procore."""
    return (node.get("codes") is not None and node.get("commitments") is not None) or (
        f"project {node.get('project.project_number')} cannot be read in Procore: give the connected user "
        "access to its budget and commitments"
    )


# --- amounts ------------------------------------------------------------------------------------------------


def amount(node: Node, context: Context) -> Decimal | Missing:
    """What the line comes to without tax, in the organisation's currency at the document's rate; less than
    nothing for credit notes and money received.
    """
    parent = node.parent or node
    if not (is_counted(node, context) and is_not_ours(parent, context) and is_cost(parent, context)):
        return Decimal(0)
    worth, tax, rate = decimal(node.get("LineAmount")), decimal(node.get("TaxAmount")), _rate(parent, context)
    if worth is None or tax is None:
        shown = str(node.get("LineAmount"))[:40]
        message = f"the amount “{shown}” of a line is not a number: look at the {parent.get('label')} in Xero"
        return Missing(Reason("not-a-number", message, Audience.ACCOUNTS, "xero"))
    if rate is None:
        message = (
            f"it is in {parent.get('CurrencyCode')} and has no exchange rate: give the {parent.get('label')} "
            "one in Xero"
        )
        return Missing(Reason("no-exchange-rate", message, Audience.ACCOUNTS, "xero"))
    before_tax = worth - tax if parent.get("LineAmountTypes") == "Inclusive" else worth
    return cents(
        before_tax / rate * FEEDS[str(parent.get("feed"))].signs.get(str(parent.get("Type") or ""), 1)
    )


def _rate(node: Node, context: Context) -> Decimal | None:
    """How much of its currency the organisation's own buys; None where it is not known."""
    code, own = node.get("CurrencyCode"), context.organisation().get("BaseCurrency")
    if not code or not own or code == own:
        return Decimal(1)
    rate = decimal(node.get("CurrencyRate"))
    return rate if rate is not None and rate > 0 else None


def total(node: Node, context: Context) -> Decimal:
    """What all its costs on the project come to; lines that are no number are left out."""
    amounts = (amount(node.inside(line), context) for line in node.get("items") or ())
    return sum((one for one in amounts if isinstance(one, Decimal)), Decimal(0))


# --- fields -------------------------------------------------------------------------------------------------


def kind(node: Node, context: Context) -> str:
    """An invoice for bills and credit notes, an expense for money spent, received and journals."""
    return "invoice" if node.get("feed") in ("bills", "credit_notes") else "expense"


def dated(node: Node, context: Context) -> date | None:
    """The date of the document in Xero."""
    return held_date(node.get("Date"))


def described(node: Node, context: Context) -> str:
    """What the document is for, with the mark by which it is known again."""
    first = next((str(line.get("Description") or "") for line in node.get("items") or ()), "")
    words = str(node.get("Narration") or node.get("Reference") or first or node.get("Contact.Name") or "")
    return f"{' '.join(words.split())[:200]} (Xero {node.get('label')} {node.get('document')})".strip()


def line_text(node: Node, context: Context) -> str:
    """The line's own text."""
    return " ".join(str(node.get("Description") or "").split())[:1000]


def marked(record: Record) -> str:
    """The id of the document in Xero that a direct cost's description names; "" where it names none."""
    found = MARK.search(str(record.get("description") or ""))
    return found[1] if found else ""


def says_from_xero(record: Record) -> bool:
    """Whether a direct cost's description says that it came from Xero, or is a difference to such a one."""
    return bool(ANY_MARK.search(str(record.get("description") or "")))


def mark_drawn(node: Node, payload: Record) -> str:
    """The id of the document in Xero, which the description will name."""
    return str(node.get("document"))


def own_cost(node: Node, context: Context) -> str | None:
    """The id of its direct cost."""
    known = context.own_link("cost", str(node.get("id")))
    return known.target_id if known and known.is_linked else None


def vendor(node: Node, context: Context) -> int | Missing:
    """The vendor linked to the contact, or to one that was merged into it, else the vendor that the options
    name for contacts without one.
    """
    found, name = vendors_of(str(node.get("Contact.ContactID")), context), node.get("Contact.Name")
    if len(found) == 1:
        return int(found[0])
    if found:
        message = (
            f"contacts with different vendors were merged into its contact {name}: relink the vendor that is "
            f"meant to {name} on the links page"
        )
        return Missing(Reason("several-vendors", message, Audience.ACCOUNTS, "links", key=f"contact {name}"))
    wanted = str(context.options.get("fallback_vendor") or "").strip().casefold()
    if wanted:
        return _fallback(wanted, context)
    if not name:
        message = f"the {node.get('label')} names no contact: name a vendor for such costs in the options"
        return Missing(Reason("no-contact", message, Audience.ACCOUNTS, "options"))
    message = (
        f"its contact {name} is not linked to a vendor: add it to the contact group so that Contacts links "
        "it, or name a vendor for such costs in the options"
    )
    return Missing(Reason("contact-not-linked", message, Audience.ACCOUNTS, "links", key=f"contact {name}"))


def _fallback(wanted: str, context: Context) -> int | Missing:
    for key, one in context.records("vendors").items():
        if wanted in (key, str(one.get("name") or "").strip().casefold()):
            return int(key)
    message = (
        f"the vendor “{context.options.get('fallback_vendor')}” for contacts without one is not in Procore's "
        "directory: correct its name in the options"
    )
    return Missing(Reason("no-fallback", message, Audience.ADMINISTRATOR, "options", key="fallback vendor"))


# --- what rules and codes are asked with --------------------------------------------------------------------


def account_of(node: Node, context: Context) -> Record:
    """The account of a line, archived ones included; empty where it has none."""
    if "every account" not in context.memory:
        accounts = context.records("accounts").values()
        context.memory["every account"] = {str(one.get("Code")): one for one in accounts}
    found: Record = context.memory["every account"].get(str(node.get("AccountCode") or ""), {})
    return found


def cost_of(node: Node) -> Cost:
    """The line as reverse rules read it."""
    parent = node.parent or node

    def made() -> Cost:
        texts = (
            node.get("Description"),
            parent.get("number"),
            parent.get("Reference"),
            parent.get("Narration"),
        )
        names = (parent.get("Contact.Name"), parent.get("Contact.ContactID"))
        return Cost(
            account=str(node.get("AccountCode") or ""),
            contact=tuple(str(name).casefold() for name in names if name),
            item=str(node.get("ItemCode") or ""),
            tracking=tuple(_tracked_as(node)),
            text=" ".join(str(text) for text in texts if text).casefold(),
        )

    found: Cost = node.once("cost", made)
    return found


def _tracked_as(node: Node) -> Iterator[str]:
    """The names of the line's tracking options, and the project's number, which stays when it is renamed."""
    yield from (str(one.get("Option") or "").casefold() for one in _tracking(node.record))
    yield str((node.parent or node).get("project.project_number") or "").casefold()


def tracked(node: Node) -> list[str]:
    """The ids of the line's tracking options."""
    return [str(one.get("TrackingOptionID")) for one in _tracking(node.record)]
