"""Cases: JSON files of what is given and what is expected, one idea each, the file name a sentence.

A case is merged over its folder's `given.json`. `given` holds options, links, rules, catalogues, records
(each a subject, or put together with others at one `place`), removed (keys of subjects that are gone), lost
(parts of a record that are gone), empty (keys of subjects that have no records any more) and
existing (target records by resource), books (earlier rules and options, by the name that a link calls its
`book`), written (ids of records OneCore wrote itself); `expected` holds the
changes: for each record its action, and where wanted role, message, amount, payload and lines, compared as
parts of what was planned. `expected.overall` holds what is said of the integration as a whole, and `stops`
that it stops; `doubles` says how many changes want a target that another change wants too. `near` names
warnings that the case only just does not produce.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from integrations.base import Integration, Reason, Subject, dig
from integrations.changes import Change, Held
from integrations.context import Context, Known, Rule, Rules
from integrations.expressions import Node
from integrations.groups import Group
from integrations.labour_book import LabourBook, Rate, Worker, book
from integrations.plans import plan
from integrations.registry import BY_SLUG, NAMES, defaults
from integrations.reverse import Decision, ReverseRule, ReverseRules
from integrations.rule_books import RuleBook
from integrations.taxes import TaxCode
from integrations.terms import Terms, indexed
from integrations.values import calendar_date
from mappings.places import country, region
from mappings.similar import similar

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
    """`over` laid on `base`: mappings by key, all else replaced; a key "+name" adds to the list `name`."""
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
    """What is planned for the given subjects; nothing where a condition of the whole stops it."""
    integration = BY_SLUG[slug]
    context = context_of(integration, given)
    if overall_of(slug, given)[1]:
        return []
    return plan(integration, subjects_of(integration, given), context, held_of(integration, given))


def overall_of(slug: str, given: Mapping[str, Any]) -> tuple[list[Reason], bool]:
    """What is said of the integration as a whole, and whether it stops."""
    integration = BY_SLUG[slug]
    context = context_of(integration, given)
    reasons, stops = [], False
    for check in integration.overall:
        answer = check.test(Node({}), context)
        if answer is True or answer is None:
            continue
        stops = stops or check.stops
        if isinstance(answer, Reason):
            reasons.append(answer)
        elif check.warn:
            said = answer if isinstance(answer, str) else check.message
            reasons.append(Reason(check.warn, said, check.audience, check.fix))
    return reasons, stops


def records_of(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The given source records."""
    template = given.get("record", {})
    return [merge(template, part) for part in given.get("records", [{}])]


def subjects_of(integration: type[Integration], given: Mapping[str, Any]) -> Iterator[Subject]:
    """The given records as subjects, split or put together as the integration does; then those gone."""
    if integration.source.group is not None:
        yield from grouped(integration, integration.source.group, given)
        return
    for record in records_of(given):
        if integration.source.split:
            yield from integration.source.split(record)
        else:
            yield Subject(str(record.get(integration.source.resource.key)), record)
    for key in given.get("lost", ()):
        yield Subject(key, records_of(given)[0], removed=True)
    for key in given.get("removed", ()):
        yield Subject(key, {}, removed=True)


def grouped(integration: type[Integration], group: Group, given: Mapping[str, Any]) -> Iterator[Subject]:
    """The given records put together, at the given place; then empty subjects and those that are gone."""
    context = context_of(integration, given)
    held: dict[str, list[dict[str, Any]]] = {key: [] for key in given.get("empty", ())}
    for record in records_of(given):
        key = group.key(record, context)
        known = any(subject == key for _, subject in context.own)
        if key and (known or not group.is_before(key, calendar_date(context.options.get("start_date")))):
            held.setdefault(key, []).append(record)
    place = given.get("place", {})
    for key, records in held.items():
        yield Subject(key, {**place, **group.whole(key, records, place, context)}, key)
    for key in given.get("removed", ()):
        yield Subject(key, {"id": key, **place}, key, removed=True)


def labour_of(given: Mapping[str, Any]) -> LabourBook:
    """The given employees, rates and earnings rates."""
    rows = given.get("labour", {})
    rates = [
        Rate(**{**one, "starts": date.fromisoformat(one["starts"]) if "starts" in one else None})
        for one in rows.get("rates", ())
    ]
    return book((Worker(**one) for one in rows.get("employees", ())), rates, rows.get("earnings", {}))


def catalogues_of(integration: type[Integration], given: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The given catalogues by name and key; a source that is a catalogue is one of them."""
    keys = {resource.name: resource.key for resource in integration.catalogues}
    source = integration.source.resource
    lists = dict(given.get("catalogues", {}))
    if source.catalogue:
        keys[source.name] = source.key
        lists[source.name] = [*lists.get(source.name, ()), *records_of(given)]
    return {
        name: {str(dig(record, keys.get(name, "")) or index): record for index, record in enumerate(records)}
        for name, records in lists.items()
    }


def context_of(integration: type[Integration], given: Mapping[str, Any]) -> Context:
    """A context that holds what the case gives, and nothing else."""
    titles = {link["target_id"]: link["title"] for link in given.get("links", ()) if link.get("title")}
    links = [
        Known(**{"resource": "", **{name: value for name, value in link.items() if name != "title"}})
        for link in given.get("links", ())
    ]
    parted = [known for known in links if known.state == "unlinked"]
    links = [known for known in links if known not in parted]
    own = {(known.role, known.subject): known for known in links if known.integration == integration.slug}
    return Context(
        options=defaults() | integration.defaults() | given.get("options", {}),
        tax_codes={one["id"]: TaxCode(**one) for one in given.get("tax_codes", ())},
        today=date(2026, 11, 20),
        own=own,
        by_subject={(known.integration, known.subject): known for known in links},
        by_target={(known.integration, known.target_id): known for known in links},
        owners={
            (known.resource, known.target_id): titles.get(known.target_id) or known.number or known.subject
            for known in links
            if known.is_linked
        },
        parted={(known.subject, known.resource, known.target_id): known.message for known in parted},
        written=frozenset(given.get("written", ())),
        labour=labour_of(given),
        rules=Rules(Rule(**rule) for rule in given.get("rules", ())),
        reverse=ReverseRules(
            [ReverseRule(**rule) for rule in given.get("reverse", ())],
            [Decision(**one) for one in given.get("decisions", ())],
        ),
        kin=kin_of(integration, links),
        terms=indexed(terms_from(one) for one in given.get("terms", ())),
        catalogues=catalogues_of(integration, given),
        cost_codes={entry["code"]: entry for entry in given.get("cost_codes", ())},
        names=NAMES,
        web=lambda template, record: "https://procore.example/" + str(record.get("id")),
        similar=similar,
        country=country,
        region=region,
        scope=given.get("scope", "everything"),
        approving=given.get("approving", False),
        book="today",
        books={name: book_from(one) for name, one in given.get("books", {}).items()},
        renewing=given.get("renewing", False),
    )


def kin_of(integration: type[Integration], links: list[Known]) -> dict[str, list[Known]]:
    """The integration's links by what their kin share."""
    found: dict[str, list[Known]] = {}
    for known in links:
        if known.integration == integration.slug and integration.kin[1] in known.details:
            found.setdefault(str(known.details[integration.kin[1]]), []).append(known)
    return found


def book_from(given: Mapping[str, Any]) -> RuleBook:
    """Rules and options of a time."""
    return RuleBook(options=given.get("options", {}), tables={"rules": given["rules"]})


def terms_from(given: Mapping[str, Any]) -> Terms:
    """A contract's terms; amounts and days are given as texts."""
    opening = Decimal(given["opening"]) if "opening" in given else None
    return Terms(**{**given, "opening": opening, "completes": calendar_date(given.get("completes"))})


def held_of(integration: type[Integration], given: Mapping[str, Any]) -> Held:
    """The target records that exist."""
    held = Held()
    for name, records in given.get("existing", {}).items():
        for record in records:
            held.add(integration.targets()[name], record)
    return held
