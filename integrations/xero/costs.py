"""Money spent and received, and journals, in Xero. Data only; paths and fields as in the Accounting API.

Xero tells of no change in these but in their lists. Lists are read in the order of their changes.
"""

from integrations.base import Resource

IN_ORDER = {"order": "UpdatedDateUTC ASC"}

BANK_TRANSACTIONS = Resource(
    system="xero",
    name="bank_transactions",
    label="bank transaction",
    plural="bank transactions",
    key="BankTransactionID",
    title="{Contact.Name} {Reference}",
    path="BankTransactions",
    one="BankTransactions/{id}",
    envelope="BankTransactions",
    query={**IN_ORDER, "unitdp": "4"},
    one_query={"unitdp": "4"},
    changed="If-Modified-Since",
    by_ids="where",
    ids_per_read=25,
    version="UpdatedDateUTC",
    web="/Bank/ViewTransaction.aspx?bankTransactionID={BankTransactionID}",
    status="Status",
    total="SubTotal",
    dead=frozenset({"VOIDED", "DELETED"}),
    lines="LineItems",
    line_key="LineItemID",
)
MANUAL_JOURNALS = Resource(
    system="xero",
    name="manual_journals",
    label="manual journal",
    plural="manual journals",
    key="ManualJournalID",
    title="{Narration}",
    path="ManualJournals",
    one="ManualJournals/{id}",
    envelope="ManualJournals",
    query=IN_ORDER,
    changed="If-Modified-Since",
    by_ids="where",
    ids_per_read=25,
    version="UpdatedDateUTC",
    web="/Journal/View.aspx?invoiceID={ManualJournalID}",
    status="Status",
    dead=frozenset({"VOIDED", "DELETED"}),
    lines="JournalLines",
)
