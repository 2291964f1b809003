"""Where addresses of the real systems' pages lead: to the same record on the sandbox's page."""

from urllib.parse import parse_qsl, urlencode

# What an address holds -> the kind of record it shows. The id is the last part, or a parameter.
PROCORE = (
    ("/requisitions/", "requisitions"),
    ("/payment_applications/", "payment_applications"),
    ("/payments/", "contract_payments"),
    ("/work_order_contracts/", "work_order_contracts"),
    ("/purchase_order_contracts/", "purchase_order_contracts"),
    ("/direct_costs/", "direct_costs"),
    ("/vendors/", "vendors"),
    ("/project/home", "projects"),
)
XERO = (
    ("/Contacts/View/", "Contacts"),
    ("/AccountsPayable/ViewCreditNote", "CreditNotes"),
    ("/AccountsPayable/View", "Invoices"),
    ("/AccountsReceivable/ViewCreditNote", "CreditNotes"),
    ("/AccountsReceivable/View", "Invoices"),
    ("/PurchaseOrders/View", "PurchaseOrders"),
    ("/Bank/ViewTransaction", "Payments"),
    ("/Journal/View", "ManualJournals"),
    ("/Setup/Tracking", "TrackingCategories"),
    ("/GeneralLedger/", "Accounts"),
)


def place(path: str, query: str) -> str | None:
    """The page for a web address below `/procore` or `/xero`; None where there is none."""
    system, _, rest = path.lstrip("/").partition("/")
    rest = "/" + rest
    kinds = {"procore": PROCORE, "xero": XERO}.get(system, ())
    kind = next((kind for part, kind in kinds if part in rest), None)
    if kind is None:
        return None
    parts = [part for part in rest.split("/") if part]
    named = dict(parse_qsl(query))
    record_id = next(iter(named.values()), "") or (parts[0] if kind == "projects" else parts[-1])
    shown = {"system": system, "kind": kind} | (
        {} if kind in ("TrackingCategories", "Accounts") else {"id": record_id}
    )
    return "/?" + urlencode(shown)
