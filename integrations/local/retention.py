"""The retention ledger and what people decided of it, described like any other resource. Data only."""

from dataclasses import replace

from integrations.base import Resource, Search, Write


def kept(path: str, label: str, title: str, *, writes: bool = True) -> Resource:
    """A list of our own; without `writes` it is only read."""
    return Resource(
        system="onecore",
        name=path,
        label=label,
        plural=f"{label}s",
        key="key",
        title=title,
        path=path,
        create=Write(method="create", path=path, batch=500) if writes else None,
        update=Write(method="update", path=path, batch=500, key="key") if writes else None,
        removals={"": Write(method="remove", path=path)} if writes else {},
        search=Search(style="list", field="key"),
        catalogue=True,
    )


LEDGERS = kept("retention_ledgers", "retention ledger", "{number} {title}", writes=False)
SIDES = kept("retention_sides", "retention account", "{key}", writes=False)
COMPARISONS = kept("retention_comparisons", "retention comparison", "{key}")
HAND_LINES = kept("hand_lines", "retention entered by hand", "{number}")
NOTES = replace(kept("retention_notes", "note of retention", "{number}"), catalogue=False)
