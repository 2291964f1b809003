"""Acts on vendors, and on any record's origin and answers."""

from collections.abc import Mapping
from typing import Any

from integrations.sandbox.procore.acts import find
from integrations.sandbox.procore.company import CONTRACTS, KINDS
from integrations.sandbox.procore.fields import Record
from integrations.sandbox.procore.vendors import WRITABLE

_EDITABLE = WRITABLE | {"abn", "abn_status", "abn_type", "legal_name"}


def add_vendor(sandbox: Any, *, name: str, company_id: int | None = None, **fields: Any) -> Record:
    """Add a vendor to the directory."""
    _refuse_unknown(fields)
    vendor = find.company(sandbox, company_id).add("vendors", {"is_active": True, **fields, "name": name})
    return {"id": vendor["id"], "name": name}


def _refuse_unknown(fields: Mapping[str, Any]) -> None:
    unknown = fields.keys() - _EDITABLE
    if unknown:
        raise ValueError(f"a vendor has no field {', '.join(sorted(unknown))} to edit")


def edit_vendor(sandbox: Any, *, vendor_id: int, **fields: Any) -> Record:
    """Change a vendor's fields; `abn` is its tax number, `abn_status` what the register says of it."""
    _refuse_unknown(fields)
    company, vendor = find.record(sandbox, "vendors", vendor_id)
    vendor.update(fields)
    company.changed("vendors", vendor)
    return {"id": vendor["id"], "name": vendor["name"]}


def rename_vendor(sandbox: Any, *, vendor_id: int, name: str) -> Record:
    """Give a vendor another name."""
    return edit_vendor(sandbox, vendor_id=vendor_id, name=name)


def deactivate_vendor(sandbox: Any, *, vendor_id: int) -> Record:
    """Make a vendor inactive; it leaves the list and moves to the inactive ones."""
    return edit_vendor(sandbox, vendor_id=vendor_id, is_active=False)


def activate_vendor(sandbox: Any, *, vendor_id: int) -> Record:
    """Make an inactive vendor active again."""
    return edit_vendor(sandbox, vendor_id=vendor_id, is_active=True)


def merge_vendors(sandbox: Any, *, keep_id: int, gone_id: int) -> Record:
    """Merge one vendor into another: its contracts and direct costs move, its id disappears."""
    company, kept = find.record(sandbox, "vendors", keep_id)
    gone = company.get("vendors", int(gone_id))
    if gone is None or gone is kept:
        raise LookupError(f"Procore has no other vendor {gone_id} in this company")
    for kind in (*CONTRACTS, "direct_costs"):
        for record in company.table(kind).all():
            if record.get("vendor_id") == gone["id"]:
                record["vendor_id"] = kept["id"]
                company.changed(kind, record)
    company.remove("vendors", gone)
    company.merged_vendors[gone["id"]] = kept["id"]
    company.changed("vendors", kept)
    return {"id": kept["id"], "gone": gone["id"]}


def set_origin(sandbox: Any, *, kind: str, id: int, origin_id: str | None) -> Record:
    """Let another integration claim a record by its origin_id, or let go of it."""
    _refuse_kind(kind)
    company, record = find.record(sandbox, kind, id)
    record["origin_id"] = origin_id
    company.changed(kind, record)
    return {"id": record["id"], "origin_id": origin_id}


def answer_nonsense(sandbox: Any, *, kind: str, id: int, fields: Mapping[str, Any]) -> Record:
    """Make the API answer other values in a record: `{"vendor_id": null, "items.0.scheduled_value": "NaN"}`.

    Empty fields mend it.
    """
    _refuse_kind(kind)
    company, record = find.record(sandbox, kind, id)
    record["answer_overrides"] = dict(fields)
    company.changed(kind, record)
    return {"id": record["id"], "fields": sorted(fields)}


def _refuse_kind(kind: str) -> None:
    if kind not in KINDS:
        raise LookupError(f"Procore has no records called {kind}")
