"""What is done about runs and connections in trouble: lapsed attempts, hopeless runs, ended connections."""

from __future__ import annotations

from collections import Counter
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.db.models.functions import Now

from integrations.budgets import calls_left as left_of
from integrations.changes import Action
from integrations.credentials import STOPPED, flag
from integrations.errors import Disconnected
from integrations.models import Connection, State, Tenant, connections_of
from mappings.models import Link, LinkState
from runs import reports, warnings
from runs.models import Entry, Outcome, Run, Warning
from runs.rows import WORDS

ENDED = (State.RECONNECT, State.WRONG_ORGANISATION)


class Hopeless(Exception):
    """The run has been tried often enough."""


def zone(tenant: Tenant) -> ZoneInfo:
    """The tenant's time zone."""
    return ZoneInfo(tenant.time_zone)


def hopeless(run: Run) -> str:
    """What to say of a run that was given up."""
    where = f" while {run.phase}" if run.phase else ""
    return (
        f"The run was given up after 3 attempts: its worker ended each time{where}. Nothing is lost and "
        "nothing was sent "
        "twice; tell support, who can see in the log what ended the worker."
    )


def close_earlier_attempt(run: Run) -> None:
    """Entries of an attempt that died: what was sent counts as done, the rest is planned again."""
    done = []
    links = Link.objects.filter(
        tenant_id=run.tenant_id, integration__in=run.integrations, updated_at__gte=run.started_at
    )
    for entry in Entry.objects.filter(run=run).to_send().iterator():
        own = links.filter(integration=entry.integration, role=entry.role, subject=entry.subject)
        link = own.filter(*became(entry)).first()
        if link is not None:
            entry.outcome, entry.target_id = Outcome.DONE, link.target_id
            done.append(entry)
    Entry.objects.bulk_update(done, ["outcome", "target_id"])
    unfinished = [slug for slug in run.integrations if slug not in run.finished]
    stale = Entry.objects.filter(run=run, integration__in=unfinished)
    stale.filter(Q(outcome=Outcome.PLANNED) | Q(action__in=("warn", "skip", "unchanged"))).delete()


def became(entry: Entry) -> tuple[Q, ...]:
    """What the link of a planned change looks like once it was sent."""
    if entry.action == "remove":
        return (Q(state=LinkState.UNLINKED, target_id=entry.target_id),)
    return (Q(state=LinkState.LINKED, fingerprint=entry.fingerprint),)


def sent_before(run: Run, integration: str) -> Counter[str]:
    """What earlier attempts of a run did, by the words of its summary."""
    done = Entry.objects.filter(run=run, integration=integration, outcome=Outcome.DONE).changes()
    return Counter(WORDS[Action(action)] for action in done.values_list("action", flat=True))


def disconnected(run: Run, error: Disconnected) -> bool:
    """Flag the connection that ended, warn, and tell the administrators once; whether it is news."""
    known = Warning.objects.filter(tenant_id=run.tenant_id, integration="", code="disconnected").standing()
    is_news = not known.exists()
    warnings.by_tenant(run, "disconnected", error.message, "connections")
    connections = connections_of(run.tenant).values()
    named = [one for one in connections if one.system == system_of(error) or one.credential.state in STOPPED]
    fresh = [connection for connection in named if flag(connection, error)]
    if fresh or (is_news and not named):
        reports.connection_failed(run.tenant, error.message)
    return bool(fresh) or is_news


def connected(run: Run) -> None:
    """Connections that a run used to its end are well again; a scope that is missing may be another's."""
    used = [system for system, count in run.calls.items() if count]
    ended = Connection.objects.filter(tenant_id=run.tenant_id, system__in=used, state__in=ENDED)
    ended.update(state=State.OK, state_message="", checked_at=Now())


def system_of(error: Disconnected) -> str:
    """Which system ended the connection, by the path that was called; "" where nothing was called."""
    path = getattr(error, "path", "")
    if path.startswith(("/api.xro", "/payroll.xro", "/connections")):
        return "xero"
    return "procore" if path.startswith("/rest") else ""


def calls_left(run: Run) -> dict[str, Any]:
    """Calls left in each window of each system."""
    return {system: left_of(connection) for system, connection in connections_of(run.tenant).items()}
