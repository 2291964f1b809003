"""An organisation's records as its API shows them, for the control interface and the page."""

import json
from decimal import Decimal
from typing import Any

from integrations.sandbox.routing import dump
from integrations.sandbox.xero.drawing import SINGLE, drawer
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.payroll_shapes import PAYROLL, shape
from integrations.sandbox.xero.settings import organisation_shape


def organisation_for(sandbox: Any, tenant: str | None) -> Organisation:
    """The organisation with this tenant id or name, the first one without either; raises LookupError."""
    for id, organisation in sandbox.xero.items():
        if tenant in (None, "", id, organisation.settings["Name"]):
            found: Organisation = organisation
            return found
    raise LookupError(f"there is no organisation {tenant}")


def records(sandbox: Any, kind: str, tenant: str | None = None) -> list[dict[str, Any]]:
    """The records of one kind, in order of update; `Organisations` lists the tenants. Raises LookupError."""
    if kind == "Organisations":
        return [
            {"tenantId": id, **organisation_shape(organisation)} for id, organisation in sandbox.xero.items()
        ]
    organisation = organisation_for(sandbox, tenant)
    if kind == "Currencies":
        return organisation.currencies
    if kind == "Allocations":
        return [{**a, "Date": a["Date"].isoformat()} for a in organisation["Allocations"].rows()]
    if kind not in organisation.shelves:
        raise LookupError(f"there is no kind {kind}")
    if kind in PAYROLL:
        rows = organisation[kind].rows()
        return [json.loads(dump(shape(row)), parse_float=Decimal) for row in rows]
    draw = drawer(organisation, kind, SINGLE, 4)
    return [json.loads(draw(row), parse_float=Decimal) for row in organisation[kind].rows()]
