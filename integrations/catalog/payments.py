"""Payments on linked bills in Xero -> payments issued on the commitment in Procore."""

from integrations import paid
from integrations.base import Check, Document, Integration, Match, Option, Source
from integrations.expressions import call, const, money, path
from integrations.procore.resources import CONTRACT_PAYMENTS
from integrations.xero.resources import BILLS

payment = Document(
    target=CONTRACT_PAYMENTS,
    marker=("notes",),
    matches=(Match("payment", lambda node, payload: payload.get("notes"), paid.carries_mark),),
    scope={
        "project_id": path("bill.link.details.project"),
        "contract_id": path("bill.link.details.contract"),
    },
    once=frozenset({"payment_method"}),
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
    """Each payment on a linked bill in Xero, whole or in part, becomes a payment issued on the
    commitment in Procore.
    """

    slug, name = "payments", "Payments"
    source = Source(resource=BILLS, split=paid.each_payment)
    follows, after, per_project, removed = ("progress-claims",), ("progress-claims",), False, "remove"
    title = "payment of {paid} on {bill.Contact.Name} {bill.InvoiceNumber}"
    documents = {"payment": payment}
    options = (
        Option(name="include_tax", label="Write payments including tax", kind="yes-no", default=False),
    )
    checks = (Check(test=paid.is_bill_of_claim),)
