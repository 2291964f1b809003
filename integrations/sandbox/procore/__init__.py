"""The simulated Procore: API and login hosts over records in memory, written from reference/procore.md."""

from typing import Any

from integrations.sandbox.procore import (
    budget_codes,
    codes,
    contracts,
    costs,
    labour,
    owner,
    payments,
    periods,
    projects,
    requisitions,
    vendors,
)
from integrations.sandbox.procore.acts import acts
from integrations.sandbox.procore.frame import api
from integrations.sandbox.procore.load import load
from integrations.sandbox.procore.login import login
from integrations.sandbox.procore.records import records
from integrations.sandbox.procore.switches import Switches

# Importing these modules puts their calls on the API's router.
ENDPOINTS = (
    budget_codes, codes, contracts, costs, labour, owner, payments, periods, projects, requisitions, vendors,
)  # fmt: skip
routers: dict[str, Any] = {"procore-api": api, "procore-login": login}

__all__ = ["ENDPOINTS", "Switches", "acts", "load", "records", "routers"]
