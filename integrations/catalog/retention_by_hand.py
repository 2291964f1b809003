"""Lines by hand on the retention accounts in Xero -> a list, to be accepted as releases."""

from integrations import retained
from integrations.base import Check, Document, Integration, Match, Option, Source
from integrations.expressions import call, path
from integrations.local.retention import HAND_LINES, SIDES
from integrations.xero import costs, reports

line = Document(
    target=HAND_LINES,
    marker=("key",),
    matches=(Match("id", lambda node, payload: payload.get("key"), lambda record: record.get("key")),),
    fields={
        "key": path("id"),
        "side": call(retained.side_of),
        "document_id": path("document"),
        "resource": path("feed"),
        "number": call(retained.numbered),
        "contact": call(retained.named),
        "description": call(retained.described),
        "day": call(retained.dated),
        "amount": call(retained.taken_off),
    },
)


class RetentionByHand(Integration):
    """What people enter on the retention accounts in Xero is listed, to be accepted as a release."""

    slug, name = "retention-by-hand", "Retention entered by hand"
    source = Source(
        resource=reports.ALL_INVOICES,
        also=(
            (reports.ALL_CREDIT_NOTES, ""),
            (costs.BANK_TRANSACTIONS, "bank_transactions"),
            (costs.MANUAL_JOURNALS, "manual_journals"),
        ),
        split=retained.each_line,
        by_number=("InvoiceNumber", "CreditNoteNumber", "Reference"),
    )
    title, per_project, removed = "{Contact.Name} {InvoiceNumber}{CreditNoteNumber}", False, "remove"
    catalogues = (SIDES, HAND_LINES)
    documents = {"line": line}
    options = (
        Option(
            name="bank_transactions",
            label="Also money spent and received",
            kind="yes-no",
            default=False,
            at_once=True,
        ),
        Option(
            name="manual_journals", label="Also manual journals", kind="yes-no", default=False, at_once=True
        ),
    )
    checks = (
        Check(test=retained.on_retention_account, withdraws=True),
        Check(test=retained.is_approved, withdraws=True),
    )
