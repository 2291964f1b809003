"""Where vendors are used: approved claims, read where no commitment is approved. Data only."""

from dataclasses import replace

from integrations.procore.resources import REQUISITIONS

APPROVED_CLAIMS = replace(
    REQUISITIONS, name="approved_claims", query={"view": "default", "filters[status]": "approved"}
)
NOTED_CLAIMS = replace(
    REQUISITIONS, name="noted_claims", query={"view": "default", "filters[status]": "approved_as_noted"}
)
