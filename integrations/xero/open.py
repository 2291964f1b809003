"""What is still open in Xero: documents that are not approved, not paid or not used up. Data only."""

from integrations.base import Resource

NOT_DEAD = ("DRAFT", "SUBMITTED", "AUTHORISED")  # a document paid in full has the status PAID

OPEN_INVOICES = Resource(
    system="xero",
    name="open_invoices",
    label="document",
    plural="documents",
    key="InvoiceID",
    title="{Contact.Name} {InvoiceNumber}",
    path="Invoices",
    envelope="Invoices",
    query={"Statuses": ",".join(NOT_DEAD), "summaryOnly": "true", "order": "UpdatedDateUTC ASC"},
    page_size=1000,
    catalogue=True,
)
OPEN_CREDIT_NOTES = Resource(
    system="xero",
    name="open_credit_notes",
    label="credit note",
    plural="credit notes",
    key="CreditNoteID",
    title="{Contact.Name} {CreditNoteNumber}",
    path="CreditNotes",
    envelope="CreditNotes",
    query={
        "where": " OR ".join(f'Status=="{status}"' for status in NOT_DEAD),
        "order": "UpdatedDateUTC ASC",
    },
    catalogue=True,
)
