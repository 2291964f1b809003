"""What must hold between a claim's lines, its summary and the claim before, as the sandbox answers them."""

from decimal import Decimal
from typing import Any

from integrations.sandbox.server import Sandbox

Record = dict[str, Any]
HELD = "work_completed_retainage_retained_this_period"
RELEASED = "work_completed_retainage_released_this_period"


def wrong_sums(claim: Record, before: Record | None) -> list[str]:
    """What does not hold between a claim's lines, its summary and the claim before."""

    def total(field: str) -> Decimal:
        return sum((Decimal(item[field]) for item in claim["items"]), Decimal(0))

    def summary(record: Record | None, field: str) -> Decimal:
        return Decimal(record["summary"][field]) if record else Decimal(0)

    held = total(HELD) + total("materials_stored_retainage_new_materials")
    released = total(RELEASED) + total("materials_stored_retainage_released_this_period")
    opening = total("work_completed_retainage_from_previous_application") if before is None else Decimal(0)
    retained = summary(claim, "total_retainage")
    done = summary(claim, "total_completed_and_stored_to_date")
    earned = summary(claim, "total_earned_less_retainage")
    rules = {
        "lines and summary": total("total_completed_and_stored_to_date") == done,
        "retention": held - released == retained - summary(before, "total_retainage") - opening,
        "earned": earned == done - retained,
        "due": summary(claim, "current_payment_due")
        == earned - summary(claim, "less_previous_certificates_for_payment"),
    }
    return [name for name, holds in rules.items() if not holds]


def faults(sandbox: Sandbox, spared: set[int]) -> list[tuple[int, list[str]]]:
    """The claims that do not add up, but for the spared ones, with what is wrong."""
    claims = {claim["id"]: claim for claim in sandbox.records("procore", "requisitions")}
    return [
        (number, wrong)
        for number, claim in claims.items()
        if number not in spared and claim["items"]
        if (wrong := wrong_sums(claim, claims.get(claim.get("previous_requisition_id") or 0)))
    ]
