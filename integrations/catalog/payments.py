"""Payments on linked bills in Xero -> payments issued on the commitment in Procore."""

from dataclasses import replace

from integrations import paid, shares, starts
from integrations.base import Document, Integration, Match, Search, Source
from integrations.expressions import Expression, call, const, money, path
from integrations.procore.resources import CONTRACT_PAYMENTS
from integrations.xero.resources import BILLS

MARKED = Match("Xero payment", lambda node, payload: payload.get("notes"), paid.carries_mark)
fields: dict[str, Expression] = {
    "date": call(paid.paid_on),
    "amount": money(call(paid.before_tax)),
    "invoice_number": path("at.number", "the number of the document that is paid"),
    "payment_method": const("electronic"),
    "notes": call(paid.mark),
    "requisition_id": call(paid.claim_id),
}
payment = Document(
    # Every payment of the contract is looked at, not only those with our mark: one may be typed by hand.
    target=replace(CONTRACT_PAYMENTS, search=Search(style="list")),
    marker=("notes",),
    matches=(
        MARKED,
        Match(
            "amount, typed by hand or made through Procore Pay",
            suggest=paid.typed_by_hand,
            otherwise="choose in the options to write another payment beside one typed by hand",
        ),
    ),
    scope={"project_id": path("at.project"), "contract_id": path("at.contract")},
    once=frozenset({"payment_method", "notes"}),
    fields=fields,
    details={"before_tax": call(paid.share)},
)
# Another claim's credit note takes from that claim what it gives to this one; Procore may refuse to take.
credited = replace(
    payment,
    title="credit note of {sum_paid} on {bill.Contact.Name} {bill.InvoiceNumber}",
    when=paid.is_on_both,
    needs=("payment",),
    matches=(MARKED,),
    scope={"project_id": path("against.project"), "contract_id": path("against.contract")},
    fields=fields
    | {
        "amount": money(call(paid.before_tax), sign=-1),
        "invoice_number": path("against.number", "the number of the document that is credited"),
        "notes": call(paid.mark_against),
        "requisition_id": call(paid.claim_against),
    },
    details={"before_tax": call(paid.share_against)},
)


class Payments(Integration):
    """Each payment on a linked bill in Xero, whole or in part,
    becomes a payment issued on the commitment in Procore.
    """

    slug, name = "payments", "Payments"
    source = Source(resource=BILLS, split=shares.each_payment, mentions=shares.mentions, kin=shares.contract)
    follows, after, per_project, removed = ("progress-claims",), ("progress-claims",), False, "remove"
    title = "{called} of {sum_paid} on {bill.Contact.Name} {bill.InvoiceNumber}"
    documents = {"payment": payment, "credited": credited}
    options = paid.OPTIONS
    checks = (*paid.CHECKS, starts.is_since(paid.paid_on), *paid.SHARES)
