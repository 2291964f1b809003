"""The project a person means: looked for in Procore now, by number, id or pasted address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from integrations.base import Record, dig
from integrations.errors import Disconnected
from integrations.http import Client
from integrations.models import Tenant, connections_of
from integrations.procore.resources import PROJECTS
from mappings.models import Link
from runs.clients import CLIENTS, client_of
from runs.models import Run, StartedFrom
from runs.progress import Progress

ADDRESS = re.compile(r"^https?://", re.IGNORECASE)
IN_ADDRESS = (
    re.compile(r"/projects/(\d+)"),
    re.compile(r"/(\d+)/project\b"),
    re.compile(r"/(\d{3,})(?:/|$|\?)"),
)


@dataclass(frozen=True)
class Found:
    """A project as Procore has it, and whether it is linked here."""

    id: str
    number: str
    name: str
    stage: str
    is_active: bool
    is_linked: bool
    address: str

    @property
    def value(self) -> str:
        """What a run of this project is asked with: the number where it has one."""
        return self.number or self.id


def typed_value(typed: str) -> str:
    """The id in a pasted address; anything else as it was typed."""
    text = typed.strip()
    if not ADDRESS.match(text):
        return text
    for pattern in IN_ADDRESS:
        if found := pattern.search(text):
            return found[1]
    return text


def reader(tenant: Tenant, system: str) -> Client:
    """A client to look something up with while a person waits. Raises Disconnected."""
    connection = connections_of(tenant).get(system)
    if connection is None:
        raise Disconnected(f"{tenant} has no connection to {system.title()} yet.")
    asked = Run(tenant=tenant, source=StartedFrom.WEBHOOK)  # never saved: it only says whose limits count
    return client_of(CLIENTS[system], connection, asked, Progress(asked))


def find_project(tenant: Tenant, typed: str) -> Found | None:
    """The project with that number, id or address, or None. Raises ApiError where Procore cannot be asked."""
    client = reader(tenant, "procore")
    wanted = typed_value(typed).casefold()
    for project in client.read(PROJECTS, scope={"company_id": client.external_id}):
        if wanted in (str(project.get("id")), str(project.get("project_number") or "").strip().casefold()):
            return described(tenant, project)
    return None


def described(tenant: Tenant, project: Record) -> Found:
    """A project's record in the words of the form."""
    key: Any = str(project.get("id"))
    linked = Link.objects.of(tenant, "projects").linked().filter(subject=key).exists()
    return Found(
        id=key,
        number=str(project.get("project_number") or "").strip(),
        name=str(project.get("name") or ""),
        stage=str(dig(project, "project_stage.name") or project.get("stage") or ""),
        is_active=project.get("active") is not False,
        is_linked=linked,
        address="",
    )
