"""Payments on linked sales invoices in Xero -> payments received on the head contract in Procore."""

from dataclasses import replace

from integrations import paid, receivables, shares, starts
from integrations.base import Document, Integration, Source
from integrations.catalog import payments
from integrations.expressions import path


def received(document: Document, at: str) -> Document:
    """The same payment on a head contract, where a claim is named by its number in the contract."""
    fields = {name: value for name, value in document.fields.items() if name != "requisition_id"}
    web = "/{project_id}/project/prime_contracts/{contract_id}/payments/{id}"
    return replace(
        document,
        target=replace(document.target, label="payment received", plural="payments received", web=web),
        fields=fields | {"draw_request_number": path(f"{at}.sequence", "the claim's number in its contract")},
    )


class PaymentsReceived(Integration):
    """Each payment on a linked sales invoice in Xero, whole or in part,
    becomes a payment received on the head contract in Procore.
    """

    slug, name = "payments-received", "Payments received"
    source = Source(
        resource=receivables.INVOICES,
        split=shares.each_payment,
        mentions=shares.mentions,
        kin=shares.contract,
    )
    follows = after = ("head-contract-claims",)
    per_project, removed = False, "remove"
    title = payments.Payments.title
    documents = {
        "payment": received(payments.payment, "at"),
        "credited": received(payments.credited, "against"),
    }
    options = paid.OPTIONS
    checks = (*paid.CHECKS, starts.is_since(paid.paid_on), *paid.SHARES)
