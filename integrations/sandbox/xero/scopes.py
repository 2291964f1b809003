"""Which granular scope lets a token call which resource."""

BROAD = {"accounting.transactions", "accounting.transactions.read", "accounting.reports.read"}
_PLAIN = {"openid", "profile", "email", "offline_access"}
_TRANSACTIONS = ("invoices", "payments", "banktransactions", "manualjournals")
_REPORTS = {
    "balancesheet": "BalanceSheet",
    "banksummary": "BankSummary",
    "budgetsummary": "BudgetSummary",
    "executivesummary": "ExecutiveSummary",
    "profitandloss": "ProfitAndLoss",
    "trialbalance": "TrialBalance",
}
_RESOURCES: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(
        ("invoices", "creditnotes", "purchaseorders", "quotes", "linkedtransactions"), ("invoices",)
    ),
    **dict.fromkeys(("payments", "batchpayments", "overpayments", "prepayments"), ("payments",)),
    **dict.fromkeys(("banktransactions", "banktransfers"), ("banktransactions",)),
    "manualjournals": ("manualjournals",),
    **dict.fromkeys(("contacts", "contactgroups"), ("contacts",)),
    **dict.fromkeys(
        ("organisation", "accounts", "taxrates", "currencies", "trackingcategories"), ("settings",)
    ),
    "items": ("settings", "invoices"),
}
_PAYROLL = {
    "employees": "employees",
    "timesheets": "timesheets",
    "payruns": "payruns",
    **dict.fromkeys(("payitems", "payrollcalendars", "settings"), "settings"),
}
_WRITABLE = ("contacts", "settings", "attachments", *_TRANSACTIONS)
KNOWN = {
    *_PLAIN,
    *(f"accounting.{name}" for name in _WRITABLE),
    *(f"accounting.{name}.read" for name in _WRITABLE),
    *(f"accounting.reports.{name}.read" for name in (*_REPORTS, "aged", "taxreports")),
    "accounting.budgets.read",
    "accounting.journals.read",
    *(
        f"payroll.{name}{end}"
        for name in ("employees", "payruns", "payslip", "settings", "timesheets")
        for end in ("", ".read")
    ),
}


def allowed(method: str, path: str, scopes: tuple[str, ...]) -> bool:
    """Whether a token with these scopes may call a path such as `Invoices/{id}`."""
    parts = path.strip("/").lower().split("/")
    if parts[0] == "reports":
        report = f"accounting.reports.{parts[1] if len(parts) > 1 else ''}.read"
        return report in scopes or "accounting.reports.read" in scopes
    names: tuple[str, ...] = _RESOURCES.get(parts[0], ())
    if "attachments" in parts[1:]:
        names = ("attachments",)
    wanted = {f"accounting.{name}" for name in names}
    if set(names) & set(_TRANSACTIONS):
        wanted.add("accounting.transactions")
    if method in ("GET", "HEAD"):
        wanted |= {f"{scope}.read" for scope in wanted}
    return not names or bool(wanted & set(scopes))


def payroll_allowed(method: str, path: str, scopes: tuple[str, ...]) -> bool:
    """Whether a token with these scopes may call a payroll path such as `Timesheets/{id}`."""
    name = _PAYROLL.get(path.strip("/").lower().split("/")[0])
    wanted = {f"payroll.{name}", *([f"payroll.{name}.read"] if method in ("GET", "HEAD") else [])}
    return name is None or bool(wanted & set(scopes))
