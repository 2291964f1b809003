"""The Xero client: tenant header, pages in the order of change, an outcome per element, its errors."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any
from urllib.parse import quote

from integrations.base import Record, Resource, Write, dig
from integrations.errors import Broken, Lost, Rejected
from integrations.http import NOTHING, Client, Outcome
from integrations.transport import Call, Query
from integrations.wire import body_of, encoded, filled
from integrations.xero.periods import periods

ACCOUNTING = "/api.xro/2.0/"
NOBODY = "00000000-0000-0000-0000-000000000000"  # the id of an element that was refused
LONGEST_WHERE = 4000  # characters when encoded; gateways refuse long addresses
NO_REASON = "Xero refused it without a reason."


class XeroClient(Client):
    """A Xero organisation."""

    system = "xero"

    def headers(self) -> dict[str, str]:
        """Without Accept the Accounting API answers XML."""
        return {"Accept": "application/json", "xero-tenant-id": self.external_id}

    def page(
        self,
        resource: Resource,
        number: int,
        query: Query,
        *,
        scope: Mapping[str, str],
        since: datetime | None,
    ) -> tuple[list[Any], bool]:
        """One page. Whether another follows says the paging block; where it is missing, a full page does."""
        asked = [*_merged(resource.query, query)]
        if resource.paged:
            asked += [("page", str(number))]
            # Payroll's pages hold a hundred and take no size.
            asked += [] if resource.path.startswith("/") else [("pageSize", str(resource.page_size))]
        headers = {}
        if since is not None:
            # Whole seconds: finer times were refused or ignored (XeroAPI/xero-node#272).
            headers["If-Modified-Since"] = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        records, pages = self._records(resource, filled(resource.path, scope), asked, headers)
        full = len(records) >= resource.page_size if pages is None else number < pages
        more = resource.paged and bool(records) and full
        return (self._nested(resource, records, scope) if resource.nested else records), more

    def _records(
        self, resource: Resource, path: str, query: Query, headers: Mapping[str, str]
    ) -> tuple[list[dict[str, Any]], int | None]:
        answer = self.send(Call(method="GET", path=address(path), query=query, headers=headers))
        records = _listed(answer.content, resource)
        if not isinstance(records, list) or any(not isinstance(record, dict) for record in records):
            raise Broken("A list was expected.", method="GET", path=path, status=answer.status)
        pages = dig(answer.content, "pagination.pageCount")
        return records, pages if isinstance(pages, int) else None

    def _nested(
        self, resource: Resource, outer: Sequence[Record], scope: Mapping[str, str]
    ) -> list[dict[str, Any]]:
        wanted = {str(value) for name, value in scope.items() if name in resource.scope}
        found = []
        for record in outer:
            parent = record.get(resource.parent)
            if not wanted or parent in wanted:
                found += [{**one, resource.parent: parent} for one in record.get(resource.nested) or ()]
        return found

    def single(
        self, resource: Resource, record_id: str, *, scope: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """A record by its own address. Xero takes numbers there too: the answer must bear that id."""
        path = filled(resource.one, {**scope, "id": record_id})
        records, _pages = self._records(resource, path, [*resource.one_query.items()], {})
        same = (one for one in records if str(one.get(resource.key)).lower() == record_id.lower())
        return next(same, None)

    def ids_query(self, resource: Resource, ids: Sequence[str]) -> Query:
        """Where a list takes no ids, a filter names them; an id is compared as a Guid, never as a text."""
        if resource.by_ids != "where":
            return super().ids_query(resource, ids)
        return [("where", " OR ".join(f'{resource.key}==Guid("{record_id}")' for record_id in ids))]

    def search(
        self, resource: Resource, markers: Sequence[Record], *, scope: Mapping[str, str] = NOTHING
    ) -> Iterator[dict[str, Any]]:
        """Found by the field the resource is searched by, as many values at once as fit; dead ones too."""
        if resource.search is None:
            return
        if resource.search.style == "period":
            for query in periods(markers):
                yield from self._list(resource, query, scope=scope)
            return
        name = resource.search.field
        values = {str(dig(marker, name)).strip(): None for marker in markers if dig(marker, name)}
        wanted = {value.casefold() for value in values}
        seen = set()
        for query in self._queries(resource, [*values]):
            for record in self._list(resource, query, scope=scope):
                if (
                    str(dig(record, name) or "").strip().casefold() in wanted
                    and record[resource.key] not in seen
                ):
                    seen.add(record[resource.key])
                    yield record

    def _queries(self, resource: Resource, values: Sequence[str]) -> Iterator[Query]:
        assert resource.search is not None
        search = resource.search
        if search.style == "list" or any('"' in value for value in values):
            # A quote cannot be escaped in a filter (XeroAPI/Xero-Java#347): the list is read whole.
            if values:
                yield ()
            return
        plain = [value for value in values if search.style == "parameter" and "," not in value]
        for start in range(0, len(plain), search.joined):
            yield [(search.parameter, ",".join(plain[start : start + search.joined]))]
        for some in _fitting([value for value in values if value not in plain], search.joined, search.field):
            yield [("where", " OR ".join(f'{search.field}=="{value}"' for value in some))]

    def write(
        self, write: Write, payloads: Sequence[Record], *, key: str, scope: Mapping[str, str] = NOTHING
    ) -> list[Outcome]:
        """One request with an idempotency key; with several payloads each has its own outcome."""
        deletes = write.method == "DELETE"
        body = None if deletes else encoded(body_of(write, payloads, scope), decimals_as_text=False).encode()
        keyed = {} if deletes else {"Idempotency-Key": key, "Content-Type": "application/json"}
        path = filled(write.path, scope)
        answer = self.send(
            Call(
                method=write.method,
                path=address(path),
                query=[*((name, scope[name]) for name in write.scope_in_query), *write.query.items()],
                body=body,
                headers=keyed,
            )
        )
        if answer.content is None:
            return [Outcome(True)] * len(payloads)
        elements = _elements(answer.content, write, path)
        if elements is None:
            if deletes:
                return [Outcome(True)]
            raise Lost("The answer does not say what became of each record.", method=write.method, path=path)
        outcomes = [self._outcome(element) for element in elements]
        if len(payloads) == 1 == len(outcomes) and outcomes[0].ok is False:
            raise Rejected(outcomes[0].messages, status=answer.status, method=write.method, path=path)
        return outcomes

    def attach(self, write: Write, file: IO[bytes], *, key: str, scope: Mapping[str, str]) -> Outcome:
        """Send a file as it is; raises Rejected, Busy, Disconnected, Lost and Broken."""
        path = filled(write.path, scope)
        headers = {"Idempotency-Key": key, "Content-Type": "application/octet-stream"}
        answer = self.send(Call(method=write.method, path=address(path), body=file, headers=headers))
        elements = _elements(answer.content, write, path)
        if not elements:
            raise Lost("The answer does not say what became of the file.", method=write.method, path=path)
        return self._outcome(elements[0])

    def _outcome(self, element: Mapping[str, Any]) -> Outcome:
        errors = tuple(dict.fromkeys(_texts(element, "ValidationErrors")))
        status = str(element.get("StatusAttributeString") or "").upper()
        if errors or status == "ERROR" or element.get("HasErrors") or element.get("HasValidationErrors"):
            return Outcome(False, element, errors or (NO_REASON,))
        ids = [value for name, value in element.items() if name.endswith("ID") and isinstance(value, str)]
        known = any(value != NOBODY for value in ids) or bool(element.get("IsDeleted"))
        return Outcome(True if known else None, element, tuple(dict.fromkeys(_texts(element, "Warnings"))))

    def messages(self, content: Any, text: str) -> tuple[str, ...]:
        """Every validation message, however deep; else the general one."""
        found = [*_texts(content, "ValidationErrors")]
        if not found and isinstance(content, dict):
            lower = {str(name).lower(): value for name, value in content.items()}
            general = (
                lower.get(name) for name in ("message", "detail", "title", "error_description", "error")
            )
            found = [said for said in general if isinstance(said, str) and said][:1]
        if not found and text and not text.lstrip().startswith(("<", "{", "[")):
            found = [text.strip()[:300]]
        return tuple(dict.fromkeys(found))


def address(path: str) -> str:
    """The address of a path; one that names its API stays."""
    return path if path.startswith("/") else ACCOUNTING + path


def _listed(content: Any, resource: Resource) -> Any:
    """The records of an answer; a single one of payroll stands under its singular name, without a list."""
    if not isinstance(content, dict):
        return None
    held = dig(content, resource.envelope)
    held = content.get(resource.envelope.removesuffix("s")) if held is None else held
    return [held] if isinstance(held, dict) else held


def _merged(constant: Mapping[str, str], query: Query) -> Iterator[tuple[str, str]]:
    given = dict(query)
    for name, value in constant.items():
        if name == "where" and "where" in given:
            yield "where", f"{value} AND ({given.pop('where')})"
        else:
            yield name, value
    yield from given.items()


def _fitting(values: Sequence[str], most: int, field: str) -> Iterator[list[str]]:
    some: list[str] = []
    length = 0
    for value in values:
        size = len(quote(f' OR {field}=="{value}"', safe=""))
        if some and (len(some) >= most or length + size > LONGEST_WHERE):
            yield some
            some, length = [], 0
        some.append(value)
        length += size
    if some:
        yield some


def _elements(content: Any, write: Write, path: str) -> list[dict[str, Any]] | None:
    """The answered records: under the envelope sent, or under the collection the path names."""
    if not isinstance(content, dict):
        return None
    parts = [part for part in path.split("/") if part[:1].isupper()]
    for name in (write.wrap, *reversed(parts)):
        found = content.get(name)
        if isinstance(found, list) and all(isinstance(one, dict) for one in found):
            return found
    return [content] if any(str(name).endswith("ID") for name in content) else None


def _texts(content: Any, name: str) -> Iterator[str]:
    """The messages in lists of this name, at any depth; some samples say Description for Message."""
    if isinstance(content, list):
        for item in content:
            yield from _texts(item, name)
    elif isinstance(content, dict):
        for key, inner in content.items():
            yield from _messages(inner) if key == name else _texts(inner, name)


def _messages(listed: Any) -> Iterator[str]:
    for one in listed if isinstance(listed, list) else ():
        said = (one.get("Message") or one.get("Description")) if isinstance(one, dict) else one
        if isinstance(said, str) and said.strip():
            yield said.strip()
