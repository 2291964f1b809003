"""Cases: JSON files of what is given and what is expected, one idea each, the file name a sentence.

A case is merged over its folder's `given.json`. `given` holds options, links, rules, catalogues, records (each a
subject), removed (keys of subjects that are gone) and existing (target records by resource); `expected` holds the
changes: for each record its action, and where wanted role, message, amount, payload and lines, compared as parts
of what was planned.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pycountry

from integrations.base import Integration, Subject
from integrations.changes import Change, Held
from integrations.context import Context, Known, Rule, Rules
from integrations.plans import plan
from integrations.registry import BY_SLUG, NAMES, defaults

FOLDER = Path(__file__).parent


def files() -> Iterator[Path]:
    """Every case file, in order."""
    for folder in sorted(FOLDER.iterdir()):
        if folder.is_dir():
            yield from sorted(path for path in folder.glob("*.json") if path.name != "given.json")


def load(path: Path) -> dict[str, Any]:
    """A case merged over what its folder gives."""
    case = json.loads(path.read_text(), parse_float=Decimal)
    base = path.parent / "given.json"
    given = json.loads(base.read_text(), parse_float=Decimal) if base.exists() else {}
    return case | {"given": merge(given, case["given"])}


def merge(base: Any, over: Any) -> Any:
    """`over` laid on `base`: mappings key by key, everything else replaced. A key "+name" adds to the list `name`."""
    if not (isinstance(base, Mapping) and isinstance(over, Mapping)):
        return over
    out = dict(base)
    for key, value in over.items():
        if key.startswith("+"):
            out[key[1:]] = [*base.get(key[1:], ()), *value]
        else:
            out[key] = merge(base[key], value) if key in base else value
    return out


def changes_of(slug: str, given: Mapping[str, Any]) -> list[Change]:
    """What is planned for the given subjects."""
    integration = BY_SLUG[slug]
    context = context_of(integration, given)
    return plan(integration, subjects_of(integration, given), context, held_of(integration, given))


def subjects_of(integration: type[Integration], given: Mapping[str, Any]) -> Iterator[Subject]:
    """The given records as subjects, split where the integration splits; then those that are gone."""
    template = given.get("record", {})
    for part in given.get("records", [{}]):
        record = merge(template, part)
        if integration.source.split:
            yield from integration.source.split(record)
        else:
            yield Subject(str(record.get(integration.source.resource.key)), record)
    for key in given.get("removed", ()):
        yield Subject(key, {}, removed=True)


def context_of(integration: type[Integration], given: Mapping[str, Any]) -> Context:
    """A context that holds what the case gives, and nothing else."""
    links = [Known(**{"resource": "", **link}) for link in given.get("links", ())]
    own = {(known.role, known.subject): known for known in links if known.integration == integration.slug}
    catalogues = {
        name: {str(index): record for index, record in enumerate(records)}
        if name not in ("contacts",)
        else {record["ContactID"]: record for record in records}
        for name, records in given.get("catalogues", {}).items()
    }
    return Context(
        options=defaults() | integration.defaults() | given.get("options", {}),
        today=date(2026, 11, 20),
        own=own,
        by_subject={(known.integration, known.subject): known for known in links},
        by_target={(known.integration, known.target_id): known for known in links},
        owners={
            (known.resource, known.target_id): known.number or known.subject
            for known in links
            if known.is_linked
        },
        rules=Rules(Rule(**rule) for rule in given.get("rules", ())),
        catalogues=catalogues,
        cost_codes={entry["code"]: entry for entry in given.get("cost_codes", ())},
        names=NAMES,
        web=lambda template, record: "https://procore.example/" + str(record.get("id")),
        similar=similar,
        country=country,
        region=region,
        scope=given.get("scope", "everything"),
    )


def held_of(integration: type[Integration], given: Mapping[str, Any]) -> Held:
    """The target records that exist."""
    held = Held()
    for name, records in given.get("existing", {}).items():
        for record in records:
            held.add(integration.targets()[name], record)
    return held


def similar(name: str, names: Any) -> list[tuple[str, int]]:
    """Names that share their first word: enough of a likeness for cases."""
    first = name.split(" ")[0]
    return [(other, 90) for other in names if other != name and other.split(" ")[0] == first and first]


def country(text: str) -> str | None:
    """An ISO country by code or name."""
    try:
        return pycountry.countries.lookup(text).alpha_2
    except LookupError:
        return None


def region(country_code: str, text: str) -> str | None:
    """An ISO region of a country by code or name."""
    for one in pycountry.subdivisions.get(country_code=country_code) or ():
        if text.casefold() in (one.name.casefold(), one.code.casefold(), one.code.split("-")[1].casefold()):
            return one.code.split("-")[1]
    return None
