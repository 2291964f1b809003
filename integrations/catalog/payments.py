"""Payments on linked bills in Xero -> payments issued on the commitment in Procore."""

from dataclasses import replace

from integrations import paid, starts
from integrations.base import Check, Document, Integration, Match, Option, Search, Source
from integrations.expressions import call, const, money, path
from integrations.procore.resources import CONTRACT_PAYMENTS
from integrations.xero.resources import BILLS

payment = Document(
    # Every payment of the contract is looked at, not only those with our mark: one may be typed by hand.
    target=replace(CONTRACT_PAYMENTS, search=Search(style="list")),
    marker=("notes",),
    matches=(
        Match("Xero payment", lambda node, payload: payload.get("notes"), paid.carries_mark),
        Match(
            "amount, typed by hand or made through Procore Pay",
            suggest=paid.typed_by_hand,
            otherwise="choose in the options to write another payment beside one typed by hand",
        ),
    ),
    scope={
        "project_id": path("bill.link.details.project"),
        "contract_id": path("bill.link.details.contract"),
    },
    once=frozenset({"payment_method", "notes"}),
    fields={
        "date": call(paid.paid_on),
        "amount": money(call(paid.before_tax)),
        "invoice_number": path("bill.InvoiceNumber"),
        "payment_method": const("electronic"),
        "notes": call(paid.mark),
        "requisition_id": call(paid.claim_id),
    },
)


class Payments(Integration):
    """Each payment on a linked bill in Xero, whole or in part,
    becomes a payment issued on the commitment in Procore.
    """

    slug, name = "payments", "Payments"
    source = Source(resource=BILLS, split=paid.each_payment)
    follows, after, per_project, removed = ("progress-claims",), ("progress-claims",), False, "remove"
    title = "{called} of {paid} on {bill.Contact.Name} {bill.InvoiceNumber}"
    documents = {"payment": payment}
    options = (
        Option(name="include_tax", label="Write payments including tax", kind="yes-no", default=False),
        Option(
            name="typed",
            label="A payment typed by hand looks the same",
            kind="choice",
            default="ask",
            choices=(("ask", "ask which is meant"), ("write", "write another")),
        ),
    )
    checks = (
        Check(test=paid.is_bill_of_claim),
        Check(test=paid.is_payment),
        starts.is_since(paid.paid_on),
        Check(test=paid.has_share, withdraws=True),
        Check(test=paid.stays_within_claim, warn="other-claim-credit", fix="procore"),
    )
