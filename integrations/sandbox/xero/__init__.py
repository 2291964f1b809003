"""Xero by its published references: identity, Accounting API, and what people do in its own screens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.routing import Router
from integrations.sandbox.xero import (
    attachments,
    bank,
    bill_acts,
    cost_acts,
    credits,
    identity,
    invoices,
    journals,
    office_acts,
    payments,
    payroll,
    payroll_acts,
    people,
    reports,
    settings,
    tracking,
)
from integrations.sandbox.xero import load as loading
from integrations.sandbox.xero.acting import ACTS
from integrations.sandbox.xero.gate import Tenants, router
from integrations.sandbox.xero.records import records

__all__ = ("Switches", "acts", "load", "records", "routers")

# Importing a module adds its routes to the API's router, or its acts to the acts.
_ROUTED = (
    attachments,
    bank,
    credits,
    invoices,
    journals,
    payments,
    payroll,
    payroll_acts,
    people,
    reports,
    settings,
    tracking,
    bill_acts,
    cost_acts,
    office_acts,
)

routers: dict[str, Router] = {
    "xero-api": router,
    "xero-login": identity.login,
    "xero-identity": identity.identity,
}
acts: dict[str, Callable[..., Any]] = ACTS


@dataclass
class Switches:
    """Where the references say "unknown", the default is the harsher behaviour."""

    xero_minute_limit: int = 60
    xero_day_limit: int = 5000
    xero_concurrent_limit: int = 5
    xero_app_minute_limit: int = 10_000
    concurrent_retry_after: bool = False  # Retry-After on breaches of the concurrent and app-minute limits
    refused_calls_count: bool = False  # calls answered 429 count against the windows
    modified_since_inclusive: bool = False  # If-Modified-Since includes records of that very second
    drop_invalid_tracking: bool = False  # invalid tracking of a line is dropped in silence instead of refused
    match_bills_by_number: bool = (
        False  # POST of a bill without id updates the one of the same number and contact
    )
    store_bill_reference: bool = False  # Reference of bills and supplier credits is kept
    check_sent_totals: bool = True  # SubTotal, TotalTax and Total sent along must be those of the lines
    failed_ids_zero: bool = True  # refused elements come back with an all-zero id, else without one
    lock_payments: bool = True  # lock dates hold for payments and allocations too
    change_billed_orders: bool = False  # a billed order is changed without being opened again (unknown 5)
    most_tracking_options: int = 100  # active options per category
    loopback_redirects: bool = False  # accept redirect URIs on http://127.0.0.1 as well as http://localhost


def load(sandbox: Any, part: Mapping[str, Any]) -> None:
    """Replace every organisation by those of a world; connections and idempotency keys are forgotten."""
    sandbox.xero = Tenants()
    for given in part.get("organisations", ()):
        made = loading.organisation(given, sandbox.clock, sandbox.switches)
        sandbox.xero[made.tenant] = made
