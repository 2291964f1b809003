"""What OneCore reads and writes in Xero. Data only; paths and fields as in the Accounting API.

Lists are read in the order of their changes, so that an edit made meanwhile moves a record to a page still to
come. `unitdp` is sent with every read and write of a document: without it prices of four decimals are
rounded. Web addresses are relative to Xero's web host.
"""

from dataclasses import replace

from integrations.base import Resource, Search, Write

WHOLE = {"summarizeErrors": "false"}
DOCUMENT = {"summarizeErrors": "false", "unitdp": "4"}
DEAD = frozenset({"VOIDED", "DELETED"})
HAND = frozenset({"AccountCode", "TaxType", "Tracking", "Date", "DueDate", "Description"})
MONEY = frozenset({"UnitAmount", "Quantity"})


def removal(envelope: str, key: str, status: str) -> Write:
    """Being rid of a document is a change of its status; which one is right depends on the status it has."""
    return Write(
        method="POST",
        path=envelope,
        wrap=envelope,
        batch=50,
        query=DOCUMENT,
        key=key,
        fixed={"Status": status},
    )


# Settings

ORGANISATION = Resource(
    system="xero",
    name="organisation",
    label="organisation",
    plural="organisations",
    key="OrganisationID",
    title="{Name}",
    path="Organisation",
    envelope="Organisations",
    paged=False,
    catalogue=True,
)
ACCOUNTS = Resource(
    system="xero",
    name="accounts",
    label="account",
    plural="accounts",
    key="AccountID",
    title="{Code} {Name}",
    path="Accounts",
    one="Accounts/{id}",
    envelope="Accounts",
    changed="If-Modified-Since",
    paged=False,
    version="UpdatedDateUTC",
    web="/GeneralLedger/ChartOfAccounts.aspx",
    status="Status",
    dead=frozenset({"ARCHIVED", "DELETED"}),
    catalogue=True,
)
TAX_RATES = Resource(
    system="xero",
    name="tax_rates",
    label="tax rate",
    plural="tax rates",
    key="TaxType",
    title="{Name}",
    path="TaxRates",
    one="TaxRates/{id}",
    envelope="TaxRates",
    paged=False,
    status="Status",
    dead=frozenset({"ARCHIVED", "DELETED"}),
    catalogue=True,
)
ITEMS = Resource(
    system="xero",
    name="items",
    label="item",
    plural="items",
    key="ItemID",
    title="{Code} {Name}",
    path="Items",
    one="Items/{id}",
    envelope="Items",
    query={"unitdp": "4"},
    one_query={"unitdp": "4"},
    changed="If-Modified-Since",
    paged=False,
    version="UpdatedDateUTC",
    catalogue=True,
)
TRACKING_CATEGORIES = Resource(
    system="xero",
    name="tracking_categories",
    label="tracking category",
    plural="tracking categories",
    key="TrackingCategoryID",
    title="{Name}",
    path="TrackingCategories",
    one="TrackingCategories/{id}",
    envelope="TrackingCategories",
    query={"includeArchived": "true"},
    paged=False,
    web="/Setup/Tracking.aspx",
    status="Status",
    dead=frozenset({"ARCHIVED", "DELETED"}),
    catalogue=True,
)
# Options are read inside their categories; without a category in the scope, those of all are.
TRACKING_OPTIONS = Resource(
    system="xero",
    name="tracking_options",
    label="tracking option",
    plural="tracking options",
    key="TrackingOptionID",
    title="{Name}",
    path="TrackingCategories",
    scope=("category_id",),
    query={"includeArchived": "true"},
    envelope="TrackingCategories",
    nested="Options",
    parent="TrackingCategoryID",
    paged=False,
    web="/Setup/Tracking.aspx",
    create=Write(method="PUT", path="TrackingCategories/{category_id}/Options", bare=True),
    update=Write(method="POST", path="TrackingCategories/{category_id}/Options/{id}", bare=True),
    removals={
        "ACTIVE": Write(
            method="POST",
            path="TrackingCategories/{category_id}/Options/{id}",
            fixed={"Status": "ARCHIVED"},
            bare=True,
        )
    },
    search=Search(style="list", field="Name"),
    status="Status",
    dead=frozenset({"ARCHIVED", "DELETED"}),
    catalogue=True,
    inside=("tracking_categories", "Options", "category_id"),
)

# Contacts

CONTACTS = Resource(
    system="xero",
    name="contacts",
    label="contact",
    plural="contacts",
    key="ContactID",
    title="{Name}",
    path="Contacts",
    one="Contacts/{id}",
    envelope="Contacts",
    query={"order": "UpdatedDateUTC ASC", "includeArchived": "true"},
    changed="If-Modified-Since",
    by_ids="IDs",
    page_size=500,
    version="UpdatedDateUTC",
    web="/Contacts/View/{ContactID}",
    create=Write(method="PUT", path="Contacts", wrap="Contacts", batch=50, query=WHOLE),
    update=Write(method="POST", path="Contacts", wrap="Contacts", batch=50, query=WHOLE, key="ContactID"),
    search=Search(style="where", parameter="where", field="Name", joined=25),
    status="ContactStatus",
    dead=frozenset({"ARCHIVED", "GDPRREQUEST"}),
    catalogue=True,
)
# The list names the groups; only a single group's record names its members.
CONTACT_GROUPS = Resource(
    system="xero",
    name="contact_groups",
    label="contact group",
    plural="contact groups",
    key="ContactGroupID",
    title="{Name}",
    path="ContactGroups",
    one="ContactGroups/{id}",
    envelope="ContactGroups",
    paged=False,
    status="Status",
    dead=frozenset({"DELETED"}),
    catalogue=True,
    read_each=True,
)

# Documents

BILLS = Resource(
    system="xero",
    name="bills",
    label="bill",
    plural="bills",
    key="InvoiceID",
    title="{Contact.Name} {InvoiceNumber}",
    path="Invoices",
    one="Invoices/{id}",
    envelope="Invoices",
    query={"where": 'Type=="ACCPAY"', "order": "UpdatedDateUTC ASC", "unitdp": "4"},
    brief={"summaryOnly": "true"},
    one_query={"unitdp": "4"},
    changed="If-Modified-Since",
    by_ids="IDs",
    page_size=100,
    version="UpdatedDateUTC",
    web="/AccountsPayable/View.aspx?InvoiceID={InvoiceID}",
    # PUT: numbers of bills may repeat, and POST without an id might match an existing bill.
    create=Write(method="PUT", path="Invoices", wrap="Invoices", batch=50, query=DOCUMENT),
    update=Write(method="POST", path="Invoices", wrap="Invoices", batch=50, query=DOCUMENT, key="InvoiceID"),
    removals={
        "DRAFT": removal("Invoices", "InvoiceID", "DELETED"),
        "SUBMITTED": removal("Invoices", "InvoiceID", "DELETED"),
        "AUTHORISED": removal("Invoices", "InvoiceID", "VOIDED"),
    },
    search=Search(parameter="InvoiceNumbers", field="InvoiceNumber"),
    status="Status",
    total="SubTotal",
    dead=DEAD,
    closed=DEAD,
    paid="AmountPaid",
    credited="AmountCredited",
    dated="Date",
    lines="LineItems",
    line_key="LineItemID",
    hand=HAND,
    money=MONEY,
    after_payment=frozenset(
        {"InvoiceNumber", "DueDate", "Url", "LineItems", "Description", "AccountCode", "Tracking"}
    ),
)
CREDIT_NOTES = Resource(
    system="xero",
    name="credit_notes",
    label="credit note",
    plural="credit notes",
    key="CreditNoteID",
    title="{Contact.Name} {CreditNoteNumber}",
    path="CreditNotes",
    one="CreditNotes/{id}",
    envelope="CreditNotes",
    query={"where": 'Type=="ACCPAYCREDIT"', "order": "UpdatedDateUTC ASC", "unitdp": "4"},
    one_query={"unitdp": "4"},
    changed="If-Modified-Since",
    by_ids="where",
    ids_per_read=25,
    page_size=100,
    version="UpdatedDateUTC",
    web="/AccountsPayable/ViewCreditNote.aspx?creditNoteID={CreditNoteID}",
    create=Write(method="PUT", path="CreditNotes", wrap="CreditNotes", batch=50, query=DOCUMENT),
    update=Write(
        method="POST", path="CreditNotes", wrap="CreditNotes", batch=50, query=DOCUMENT, key="CreditNoteID"
    ),
    removals={
        "DRAFT": removal("CreditNotes", "CreditNoteID", "DELETED"),
        "SUBMITTED": removal("CreditNotes", "CreditNoteID", "DELETED"),
        "AUTHORISED": removal("CreditNotes", "CreditNoteID", "VOIDED"),
    },
    search=Search(style="where", parameter="where", field="CreditNoteNumber", joined=50),
    status="Status",
    total="SubTotal",
    dead=DEAD,
    closed=DEAD,
    paid="AppliedAmount",
    sign=-1,
    dated="Date",
    lines="LineItems",
    line_key="LineItemID",
    hand=HAND - {"DueDate"},
    money=MONEY,
)
ALLOCATIONS = Resource(
    system="xero",
    name="allocations",
    label="allocation",
    plural="allocations",
    key="AllocationID",
    title="allocation of {Amount}",
    path="CreditNotes/{credit_note_id}",
    scope=("credit_note_id",),
    envelope="CreditNotes",
    nested="Allocations",
    parent="CreditNoteID",
    query={"unitdp": "4"},
    paged=False,
    create=Write(
        method="PUT", path="CreditNotes/{credit_note_id}/Allocations", wrap="Allocations", query=WHOLE
    ),
    removals={"": Write(method="DELETE", path="CreditNotes/{credit_note_id}/Allocations/{id}")},
    search=Search(style="list", field="Amount"),
    total="Amount",
    money=frozenset({"Amount"}),
    exclusive=False,
)
PAYMENTS = Resource(
    system="xero",
    name="payments",
    label="payment",
    plural="payments",
    key="PaymentID",
    title="payment of {Amount}",
    path="Payments",
    one="Payments/{id}",
    envelope="Payments",
    query={"order": "UpdatedDateUTC ASC"},
    changed="If-Modified-Since",
    by_ids="where",
    ids_per_read=25,
    page_size=500,
    version="UpdatedDateUTC",
    web="/Bank/ViewTransaction.aspx?bankTransactionID={PaymentID}",
    create=Write(method="PUT", path="Payments", wrap="Payments", batch=50, query=WHOLE),
    removals={
        "AUTHORISED": Write(method="POST", path="Payments/{id}", fixed={"Status": "DELETED"}, bare=True)
    },
    search=Search(style="list", field="Reference"),
    status="Status",
    total="Amount",
    dead=frozenset({"DELETED"}),
    money=frozenset({"Amount"}),
)
BATCH_PAYMENTS = Resource(
    system="xero",
    name="batch_payments",
    label="batch payment",
    plural="batch payments",
    key="BatchPaymentID",
    title="batch payment of {TotalAmount}",
    path="BatchPayments",
    one="BatchPayments/{id}",
    envelope="BatchPayments",
    changed="If-Modified-Since",
    paged=False,
    version="UpdatedDateUTC",
    status="Status",
    total="TotalAmount",
    dead=frozenset({"DELETED"}),
)

ORDER_UPDATE = Write(
    method="POST", path="PurchaseOrders", wrap="PurchaseOrders", batch=50, query=WHOLE, key="PurchaseOrderID"
)
PURCHASE_ORDERS = Resource(
    system="xero",
    name="purchase_orders",
    label="purchase order",
    plural="purchase orders",
    key="PurchaseOrderID",
    title="{Contact.Name} {PurchaseOrderNumber}",
    path="PurchaseOrders",
    one="PurchaseOrders/{id}",
    envelope="PurchaseOrders",
    query={"order": "UpdatedDateUTC ASC"},
    changed="If-Modified-Since",
    page_size=500,
    version="UpdatedDateUTC",
    web="/Accounts/Payable/PurchaseOrders/View/{PurchaseOrderID}",
    create=Write(method="PUT", path="PurchaseOrders", wrap="PurchaseOrders", batch=50, query=WHOLE),
    update=ORDER_UPDATE,
    in_books=False,
    removals=dict.fromkeys(
        ("DRAFT", "SUBMITTED", "AUTHORISED"), replace(ORDER_UPDATE, fixed={"Status": "DELETED"})
    ),
    search=Search(style="list", field="PurchaseOrderNumber"),  # numbers cannot be asked for
    status="Status",
    total="SubTotal",
    dead=DEAD,
    closed=DEAD,
    lines="LineItems",
    line_key="LineItemID",
    hand=frozenset({"AccountCode", "TaxType", "Tracking", "Date", "DeliveryDate"}),
    money=MONEY,
)
