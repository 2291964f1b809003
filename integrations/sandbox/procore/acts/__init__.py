"""What a Procore user can do to the records without the API."""

from collections.abc import Callable
from typing import Any

from integrations.sandbox.procore.acts import (
    claims,
    commitments,
    costs,
    directory,
    labour,
    payments,
    projects,
)

_ACTS: tuple[Callable[..., Any], ...] = (
    claims.approve_claim,
    claims.unapprove_claim,
    claims.reject_claim,
    claims.edit_claim,
    claims.add_claim,
    claims.delete_claim,
    claims.break_claim_summary,
    projects.rename_project,
    projects.set_project_stage,
    projects.set_project_active,
    projects.add_project,
    projects.add_standard_cost_code,
    projects.add_project_cost_code,
    projects.permit_projects,
    projects.connect_company,
    directory.rename_vendor,
    directory.edit_vendor,
    directory.deactivate_vendor,
    directory.activate_vendor,
    directory.merge_vendors,
    directory.add_vendor,
    commitments.edit_commitment,
    commitments.void_commitment,
    commitments.add_commitment,
    commitments.add_change_order,
    costs.add_direct_cost,
    costs.edit_direct_cost,
    costs.approve_direct_cost,
    costs.unapprove_direct_cost,
    costs.delete_direct_cost,
    payments.add_contract_payment,
    payments.edit_contract_payment,
    payments.delete_contract_payment,
    labour.add_timecard,
    labour.approve_timecard,
    labour.edit_timecard,
    labour.delete_timecard,
    directory.set_origin,
    directory.answer_nonsense,
)
acts: dict[str, Callable[..., Any]] = {act.__name__: act for act in _ACTS}
