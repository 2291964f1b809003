"""The catalogue people choose from in mappings, described like any other resource. Data only."""

from integrations.base import Match, Resource, Search, Write


def catalogue(kind: str, label: str) -> Resource:
    """The catalogue entries of one kind; their key is the id in the system they come from."""
    return Resource(
        system="onecore",
        name=f"catalogue_{kind}",
        label=label,
        plural=f"{label}s",
        key="key",
        title="{code} {name}",
        path=kind,
        create=Write(method="create", path=kind, batch=500),
        update=Write(method="update", path=kind, batch=500, key="key"),
        removals={"": Write(method="remove", path=kind)},
        search=Search(style="list", field="key"),
        catalogue=True,
    )


same_key = Match("id", lambda node, payload: str(payload.get("key")), lambda record: str(record.get("key")))

COST_CODE_ENTRIES = catalogue("cost_code", "cost code")
COST_TYPE_ENTRIES = catalogue("cost_type", "cost type")
ACCOUNT_ENTRIES = catalogue("account", "account")
TAX_RATE_ENTRIES = catalogue("tax_rate", "tax type")
TAX_CODE_ENTRIES = catalogue("tax_code", "tax code")

RESOURCES = (COST_CODE_ENTRIES, COST_TYPE_ENTRIES, ACCOUNT_ENTRIES, TAX_RATE_ENTRIES, TAX_CODE_ENTRIES)
