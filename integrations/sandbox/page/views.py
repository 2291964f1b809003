"""The page's views: an overview, the records of one kind, one record with the acts that fit it."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import urlencode

from integrations.sandbox.page import forms
from integrations.sandbox.page.buttons import form, hidden, pretty
from integrations.sandbox.page.kinds import ALL, SYSTEMS, Kind, find, heading, is_amount, look_up, shown
from integrations.sandbox.page.markup import Html, listed, tag, text

ROWS = 100
WORLDS = ("demo", "small", "empty", "nonsense")
# what is worth editing of a claim's line
MOVEMENTS = (
    "line_item_id",
    "item_type",
    "work_completed_this_period",
    "materials_presently_stored",
    "work_completed_retainage_retained_this_period",
    "work_completed_retainage_released_this_period",
)
GOOD = frozenset(
    {
        "approved",
        "approved_as_noted",
        "authorised",
        "paid",
        "active",
        "yes",
        "complete",
        "received",
        "send to xero",
    }
)
BAD = frozenset(
    {"archived", "voided", "deleted", "revise_and_resubmit", "void", "terminated", "no", "rejected"}
)


@dataclass(frozen=True)
class View:
    """What is looked at; empty fields stand for nothing chosen."""

    system: str = ""
    kind: str = ""
    tenant: str = ""
    id: str = ""
    words: str = ""
    start: int = 0

    def query(self, **changes: Any) -> str:
        """The address's query for this view with some choices changed."""
        return urlencode({name: value for name, value in asdict(replace(self, **changes)).items() if value})


def page(sandbox: Any, view: View, said: str, token: str) -> Html:
    """Draw the whole page."""
    kind = find(view.system, view.kind)
    if kind is None:
        title, main = "Sandbox", _overview(sandbox, view, token)
    elif view.id:
        title, main = kind.title, _record(sandbox, view, kind, token)
    else:
        title, main = kind.title, _table(sandbox, view, kind)
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("title", f"{title} · sandbox"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="stylesheet", href="/page.css"),
    )
    notice = tag(
        "p",
        said,
        class_="notice bad" if said.startswith(("Not ", "There is no")) else "notice",
        role="status",
    )
    body = tag("body", _menu(sandbox, view), tag("main", notice if said else None, main))
    return text(Html("<!doctype html>"), tag("html", head, body, lang="en-AU"))


def tenants(sandbox: Any, system: str) -> list[tuple[str, str]]:
    """The companies or organisations of a system: id and name."""
    if system == "procore":
        return [(str(number), company.facts["name"]) for number, company in sandbox.procore.items()]
    return [(number, books.settings["Name"]) for number, books in sandbox.xero.items()]


def _tenant(sandbox: Any, view: View, system: str) -> str:
    known = [number for number, _ in tenants(sandbox, system)]
    return view.tenant if view.tenant in known else next(iter(known), "")


def _count(sandbox: Any, kind: Kind, tenant: str) -> int | None:
    """How many records of a kind there are, None where that is not counted."""
    if kind.system == "procore":
        company = next((c for number, c in sandbox.procore.items() if str(number) == tenant), None)
        return len(company.tables[kind.name]) if company and kind.name in company.tables else None
    books = sandbox.xero.get(tenant)
    return len(books.shelves[kind.name]) if books and kind.name in books.shelves else None


def _menu(sandbox: Any, view: View) -> Html:
    parts = [tag("a", "Sandbox", href="/", class_="brand")]
    for system, title in SYSTEMS.items():
        chosen = _tenant(sandbox, view, system)
        known = tenants(sandbox, system)
        parts.append(tag("h2", title))
        if not known:
            parts.append(tag("p", "Nothing loaded", class_="quiet"))
            continue
        parts.append(
            listed(
                [
                    tag(
                        "a",
                        name,
                        href="/?" + urlencode({"system": system, "kind": _first(system), "tenant": number}),
                        aria_current="true" if number == chosen else None,
                    )
                    for number, name in known
                ],
                class_="tenants",
            )
        )
        parts.append(listed([_choice(sandbox, view, kind, chosen) for kind in ALL if kind.system == system]))
    return tag("nav", parts, aria_label="Records")


def _first(system: str) -> str:
    return next(kind.name for kind in ALL if kind.system == system)


def _choice(sandbox: Any, view: View, kind: Kind, tenant: str) -> Html:
    number = _count(sandbox, kind, tenant)
    address = "/?" + View(system=kind.system, kind=kind.name, tenant=tenant).query()
    current = "page" if (view.system, view.kind) == (kind.system, kind.name) else None
    count = None if number is None else tag("span", f"{number:,}", class_="count")
    return tag("a", kind.title, count, href=address, aria_current=current)


def _overview(sandbox: Any, view: View, token: str) -> Html:
    calls = sandbox.calls.summary()
    facts = [
        ("Time in the sandbox", f"{sandbox.clock.now():%d %B %Y, %H:%M} UTC"),
        ("Calls since loading", calls["total"]),
        ("Of these writes", calls["writes"]),
        ("Address", sandbox.address or "not listening"),
    ]
    worlds = [tag("button", name, name="name", value=name, type="submit") for name in WORLDS]
    return text(
        tag("h1", "Sandbox"),
        tag(
            "p",
            "Procore and Xero, simulated. Choose a kind of record, open one, and act on it as a user of "
            "that system would.",
            class_="lead",
        ),
        tag("dl", [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts], class_="facts"),
        tag(
            "section",
            tag("h2", "Load a world"),
            tag("p", "Everything in both systems is replaced.", class_="quiet"),
            tag(
                "form", hidden("form_token", token), worlds, method="post", action="/world", class_="buttons"
            ),
        ),
        [_other_acts(sandbox, view, system, token) for system in SYSTEMS],
    )


def _other_acts(sandbox: Any, view: View, system: str, token: str) -> Html | None:
    acts = forms.rest(sandbox.acts(), system)
    if not acts:
        return None
    tenant = _tenant(sandbox, view, system)
    known = {"tenant": tenant, "tenant_id": tenant, "company": tenant, "company_id": tenant}
    drawn = [form(name, act, known, view.query(), token) for name, act in acts]
    return tag("section", tag("h2", f"As a user of {SYSTEMS[system]}"), tag("div", drawn, class_="acts"))


def _rows(sandbox: Any, view: View, kind: Kind) -> list[dict[str, Any]]:
    records: list[dict[str, Any]] = sandbox.records(
        kind.system, kind.name, _tenant(sandbox, view, kind.system)
    )
    if kind.newest_by:
        records = sorted(records, key=lambda record: shown(look_up(record, kind.newest_by)), reverse=True)
    words = view.words.casefold().split()
    if not words:
        return records
    return [record for record in records if _fits(record, kind, words)]


def _fits(record: Mapping[str, Any], kind: Kind, words: Iterable[str]) -> bool:
    seen = " ".join(shown(look_up(record, path)) for path in (kind.key, *kind.columns)).casefold()
    return all(word in seen for word in words)


def _table(sandbox: Any, view: View, kind: Kind) -> Html:
    try:
        records = _rows(sandbox, view, kind)
    except LookupError as error:
        return text(tag("h1", kind.title), tag("p", str(error.args[0]), class_="notice bad"))
    part = records[view.start : view.start + ROWS]
    search = tag(
        "form",
        [
            hidden(name, value)
            for name, value in (("system", kind.system), ("kind", kind.name), ("tenant", view.tenant))
        ],
        tag(
            "input",
            type="search",
            name="words",
            value=view.words,
            placeholder=f"Search {kind.title.lower()}",
            aria_label="Search",
        ),
        tag("button", "Search", type="submit"),
        method="get",
        action="/",
        class_="search",
    )
    head = tag("tr", [_heading(path, part) for path in kind.columns])
    rows = [_row(record, view, kind) for record in part]
    empty = tag("p", "No records." if not view.words else "No record holds these words.", class_="quiet")
    table = tag("div", tag("table", tag("thead", head), tag("tbody", rows)), class_="scroll")
    return text(
        tag("header", tag("h1", kind.title), search), table if rows else empty, _pager(view, len(records))
    )


def _heading(path: str, part: list[dict[str, Any]]) -> Html:
    amounts = any(is_amount(look_up(record, path)) for record in part[:5])
    return tag("th", heading(path), scope="col", class_="number" if amounts else None)


def _row(record: dict[str, Any], view: View, kind: Kind) -> Html:
    address = "/?" + View(kind.system, kind.name, view.tenant, str(record.get(kind.key, ""))).query()
    cells = []
    for place, path in enumerate(kind.columns):
        value = look_up(record, path)
        inside = _cell(path, value)
        cells.append(
            tag(
                "td",
                tag("a", inside, href=address) if place == 0 else inside,
                class_="number" if is_amount(value) else "short" if len(shown(value)) < 16 else None,
            )
        )
    return tag("tr", cells)


def _cell(path: str, value: Any) -> Any:
    words = shown(value)
    if path.lower().endswith(("status", "active", "stage.name")) and value not in (None, ""):
        mood = "good" if words.lower() in GOOD else "bad" if words.lower() in BAD else ""
        return tag("span", words.replace("_", " ").capitalize(), class_=f"pill {mood}".strip())
    return words


def _pager(view: View, total: int) -> Html | None:
    if total <= ROWS:
        return tag("p", f"{total:,} records", class_="quiet") if total else None
    last = min(view.start + ROWS, total)
    earlier = (
        tag("a", "Earlier", href="/?" + view.query(start=max(0, view.start - ROWS))) if view.start else None
    )
    later = tag("a", "Later", href="/?" + view.query(start=last)) if last < total else None
    return tag("p", f"{view.start + 1:,} to {last:,} of {total:,} ", earlier, " ", later, class_="pager")


def _record(sandbox: Any, view: View, kind: Kind, token: str) -> Html:
    records = sandbox.records(kind.system, kind.name, _tenant(sandbox, view, kind.system))
    record = next((r for r in records if str(r.get(kind.key)) == view.id), None)
    trail = tag("p", tag("a", kind.title, href="/?" + view.query(id="")), " / ", view.id, class_="trail")
    if record is None:
        return text(trail, tag("p", "This record does not exist any more.", class_="notice bad"))
    named = look_up(record, kind.columns[0]) or look_up(record, kind.columns[1])
    facts = [
        tag("div", tag("dt", heading(path)), tag("dd", _cell(path, look_up(record, path))))
        for path in kind.columns
    ]
    known = _known(sandbox, view, kind, record)
    fitting = (
        forms.rest(sandbox.acts(), "xero")
        if kind.name == "Organisations"
        else forms.relevant(sandbox.acts(), kind)
    )
    acts = [form(name, act, known, view.query(), token) for name, act in fitting]
    return text(
        trail,
        tag("h1", f"{shown(named)}"),
        tag("dl", facts, class_="facts"),
        tag("section", tag("h2", f"As a user of {SYSTEMS[kind.system]}"), tag("div", acts, class_="acts"))
        if acts
        else None,
        tag("section", tag("h2", "Record"), tag("pre", pretty(record), tabindex="0")),
    )


def _known(sandbox: Any, view: View, kind: Kind, record: Mapping[str, Any]) -> dict[str, Any]:
    """What a form can be filled with: the record's id under its names, its tenant, its simple fields."""
    tenant = _tenant(sandbox, view, kind.system)
    simple = {name: value for name, value in record.items() if not isinstance(value, (dict, list))}
    if kind.name == "requisitions":
        simple["items"] = [
            {name: row[name] for name in MOVEMENTS if name in row} for row in record.get("items") or ()
        ]
    return (
        simple
        | dict.fromkeys(("tenant", "tenant_id", "company", "company_id"), tenant)
        | dict.fromkeys(("id", "record", "record_id", *kind.named_by), record[kind.key])
    )
