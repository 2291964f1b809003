"""What is still open of projects that are closed: documents in Xero, retention, records that wait."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from integrations.base import Join, Record
from integrations.expressions import Node
from integrations.procore.uses import APPROVED_CLAIMS, NOTED_CLAIMS
from integrations.values import decimal
from mappings.models import Link
from mappings.retained import contracts_of
from runs.models import Cursor, Retry

if TYPE_CHECKING:
    from runs.joins import Joiner

CLAIMS = "progress-claims"
ZERO = Decimal(0)


def open_of(joiner: Joiner, join: Join, records: Sequence[dict[str, Any]], scope: Mapping[str, str]) -> None:
    """What is open of each record that is worth looking at; the lists of open documents are read once."""
    context = joiner.context_of(records)
    closing = [one for one in records if join.only is None or join.only(Node(one), context)]
    ids = [str(one["id"]) for one in closing]
    ledgers = contracts_of(joiner.part.tenant, ids) if closing else []
    for record in closing:
        record[join.name] = _open(joiner, join, record, ledgers)


def _open(joiner: Joiner, join: Join, project: Record, ledgers: Sequence[Record]) -> Record:
    part, project_id = joiner.part, str(project["id"])
    links = list(Link.objects.linked().filter(tenant=part.tenant, project_id=project_id).order_by("pk"))
    waiting = Retry.objects.filter(tenant=part.tenant, project=project_id).count()
    if part.options.get("archive"):
        waiting += len(_unseen(joiner, project_id, {link.group or link.subject for link in links}))
    return {
        "documents": list(_documents(joiner, join, links)),
        "retention": list(_retention(project, ledgers)),
        "waiting": waiting,
    }


def _documents(joiner: Joiner, join: Join, links: Sequence[Link]) -> Iterator[Record]:
    """Linked documents that are not approved, not paid or not used up."""
    held: dict[str, Record] = {}
    for resource in join.resources if links else ():
        held |= joiner.catalogues.get(resource)
    for link in links:
        there = held.get(link.target_id)
        if there is None:
            continue
        due = decimal(there.get("AmountDue", there.get("RemainingCredit")))
        if due or there.get("Status") != "AUTHORISED":
            yield {"title": link.number or link.title, "due": str(due or ZERO), "status": there.get("Status")}


def _retention(project: Record, ledgers: Sequence[Record]) -> Iterator[Record]:
    """What is still held of each of its contracts, by the retention ledger."""
    number = str(project.get("project_number") or "").strip().casefold()
    for row in ledgers:
        named = str(row["project_number"]).strip().casefold()
        is_own = row["project_id"] == str(project["id"]) or (not row["project_id"] and named == number != "")
        balance = row["balance"] + row["carried"]
        if is_own and balance:
            yield {"contract": row["number"] or "a contract", "amount": str(balance)}


def _unseen(joiner: Joiner, project_id: str, known: set[str]) -> list[str]:
    """Claims approved since the project was last looked at."""
    tenant = joiner.part.tenant
    cursor = Cursor.objects.filter(
        tenant=tenant, integration=CLAIMS, resource="requisitions", project=project_id
    ).first()
    if cursor is None:
        return []
    retried = Retry.objects.filter(tenant=tenant, integration=CLAIMS, project=project_id)
    seen = known | set(retried.values_list("subject", flat=True))
    client, found = joiner.clients["procore"], []
    for resource in (APPROVED_CLAIMS, NOTED_CLAIMS):
        read = client.read(resource, scope={"project_id": project_id}, changed_since=cursor.read_at)
        found += [str(one["id"]) for one in joiner.beating(read)]
    return [one for one in found if one not in seen]
