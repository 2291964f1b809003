"""The Procore client: the company header, explicit pages, filters, sync answers and error bodies."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from integrations.base import Record, Resource, Write, dig
from integrations.errors import Broken, Lost
from integrations.http import NOTHING, Client, Outcome
from integrations.transport import Answer, Call, Query
from integrations.wire import body_of, encoded, filled, retry_after

MOMENT = "%Y-%m-%dT%H:%M:%SZ"
AHEAD = "2100-01-01T00:00:00Z"  # a range needs two ends, and what changes while reading is wanted too
LONGEST_RESET = 3_700  # seconds; a reset further away comes from another clock
NO_REASON = "Procore refused it without a reason."
LIST_NAMES = ("errors", "details")
TEXT_NAMES = ("message", "error", "reason", "error_description")
PHRASES = {status.phrase for status in HTTPStatus} | {"Unprocessable Entity"}  # Python names 422 anew


class ProcoreClient(Client):
    """A Procore company. Ids of the scope: project_id, contract_id …; the company's own is always there."""

    system = "procore"

    def headers(self) -> dict[str, str]:
        """Every call names its company: the header decides the region that answers."""
        return {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Procore-Company-Id": self.external_id,
        }

    def names(self, scope: Mapping[str, str]) -> dict[str, str]:
        """The ids that a path may name."""
        return {"company_id": self.external_id, **{name: str(value) for name, value in scope.items()}}

    def page(
        self,
        resource: Resource,
        number: int,
        query: Query,
        *,
        scope: Mapping[str, str],
        since: datetime | None,
    ) -> tuple[list[Any], bool]:
        """One page. Only that a next one exists is taken from the Link header, after a look at its host."""
        names = self.names(scope)
        asked = [(name, names[name]) for name in resource.scope_in_query]
        asked += [*resource.query.items(), *query]
        if since is not None:
            asked.append((f"filters[{resource.changed}]", f"{since.astimezone(UTC):{MOMENT}}...{AHEAD}"))
        if resource.paged:
            asked += [("page", str(number)), ("per_page", str(resource.page_size))]
        path = filled(resource.path, names)
        answer = self.send(Call(method="GET", path=path, query=asked, in_project="project_id" in scope))
        records = opened(answer.content)
        if not isinstance(records, list):
            raise Broken("A list was expected.", method="GET", path=path, status=answer.status)
        return records, resource.paged and self._has_next(answer)

    def single(
        self, resource: Resource, record_id: str, *, scope: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """A record by its own address."""
        names = self.names({**scope, "id": record_id})
        asked = [(name, names[name]) for name in resource.scope_in_query] + [*resource.one_query.items()]
        path = filled(resource.one, names)
        answer = self.send(Call(method="GET", path=path, query=asked, in_project="project_id" in scope))
        record = opened(answer.content)
        if not isinstance(record, dict):
            raise Broken("A record was expected.", method="GET", path=path, status=answer.status)
        return record

    def search(
        self, resource: Resource, markers: Sequence[Record], *, scope: Mapping[str, str] = NOTHING
    ) -> Iterator[dict[str, Any]]:
        """Procore's lists cannot be asked for what marks our records: the scope's list is read whole."""
        if resource.search is None or not markers:
            return
        name = resource.search.field
        wanted = {comparable(dig(marker, name)) for marker in markers if dig(marker, name) is not None}
        for record in self.read(resource, scope=scope):
            if not wanted or comparable(dig(record, name)) in wanted:
                yield record

    def write(
        self, write: Write, payloads: Sequence[Record], *, key: str, scope: Mapping[str, str] = NOTHING
    ) -> list[Outcome]:
        """One request. Procore keeps no idempotency keys: a lost answer is found again by what was sent."""
        names = self.names(scope)
        body = body_of(write, payloads, names) if write.method != "DELETE" else None
        answer = self.send(
            Call(
                method=write.method,
                path=filled(write.path, names),
                query=[*((name, names[name]) for name in write.scope_in_query), *write.query.items()],
                body=None if body is None else encoded(body, decimals_as_text=not write.numbers).encode(),
                in_project="project_id" in scope,
            )
        )
        if write.path.endswith("/sync"):
            return self._synced(answer)
        record = opened(answer.content)
        return [Outcome(True, record if isinstance(record, dict) else None)]

    def _synced(self, answer: Answer) -> list[Outcome]:
        content = answer.content if isinstance(answer.content, dict) else {}
        done, refused = content.get("entities"), content.get("errors")
        if not isinstance(done, list) or not isinstance(refused, list):
            raise Lost("The answer does not say what became of each record.", status=answer.status)
        outcomes = [Outcome(True, record) for record in done if isinstance(record, dict)]
        for record in refused:
            if isinstance(record, dict):
                said = self.messages({"errors": record.get("errors")}, "") or (NO_REASON,)
                outcomes.append(Outcome(False, record, said))
        return outcomes

    def messages(self, content: Any, text: str) -> tuple[str, ...]:
        """Everything said in any of Procore's four error bodies, without codes and, where anything else is
        said, the name of the status.
        """
        found = [said for said in _said(content) if said]
        if not found and text and not text.lstrip().startswith(("<", "{", "[")):
            found = [text.strip()[:300]]
        return tuple(dict.fromkeys([said for said in found if said not in PHRASES] or found))

    def wait_of(self, answer: Answer) -> float:
        """Retry-After where given, else until the limit's reset; both are promised, neither always comes."""
        if answer.headers.get("Retry-After"):
            return super().wait_of(answer)
        reset = str(answer.headers.get("X-Rate-Limit-Reset") or "")
        wait = int(reset) - self.clock.now().timestamp() if reset.isdigit() else 0.0
        if 0 < wait <= LONGEST_RESET:
            return max(wait, 0.5)
        return retry_after({}, self.clock.now())

    def _has_next(self, answer: Answer) -> bool:
        for link in re.finditer(r'<([^>]*)>\s*;[^,]*\brel="?next"?', str(answer.headers.get("Link") or "")):
            if not self.owns(link[1]) and not link[1].startswith("/"):
                raise Broken("The next page lies on another host.", status=answer.status)
            return True
        return False


def opened(content: Any) -> Any:
    """What an answer holds: newer endpoints put it into an envelope."""
    if isinstance(content, dict) and "data" in content and set(content) <= {"data", "meta", "pagination"}:
        return content["data"]
    return content


def comparable(value: Any) -> str:
    """A value as searches compare it."""
    return str(value if value is not None else "").strip().casefold()


def _said(content: Any) -> Iterator[str]:
    match content:
        case str():
            yield content.strip()
        case list():
            for item in content:
                yield from _said(item)
        case dict():
            for name in TEXT_NAMES:
                yield from _said(content.get(name))
            for name in LIST_NAMES:
                inner = content.get(name)
                yield from _by_field(inner) if isinstance(inner, dict) else _said(inner)


def _by_field(errors: Mapping[str, Any]) -> Iterator[str]:
    for name, inner in errors.items():
        subject = name.replace("_", " ").strip().capitalize()
        for said in _said(inner):
            yield said if name in ("base", "id") or said[:1].isupper() else f"{subject} {said}"
