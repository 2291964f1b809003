"""What one claim costs in time: our planning and mapping beside xero-python's models for the same bill."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from statistics import median
from time import perf_counter
from typing import Any

from xero_python.accounting import Contact, Invoice, Invoices, LineAmountTypes, LineItem, LineItemTracking
from xero_python.api_client.serializer import serialize

from integrations.base import Subject
from integrations.changes import Change, Held
from integrations.context import Context
from integrations.models import Tenant
from integrations.plans import decide, draw, wanted
from integrations.registry import BY_SLUG
from integrations.values import decimal
from integrations.wire import encoded
from mappings.context import RunPart, load_batch, load_run
from runs.catalogues import Catalogues
from runs.clients import clients_of
from runs.models import Run
from runs.progress import Progress
from runs.sources import Asked, Source
from tests.bench import stage
from tests.bench.figures import Figure

CLAIMS, ROUNDS = 150, 7
CLAIM = BY_SLUG["progress-claims"]


def measure() -> list[Figure]:
    """Both take turns at every claim, so that what else the machine does meets both; medians of all turns."""
    world = stage.claims_world(CLAIMS)
    with stage.sandbox() as running, stage.database():
        part, subjects = read(stage.prepared(running, world))
        rounds = [in_turn(subjects, load_batch(part, subjects)) for _ in range(ROUNDS)]
    turns = [turn for one in rounds for turn in one]
    ours, written, theirs = (median(column) for column in zip(*turns, strict=True))
    parts = {
        "claims": len(subjects), "turns": len(turns), "planning and mapping, us": round(ours * 1e6),
        "our JSON, us": round(written * 1e6), "xero-python, us": round(theirs * 1e6),
        "with our JSON": round((ours + written) / theirs, 3),
    }  # fmt: skip
    return [Figure("claim_cost_over_xero_python", round(ours / theirs, 3), parts)]


def read(tenant: Tenant) -> tuple[RunPart, list[Subject]]:
    """Claims with what is joined to them, as a run has them before it plans."""
    run = Run(tenant=tenant)  # never saved: it only says whose limits count
    progress = Progress(run)
    clients = clients_of(run, progress)
    catalogues = Catalogues(clients, iter)
    part = load_run(tenant, CLAIM)
    part.catalogues = dict(catalogues.all(CLAIM.catalogues))
    source = Source(part, Asked(), clients, catalogues, iter)
    return part, [subject for chunk in source.chunks() for subject in chunk.subjects]


def in_turn(subjects: Sequence[Subject], context: Context) -> list[tuple[float, float, float]]:
    """For each claim the seconds of our plan, of our JSON, and of xero-python's bill."""
    found = []
    for subject in subjects:
        ours, change = timed(lambda one=subject: planned(one, context))
        written, _ = timed(lambda one=change: encoded(one.payload, decimals_as_text=False))
        theirs, _ = timed(lambda one=change: by_xero_python(one.payload))
        found.append((ours, written, theirs))
    return found


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what came out."""
    begun = perf_counter()
    result = work()
    return perf_counter() - begun, result


def planned(subject: Subject, context: Context) -> Change:
    """The bill to be made of a claim; raises Unmeasured for anything else."""
    drawing = draw(CLAIM, subject, context)
    wanted([drawing], context)
    changes = decide(CLAIM, drawing, Held(), context)
    if [str(change.action) for change in changes] != ["create"] or changes[0].resource != "bills":
        raise stage.Unmeasured(f"a claim was to become a bill: {[change.message for change in changes]}")
    return changes[0]


def by_xero_python(bill: Mapping[str, Any]) -> str:
    """The same bill as the official SDK builds and serialises it, from values that are at hand already."""
    lines = [
        LineItem(
            description=line["Description"],
            quantity=Decimal(line["Quantity"]),
            unit_amount=decimal(line["UnitAmount"]),
            account_code=line["AccountCode"],
            tax_type=line.get("TaxType"),
            tracking=[tracking(one) for one in line["Tracking"]],
        )
        for line in bill["LineItems"]
    ]
    invoice = Invoice(
        type=bill["Type"], contact=Contact(contact_id=bill["Contact"]["ContactID"]), date=bill["Date"],
        due_date=bill["DueDate"], invoice_number=bill["InvoiceNumber"], url=bill["Url"], line_items=lines,
        line_amount_types=LineAmountTypes(bill["LineAmountTypes"]), status=bill["Status"],
    )  # fmt: skip
    return json.dumps(serialize(Invoices(invoices=[invoice])))


def tracking(one: Mapping[str, Any]) -> LineItemTracking:
    """A tracking option of a line."""
    return LineItemTracking(
        tracking_category_id=one["TrackingCategoryID"], tracking_option_id=one["TrackingOptionID"]
    )
