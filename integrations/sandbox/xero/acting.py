"""How acts are registered: what people do in Xero's own screens, refused with Xero's own words."""

import functools
import inspect
from collections.abc import Callable
from typing import Any

from integrations.sandbox.routing import Refused
from integrations.sandbox.xero.errors import Invalid
from integrations.sandbox.xero.organisation import Organisation
from integrations.sandbox.xero.records import organisation_for
from integrations.sandbox.xero.shelf import Record

ACTS: dict[str, Callable[..., Any]] = {}


def act(function: Callable[..., Any]) -> Callable[..., Any]:
    """Register an act on an organisation; callers name it by `tenant` (id or name, else the first one).

    Raises ValueError with Xero's own text when Xero would refuse, LookupError for an unknown record.
    """

    @functools.wraps(function)
    def acting(sandbox: Any, *, tenant: str | None = None, **arguments: Any) -> Any:
        organisation = organisation_for(sandbox, tenant)
        try:
            with organisation.attempt():
                return function(organisation, **arguments)
        except Invalid as error:
            raise ValueError("; ".join(error.messages)) from error
        except Refused as error:
            raise ValueError(str(error.answer.body)) from error

    own = inspect.signature(function)
    tenant_argument = inspect.Parameter(
        "tenant", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="str | None"
    )
    acting.__signature__ = own.replace(parameters=[*own.parameters.values(), tenant_argument])  # type: ignore[attr-defined]
    ACTS[function.__name__] = acting
    return acting


def shown(organisation: Organisation, kind: str, record: Record) -> dict[str, Any]:
    """What an act answers: the id, and what tells how it ended."""
    now = organisation[kind].get(record[organisation[kind].key]) or record
    keys = (
        organisation[kind].key,
        "InvoiceNumber",
        "Name",
        "Status",
        "ContactStatus",
        "Total",
        "AmountDue",
        "Amount",
        "RemainingCredit",
    )
    return {key: now[key] for key in keys if now.get(key) is not None}
