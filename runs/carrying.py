"""Carry one file from Procore to a document in Xero, through a temporary file and never through memory."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from typing import Any

from django.conf import settings

from integrations.attachments import LOOKED_AT, what_is_wrong
from integrations.base import Record, Resource, Write
from integrations.changes import Change
from integrations.errors import Disconnected, Rejected
from integrations.http import Outcome
from integrations.procore.fetching import STORAGE, fetch

MOST_FILES = 10  # of one document in Xero
MOST_BYTES = 25_000_000  # of one file; Xero's own pages name 3, 10 and 25 MB


def most_files() -> int:
    """How many files a document may hold."""
    return int(getattr(settings, "ONECORE_ATTACHMENT_FILES", MOST_FILES))


def most_bytes() -> int:
    """How large a file may be, in bytes."""
    return int(getattr(settings, "ONECORE_ATTACHMENT_BYTES", MOST_BYTES))


def carry(clients: Mapping[str, Any], change: Change, resource: Resource, write: Write, key: str) -> Outcome:
    """Attach the change's file; a file of its name that is there already is left as it is.

    Raises Rejected, NotFetched, Busy, Disconnected, Lost and Broken.
    """
    name, scope = str(change.payload["FileName"]), dict(change.scope)
    try:
        there: list[Record] = list(clients["xero"].read(resource, scope=scope))
        same = next((one for one in there if str(one.get("FileName")).casefold() == name.casefold()), None)
        if same is not None:
            return Outcome(True, same)
        if len(there) >= most_files():
            raise Rejected((f"the document holds {len(there)} files already: attach {name} by hand",))
        with tempfile.TemporaryFile() as file:
            fetched(clients["procore"], change, file)
            return attached(clients["xero"], change, file, write, key)
    except Disconnected as error:
        if error.state != "missing_scope":
            raise
        said = f"the connection may not attach files in Xero: connect it again and allow that, for {name}"
        raise Rejected((said,), status=error.status) from error


def attached(xero: Any, change: Change, file: Any, write: Write, key: str) -> Outcome:
    """What became of the file in Xero; raises Rejected with a sentence about it."""
    try:
        return xero.attach(write, file, key=key, scope=dict(change.scope))  # type: ignore[no-any-return]
    except Rejected as error:
        said = f"Xero did not take its attachment {change.payload['FileName']}: {error.messages[0]}"
        raise Rejected((f"{said.rstrip('.')}; attach it by hand",), status=error.status) from error


def fetched(procore: Any, change: Change, file: Any) -> None:
    """The file's content as Procore gives it; raises Rejected where it is not what its name says."""
    name, address = str(change.payload["FileName"]), str(change.payload.get("From") or "")
    try:
        fetch(procore, address, file, most=most_bytes(), storage=storage())
    except Rejected as error:
        raise Rejected((f"its attachment {name} was not carried: {error.messages[0]}",)) from error
    file.seek(0)
    if wrong := what_is_wrong(name, file.read(LOOKED_AT)):
        raise Rejected((wrong,))


def storage() -> tuple[str, ...]:
    """The ends of the hosts that give out signed files."""
    return tuple(getattr(settings, "ONECORE_ATTACHMENT_HOSTS", STORAGE))
