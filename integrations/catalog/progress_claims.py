"""Progress claims in Procore -> bills in Xero."""

from integrations import claim_headers as headers
from integrations import claims, coding, holdings, retention, starts, taxes, unregistered
from integrations.base import Check, Document, Integration, Join, Option, Signed, Source
from integrations.expressions import Expression, call, choose, const, link, text
from integrations.procore import resources as procore
from integrations.xero import resources as xero

source = Source(
    resource=procore.REQUISITIONS,
    by_number=("invoice_number", "number"),
    joins=(
        Join(
            name="commitment",
            resources=(procore.WORK_ORDER_CONTRACTS, procore.PURCHASE_ORDER_CONTRACTS),
            on="commitment_id",
            told=("commitment_type", ("WorkOrderContract", "PurchaseOrderContract")),
        ),
        Join(name="changes", resources=(procore.REQUISITION_CHANGES,), on="id", per="record", many=True,
             only=headers.history_matters),
        Join(name="period", resources=(procore.BILLING_PERIODS,), on="period_id"),
        Join(
            name="previous",
            resources=(procore.REQUISITIONS,),
            on="previous_requisition_id",
            per="chain",
            passes_over={"status": ("revise_and_resubmit",)},
        ),
        Join(name="contract_lines", resources=(procore.WORK_ORDER_LINES,), on="commitment_id", per="record",
             ids=taxes.subcontract_of, many=True, when=("tax_codes", "True")),
        Join(name="contract_lines", resources=(procore.PURCHASE_ORDER_LINES,), on="commitment_id",
             per="record", ids=taxes.order_of, many=True, when=("tax_codes", "True")),
    ),
)  # fmt: skip

line: dict[str, Expression] = {
    "Description": text("{commitment.number} claim {number}: {description_of_work}", "line_text", 4000),
    "Quantity": const(1),
    "UnitAmount": call(claims.moved),
    "ItemCode": call(coding.line_item),
    "AccountCode": call(coding.expense_account),
    "TaxType": call(coding.expense_tax),
    "Tracking": call(coding.line_tracking),
}
header: dict[str, Expression] = {
    "Type": const("ACCPAY"),
    "Contact": link("contacts", "vendor_id", "vendor", side="target", name="vendor_name", key="ContactID"),
    "Date": call(headers.posting_date),
    "LineAmountTypes": const("Exclusive"),
    "Status": call(headers.first_status),
    "CurrencyCode": call(headers.currency),
}
number = text("{invoice_number}", option="number")
details = retention.DETAILS | headers.REDATED


def document(lines: Expression, suffix: str) -> Signed:
    """A bill with these lines, or a credit note where they come to less than nothing."""
    due = headers.release_date if suffix == "-RET" else headers.due_date
    bill = Document(
        target=xero.BILLS,
        when_zero=headers.DRAFT,
        zero_note=headers.CANCELS_OUT,
        once=frozenset({"Status"}),
        marker=("InvoiceNumber", "Url"),
        matches=(headers.same_number("InvoiceNumber"),),
        details=details,
        remark=claims.remark,
        fields=header
        | {
            "DueDate": call(due),
            "InvoiceNumber": headers.numbered(number, suffix),
            "Url": call(headers.web_address(procore.REQUISITIONS.web)),
            "LineItems": lines,
        },
    )
    note = Document(
        target=xero.CREDIT_NOTES,
        once=frozenset({"Status"}),
        marker=("CreditNoteNumber",),
        matches=(headers.same_number("CreditNoteNumber"),),
        details=details,
        remark=claims.remark,
        fields=header
        | {
            "Type": const("ACCPAYCREDIT"),
            "CreditNoteNumber": headers.numbered(number, suffix),
            "LineItems": lines,
        },
    )
    return Signed(bill, note)


class ProgressClaims(Integration):
    """Each approved progress claim becomes a bill. Later changes in Procore update it until it is paid."""

    slug, name, source = "progress-claims", "Progress claims", source
    after = ("contacts", "projects", "cost-codes", "cost-types", "cost-code-options")
    catalogues = (xero.ORGANISATION, xero.ACCOUNTS, xero.TAX_RATES, xero.CONTACTS, xero.TRACKING_CATEGORIES)
    kin = ("commitment_id", "contract")
    permissions = ("accounting.attachments",)
    title = "{vendor_name}, {commitment.number} claim {number}"
    documents = choose("retention", retention.documents(document, line))
    options = (
        Option(name="pending", label="Also send claims pending owner approval", kind="yes-no", default=False),
        *headers.OPTIONS,
        *retention.OPTIONS,
    )
    checks = (
        Check(test=claims.project_is_active),
        Check(test=claims.is_approved, withdraws=True),
        Check(test=claims.something_moved, withdraws=True),
        *starts.checks(headers.claim_date, headers.approved_on, "approved"),
        *claims.CHECKS,
        unregistered.untaxed(claims.carries),
        *holdings.CHECKS,
    )
