"""Head contract claims in Procore -> sales invoices in Xero."""

from integrations import claim_headers as headers
from integrations import claims, coding, commitments, holdings, receivables, retention, starts
from integrations.base import Check, Document, Integration, Join, Signed, Source
from integrations.expressions import Expression, call, choose, const, link, path, text
from integrations.procore import resources as procore
from integrations.xero import resources as xero

source = Source(
    resource=procore.PAYMENT_APPLICATIONS,
    by_number=("invoice_number", "number"),
    split=receivables.whole,
    stamp=receivables.stamp,
    joins=(
        Join(name="prime", resources=(procore.PRIME_CONTRACTS,), on="contract.id"),
        Join(name="period", resources=(procore.BILLING_PERIODS,), on="period_id"),
        Join(name="types", resources=(procore.LINE_ITEM_TYPES,), on="", per="whole", many=True),
        Join(name="series", resources=(procore.PAYMENT_APPLICATIONS,), on="contract.id", back="contract.id",
             many=True),
        Join(name="detail", resources=(procore.PAYMENT_APPLICATIONS,), on="id", per="ids",
             ids=receivables.own_id),
        Join(name="before", resources=(procore.PAYMENT_APPLICATIONS,), on="id", per="ids",
             ids=receivables.previous_id),
    ),
)  # fmt: skip

line: dict[str, Expression] = {
    "Description": text("{commitment.number} claim {number}: {description_of_work}", "line_text", 4000),
    "Quantity": const(1),
    "UnitAmount": call(claims.moved),
    "AccountCode": call(receivables.revenue_account),
    "TaxType": call(receivables.revenue_tax),
    "Tracking": call(coding.line_tracking),
}
header: dict[str, Expression] = {
    "Type": const("ACCREC"),
    "Contact": link("contacts", "vendor_id", "client", side="target", name="vendor_name", key="ContactID"),
    "Date": call(headers.posting_date),
    "Reference": text("{commitment.title}", limit=255),
    "LineAmountTypes": const("Exclusive"),
    "Status": call(headers.first_status),
    "CurrencyCode": call(headers.currency),
}
number = text(receivables.NUMBER, option="number")
details = retention.DETAILS | {"stamp": path("stamp")} | headers.REDATED


def document(lines: Expression, suffix: str) -> Signed:
    """A sales invoice with these lines, or a credit note where they come to less than nothing."""
    invoice = Document(
        target=receivables.INVOICES,
        when_zero=headers.DRAFT,
        zero_note=headers.CANCELS_OUT,
        once=frozenset({"Status"}),
        marker=("InvoiceNumber", "Url"),
        matches=(commitments.same_number("InvoiceNumber", "sales invoice"),),
        details=details,
        remark=claims.remark,
        fields=header
        | {
            "DueDate": call(headers.release_date if suffix == "-RET" else receivables.due_date),
            "InvoiceNumber": headers.numbered(number, suffix),
            "Url": call(headers.web_address(procore.PAYMENT_APPLICATIONS.web)),
            "LineItems": lines,
        },
    )
    note = Document(
        target=receivables.CREDIT_NOTES,
        once=frozenset({"Status"}),
        marker=("CreditNoteNumber",),
        matches=(commitments.same_number("CreditNoteNumber", "sales credit note"),),
        details=details,
        remark=claims.remark,
        fields=header
        | {
            "Type": const("ACCRECCREDIT"),
            "CreditNoteNumber": headers.numbered(number, suffix),
            "LineItems": lines,
        },
    )
    return Signed(invoice, note)


class HeadContractClaims(Integration):
    """Each approved claim on a head contract becomes a sales invoice, kept in step until it is paid."""

    slug, name, source = "head-contract-claims", "Head contract claims", source
    after = ("contacts", "projects", "cost-codes", "cost-types", "cost-code-options")
    catalogues = (xero.ORGANISATION, xero.ACCOUNTS, xero.TAX_RATES, xero.CONTACTS, xero.TRACKING_CATEGORIES)
    kin = ("commitment_id", "contract")
    permissions = ("accounting.attachments",)
    title = "{vendor_name}, {commitment.number} claim {number}"
    documents = choose("retention", retention.documents(document, line, receivables.retention_tax))
    options = (*receivables.OPTIONS, *retention.OPTIONS)
    checks = (
        Check(test=claims.project_is_active),
        Check(test=receivables.is_approved, withdraws=True),
        Check(test=claims.something_moved, withdraws=True),
        *starts.checks(headers.claim_date),
        *claims.CHECKS,
        *holdings.CHECKS,
    )
