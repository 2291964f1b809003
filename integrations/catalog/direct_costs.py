"""Direct costs in Procore -> bills in Xero."""

from integrations import claim_headers as headers
from integrations import coding
from integrations import direct_costs as costs
from integrations.adjustments import adjusting
from integrations.attachments import ATTACHMENT
from integrations.base import Document, Integration, Join, Signed, Source
from integrations.expressions import Expression, call, const, each, link, money, path, text
from integrations.procore.costs import DIRECT_COST_FILES, DIRECT_COST_LINES, DIRECT_COSTS
from integrations.procore.resources import LINE_ITEM_TYPES
from integrations.xero import resources as xero

source = Source(
    resource=DIRECT_COSTS,
    by_number=("invoice_number",),
    split=costs.whole,
    for_project=costs.for_project,
    asks_who_wrote=True,
    joins=(
        Join(
            name="lines", resources=(DIRECT_COST_LINES,), on="id", per="record", only=costs.is_read, many=True
        ),
        Join(name="types", resources=(LINE_ITEM_TYPES,), on="", per="whole", many=True),
        Join(name="shown", resources=(DIRECT_COST_FILES,), on="id", per="ids", ids=costs.with_files,
             when=("attachments", "True")),
    ),
)  # fmt: skip

line = {
    "Description": text("{invoice_number} {description}", option="line_text", limit=4000),
    "Quantity": const(1),
    "UnitAmount": money("amount"),
    "ItemCode": call(coding.line_item),
    "AccountCode": call(coding.expense_account),
    "TaxType": call(coding.expense_tax),
    "Tracking": call(coding.line_tracking),
}
lines = costs.adding_up(each("items", line, where=path("amount")))
header: dict[str, Expression] = {
    "Type": const("ACCPAY"),
    "Contact": link("contacts", "vendor_id", "vendor", side="target", name="vendor_name", key="ContactID"),
    "Date": call(headers.posting_date),
    "LineAmountTypes": const("Exclusive"),
    "Status": call(headers.first_status),
    "CurrencyCode": call(costs.currency),
}
details = {"project": path("project_id"), "own_tax": call(costs.own_tax)} | headers.REDATED
number = text("{invoice_number}", option="number", limit=255)
bill = Document(
    target=xero.BILLS,
    when_zero=headers.DRAFT,
    zero_note=headers.CANCELS_OUT,
    once=frozenset({"Status"}),
    marker=("InvoiceNumber", "Url"),
    matches=(headers.same_number("InvoiceNumber"),),
    remark=headers.date_remark,
    details=details,
    fields=header
    | {
        "DueDate": call(costs.due_date),
        "InvoiceNumber": number,
        "Url": call(costs.address),
        "LineItems": lines,
    },
)
note = Document(
    target=xero.CREDIT_NOTES,
    once=frozenset({"Status"}),
    marker=("CreditNoteNumber",),
    matches=(headers.same_number("CreditNoteNumber"),),
    remark=headers.date_remark,
    details=details,
    fields=header | {"Type": const("ACCPAYCREDIT"), "CreditNoteNumber": number, "LineItems": lines},
)


class DirectCosts(Integration):
    """Each approved direct cost of type invoice becomes a bill, or a credit note where it takes away;
    it is kept in step until it is paid.
    """

    slug, name, source = "direct-costs", "Direct costs", source
    after = ("contacts", "projects", "cost-codes", "cost-types", "cost-code-options")
    catalogues = (xero.ORGANISATION, xero.ACCOUNTS, xero.TAX_RATES, xero.CONTACTS, xero.TRACKING_CATEGORIES)
    title = "{vendor_name}, direct cost {invoice_number}"
    documents = {
        "bill": Signed(bill, note),
        "adjustment": adjusting(Signed(bill, note), "bill"),
        "attachment": ATTACHMENT,
    }
    permissions = ("accounting.attachments",)
    options, checks = costs.OPTIONS, costs.CHECKS
