"""Lists: If-Modified-Since, where, order, paging, and the envelope around every answer."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from integrations.sandbox.routing import Answer, Request, dump
from integrations.sandbox.xero.errors import JSON, invalid_text
from integrations.sandbox.xero.shelf import Record, Shelf
from integrations.sandbox.xero.values import as_id, new_id
from integrations.sandbox.xero.where import Field, matching, ordering

if TYPE_CHECKING:
    from integrations.sandbox.xero.organisation import Organisation

_AS_KEPT = re.compile(r"UpdatedDateUTC( ASC)?(\s*,\s*\w+ID( ASC)?)?", re.IGNORECASE)
PAGE_SIZE, LARGEST_PAGE, MOST_ROWS = 100, 1000, 100_000


@dataclass(frozen=True)
class Page:
    """The page asked for; number None when the list is not paged."""

    number: int | None
    size: int


def page_of(request: Request, *, always: bool = False) -> Page:
    """The page a request asks for; values out of range are moved into it."""
    given = request.arg("page")
    size = min(max(_whole(request.arg("pageSize"), PAGE_SIZE), 1), LARGEST_PAGE)
    if given is None and not always:
        return Page(None, size)
    return Page(max(_whole(given, 1), 1), size)


def _whole(text: str | None, default: int) -> int:
    try:
        return int(text or "")
    except ValueError:
        return default


def changed(organisation: "Organisation", shelf: Shelf, request: Request) -> list[Record]:
    """The records updated since If-Modified-Since (all without it), oldest update first.

    Whether the moment itself is included is not documented: the switch says, and the harsher answer compares
    whole seconds.
    """
    since = _since(request)
    if since is None:
        return shelf.rows()
    later = 0 if organisation.switches.modified_since_inclusive else 1
    return shelf.rows((since + later) * 1000)


def _since(request: Request) -> int | None:
    text = request.headers.get("if-modified-since")
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(unquote(text).strip())
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def chosen(rows: list[Record], request: Request, fields: dict[str, Field], kind: str) -> list[Record]:
    """The rows `where` keeps, in the order `order` asks for."""
    if where := request.arg("where"):
        rows = matching(where, fields, kind)(rows)
    order = (request.arg("order") or "").strip()
    # Rows come in order of update and id already; sorting twenty thousand of them again costs as much as
    # the rest.
    return rows if not order or _AS_KEPT.fullmatch(order) else ordering(order, fields, kind)(rows)


def values(request: Request, name: str) -> list[str]:
    """The values of a comma-separated parameter."""
    return [part.strip() for text in request.all(name) for part in text.split(",") if part.strip()]


def ids(request: Request, name: str = "IDs") -> list[str]:
    """The ids of a comma-separated parameter, each once."""
    return list(dict.fromkeys(id for text in values(request, name) if (id := as_id(text))))


def listed(
    organisation: "Organisation",
    collection: str,
    rows: list[Record],
    page: Page,
    draw: Callable[[Record], str],
) -> Answer:
    """The answer with the page's rows, or with all of them."""
    if page.number is None:
        if len(rows) > MOST_ROWS:
            raise invalid_text("Too many records match; use paging or filters")
        return enveloped(organisation, collection, [draw(row) for row in rows])
    start = (page.number - 1) * page.size
    shown = rows[start : start + page.size]
    pagination = {
        "page": page.number,
        "pageSize": page.size,
        "pageCount": -(-len(rows) // page.size),
        "itemCount": len(rows),
    }
    return enveloped(
        organisation, collection, [draw(row) for row in shown], f'"pagination":{dump(pagination)},'
    )


def enveloped(organisation: "Organisation", collection: str, texts: list[str], extra: str = "") -> Answer:
    """A collection of JSON texts in Xero's envelope."""
    head = (
        f'{{"Id":"{new_id()}","Status":"OK","ProviderName":"Sandbox",'
        f'"DateTimeUTC":"/Date({organisation.milliseconds()})/",{extra}"{collection}":['
    )
    return Answer(body=f"{head}{','.join(texts)}]}}".encode(), content_type=JSON)
