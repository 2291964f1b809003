"""Finding what an act is about."""

from typing import Any

from integrations.sandbox.procore.company import COMMITMENTS, Company
from integrations.sandbox.procore.fields import Record


def company(sandbox: Any, company_id: Any = None) -> Company:
    """The company named, or the only or first one. Raises LookupError."""
    if company_id is not None:
        found = sandbox.procore.get(int(company_id))
    else:
        found = next(iter(sandbox.procore.values()), None)
    if found is None:
        raise LookupError(f"Procore has no company {company_id or ''}".rstrip())
    return found  # type: ignore[no-any-return]


def record(sandbox: Any, kind: str, id: Any) -> tuple[Company, Record]:
    """A record with its company, by kind and id. Raises LookupError."""
    for owner in sandbox.procore.values():
        found = owner.get(kind, int(id))
        if found is not None:
            return owner, found
    raise LookupError(f"Procore has no record {id} among {kind}")


def commitment(sandbox: Any, id: Any) -> tuple[Company, str, Record]:
    """A subcontract or purchase order with its company and kind. Raises LookupError."""
    for owner in sandbox.procore.values():
        for kind in COMMITMENTS:
            found = owner.get(kind, int(id))
            if found is not None:
                return owner, kind, found
    raise LookupError(f"Procore has no commitment {id}")


def refuse_locked(found: Record) -> None:
    """A record with an origin_id is frozen for its users too (procore.md, section 12). Raises ValueError."""
    if found.get("origin_id"):
        raise ValueError(f"record {found['id']} is locked by an integration")
