"""What stands above the lines of a claim's document: number, dates, status, address."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from integrations import attachments, lock_dates, starts, terms
from integrations.base import Match, Option, Record
from integrations.coding import contact_of
from integrations.context import Context
from integrations.expressions import Expression, Node, call
from integrations.values import calendar_date, decimal

APPROVED = ("approved", "approved_as_noted")


DRAFT = {"Status": "DRAFT"}
COMPLETION = ("actual_completion_date", "completion_date")
CANCELS_OUT = "its lines cancel out: it is sent as a draft of nothing"


def claim_date(node: Node, context: Context) -> date | None:
    """The date that the options choose."""
    chosen = str(context.options.get("bill_date") or "billing_date")
    if chosen == "approval":
        return approved_on(node, context)
    if chosen == "custom":
        field = str(context.options.get("bill_date_field") or "").removeprefix("custom_field_")
        return calendar_date(node.get(f"custom_fields.custom_field_{field}.value"))
    return calendar_date(node.get(chosen))


def posting_date(node: Node, context: Context) -> date | None:
    """The date that the options choose; the first open day instead, where that lies in a locked period and
    the option says so.
    """
    known = next(iter(terms.sent_documents(node, context)), None)
    moves = context.options.get("locked") == lock_dates.REDATE
    return lock_dates.posted_on(claim_date(node, context), known, context, moves=moves)


def date_remark(node: Node, context: Context) -> str:
    """What is said of a document dated otherwise than its claim."""
    return lock_dates.remark(claim_date(node, context), posting_date(node, context))


def redated(node: Node, context: Context) -> str | None:
    """The open day under which it was posted instead of its own date."""
    posted = posting_date(node, context)
    return posted.isoformat() if posted and date_remark(node, context) else None


def redated_from(node: Node, context: Context) -> str | None:
    """The date it has of its own, where it was posted under another."""
    own = claim_date(node, context)
    return own.isoformat() if own and date_remark(node, context) else None


def allocated_on(node: Node, context: Context) -> date | None:
    """The claim's date, or the first open day after it."""
    day = posting_date(node, context)
    return lock_dates.open_day(day, context) if day else None


def approved_on(node: Node, context: Context) -> date | None:
    """The day, in the tenant's time zone, on which the claim last became approved."""
    changes = [one for one in node.get("changes") or () if one.get("column") == "status"]
    moments = [str(one.get("created_at")) for one in changes if one.get("new_value") in APPROVED]
    if not moments:
        return None
    moment = datetime.fromisoformat(max(moments).replace("Z", "+00:00"))
    return moment.astimezone(ZoneInfo(str(context.options.get("time_zone") or "UTC"))).date()


def history_matters(node: Node, context: Context) -> bool:
    """Whether the day of approval has to be known: it dates the bill, or the claim lies before the start."""
    dates_the_bill = context.options.get("bill_date") == "approval"
    return dates_the_bill or (node.get("status") in APPROVED and starts.is_before(node, context, claim_date))


def due_date(node: Node, context: Context) -> date | None:
    """The due date by the option: Procore's, else the contact's payment terms in Xero, else 30 days."""
    day = claim_date(node, context)
    if day is None:
        return None
    kind, count = str(context.options.get("due_date") or "procore"), days_in(context.options.get("due_days"))
    rules = {
        "days": "DAYSAFTERBILLDATE",
        "month-end": "DAYSAFTERBILLMONTH",
        "following-month": "OFFOLLOWINGMONTH",
    }
    if kind in rules:
        return by_terms(day, rules[kind], count)
    procore = calendar_date(node.get("period.due_date"))
    if procore:
        return procore
    own = (contact_of(node, context).get("PaymentTerms") or {}).get("Bills") or {}
    return by_terms(day, str(own.get("Type") or "DAYSAFTERBILLDATE"), days_in(own.get("Day")))


def days_in(value: Any) -> int:
    """How many days are named, none of them among what can be meant; 30 where nothing is."""
    number = decimal(value) if value not in (None, "") else None
    return 30 if number is None else int(number)


def release_date(node: Node, context: Context) -> date | None:
    """Practical completion, when retention falls due: the day in the contract's terms, else the project's;
    the claim's own due date where that is later, or where there is none.
    """
    due, done = due_date(node, context), terms.terms_of(node, context).completes or completion(node)
    return done if done and due and done > due else due


def completion(node: Node) -> date | None:
    """The day on which the project was complete, or is to be."""
    days = (calendar_date(node.get(f"project.{name}")) for name in COMPLETION)
    return next((day for day in days if day is not None), None)


def by_terms(day: date, kind: str, count: int) -> date:
    """The day a document of `day` falls due under Xero's payment terms."""
    following = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    after = (following + timedelta(days=32)).replace(day=1)
    match kind:
        case "DAYSAFTERBILLMONTH":
            return following - timedelta(days=1) + timedelta(days=count)
        case "OFCURRENTMONTH":
            this = _nth(day, following, count)
            return this if this >= day else _nth(following, after, count)  # never due before its own date
        case "OFFOLLOWINGMONTH":
            return _nth(following, after, count)
    return day + timedelta(days=count)


def _nth(day: date, following: date, count: int) -> date:
    last = (following - timedelta(days=1)).day
    return day.replace(day=max(1, min(count, last)))


@dataclass(frozen=True)
class numbered(Expression):
    """The claim's number with what tells a further document apart; commitment and claim number where
    it has none.
    """

    number: Expression
    suffix: str

    def __call__(self, node: Node, context: Context) -> str:
        number = self.number(
            node, context
        ) or f"{node.get('commitment.number') or ''}-{node.get('number') or ''}".strip("-")
        return f"{number}{self.suffix}"[:255]

    def __str__(self) -> str:
        return f"{self.number}, else commitment and claim number" + (
            f", with {self.suffix}" if self.suffix else ""
        )


def same_number(field: str) -> Match:
    """A document of the same contact with the same number."""
    return Match("number", number_and_contact(field), number_and_contact_held(field))


def number_and_contact(field: str) -> Callable[[Node, Mapping[str, Any]], tuple[str, str] | None]:
    """What a drawn document is matched on: its number and its contact."""

    def drawn(node: Node, payload: Mapping[str, Any]) -> tuple[str, str] | None:
        return number_and_contact_held(field)(payload)

    return drawn


def number_and_contact_held(field: str) -> Callable[[Record], tuple[str, str] | None]:
    """The same of a document held in Xero."""

    def held(record: Record) -> tuple[str, str] | None:
        contact, number = record.get("Contact"), str(record.get(field) or "").strip().casefold()
        return (str(contact.get("ContactID")), number) if number and isinstance(contact, Mapping) else None

    return held


def first_status(node: Node, context: Context) -> str:
    """As the option says; a draft where the lines cancel out."""
    return str(context.options.get("bill_status") or "DRAFT")


def currency(node: Node, context: Context) -> str | None:
    """Its currency, where it is another one than the organisation's own."""
    code = str(node.get("currency_configuration.currency_iso_code") or "").upper()
    return code if code and code != str(context.organisation().get("BaseCurrency") or code).upper() else None


def web_address(template: str) -> Callable[[Node, Context], str]:
    """The claim's address in Procore."""

    def address(node: Node, context: Context) -> str:
        """The claim's address in Procore."""
        return context.web(template, node.record)

    return address


def own_id(role: str) -> Callable[[Node, Context], str | None]:
    """The id of the subject's own document in another role."""

    def drawn(node: Node, context: Context) -> str | None:
        """The id of the claim's own document."""
        known = context.own_link(role, str(node.get("id")))
        return known.target_id if known and known.is_linked else None

    return drawn


def _named_field(options: Mapping[str, Any]) -> str:
    """What is wrong with the date chosen, or ""."""
    named = str(options.get("bill_date_field") or "").strip()
    return (
        "name the custom field that holds the date"
        if options.get("bill_date") == "custom" and not named
        else ""
    )


REDATED: dict[str, Expression] = {"redated": call(redated), "redated_from": call(redated_from)}
OPTIONS = (
    Option(
        name="bill_status",
        label="Create bills as",
        kind="choice",
        default="DRAFT",
        choices=(("DRAFT", "draft"), ("SUBMITTED", "awaiting approval"), ("AUTHORISED", "approved")),
    ),
    Option(name="number", label="Number of the bill", kind="template", default="{invoice_number}"),
    Option(
        name="line_text",
        label="Text of a line",
        kind="template",
        default="{commitment.number} claim {number}: {description_of_work}",
    ),
    Option(
        name="bill_date",
        label="Date of the bill",
        kind="choice",
        default="billing_date",
        choices=(
            ("billing_date", "billing date"),
            ("requisition_end", "end of the period"),
            ("approval", "day of approval"),
            ("custom", "a custom field of the claim"),
        ),
        needs=_named_field,
    ),
    Option(
        name="bill_date_field",
        label="Number of the custom field with the date",
        help="The number at the end of the field's name in Procore, as for the date of the invoice itself.",
    ),
    Option(
        name="due_date",
        label="Due date",
        kind="choice",
        default="procore",
        choices=(
            ("procore", "Procore's, else the contact's terms, else 30 days"),
            ("days", "days after the date"),
            ("month-end", "days after the end of the month"),
            ("following-month", "day of the following month"),
        ),
    ),
    Option(name="due_days", label="Days, or day of the month", kind="number", default=30),
    lock_dates.OPTION,
    attachments.OPTION,
    Option(name="update_draft", label="Update drafts", kind="yes-no", default=True, at_once=True),
    Option(
        name="update_submitted",
        label="Update bills awaiting approval",
        kind="yes-no",
        default=True,
        at_once=True,
    ),
    Option(
        name="update_authorised",
        label="Update approved, unpaid bills",
        kind="yes-no",
        default=True,
        at_once=True,
    ),
    Option(
        name="procore_wins",
        label="Overwrite accounts, tax, tracking and dates changed by hand",
        kind="yes-no",
        default=False,
        at_once=True,
    ),
    Option(
        name="withdrawn",
        label="When a sent claim is rejected or deleted",
        kind="choice",
        default="warn",
        choices=(("warn", "warn"), ("remove", "void or delete the bill")),
        at_once=True,
    ),
)
