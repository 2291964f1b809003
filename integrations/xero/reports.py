"""Reports and documents that are only looked at. Data only; paths and fields as in the Accounting API."""

from dataclasses import replace

from integrations.base import Resource
from integrations.xero.resources import BILLS, CREDIT_NOTES

# A report needs a permission of its own, and the connected person a role that may see reports.
TRIAL_BALANCE = Resource(
    system="xero",
    name="trial_balance",
    label="trial balance",
    plural="trial balances",
    key="ReportID",
    title="{ReportName}",
    path="Reports/TrialBalance",
    envelope="Reports",
    paged=False,
    catalogue=True,
)
NOT_APPROVED = 'Status=="DRAFT" OR Status=="SUBMITTED"'
# Both directions at once: what nobody approved yet is in no balance.
WAITING_INVOICES = replace(
    BILLS, name="waiting_invoices", catalogue=True, query={"where": NOT_APPROVED, "unitdp": "4"}
)
WAITING_CREDIT_NOTES = replace(
    CREDIT_NOTES, name="waiting_credit_notes", catalogue=True, query={"where": NOT_APPROVED, "unitdp": "4"}
)
# Bills and sales invoices in one list, under the name that links know both by.
ALL_INVOICES = replace(BILLS, label="bill", query={"order": "UpdatedDateUTC ASC", "unitdp": "4"})
ALL_CREDIT_NOTES = replace(CREDIT_NOTES, query={"order": "UpdatedDateUTC ASC", "unitdp": "4"})
