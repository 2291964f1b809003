"""What can go wrong when talking to Procore or Xero, named by what to do about it.

    ApiError
    ├── Rejected       this request: its record fails with every message shown, the run goes on
    ├── Busy           wait until `until`; if that is too long, end the run early and keep the cursor
    ├── Disconnected   stop, flag the connection with `state`, tell the administrators
    ├── Lost           a write whose answer never came or says nothing: it may be done; search first
    └── Broken         an answer nobody expected: the run fails, support reads the details

A write that raises Rejected, Busy or Disconnected was surely not done. None of them ever holds a token.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ApiError(Exception):
    """A call that did not do what it should. Its text is for people; the rest is for support."""

    def __init__(
        self, message: str, *, status: int = 0, method: str = "", path: str = "", request_id: str = ""
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status, self.method, self.path, self.request_id = status, method, path, request_id

    @property
    def details(self) -> str:
        """What support needs to find the call again."""
        parts = (
            f"{self.method} {self.path}".strip(),
            f"status {self.status}" if self.status else "",
            self.request_id,
        )
        return ", ".join(part for part in parts if part)


class Rejected(ApiError):
    """The system refused this request for a reason of its own; `messages` are all it said."""

    def __init__(self, messages: Iterable[str], **about: str | int) -> None:
        self.messages = tuple(messages) or ("The request was refused without a reason.",)
        super().__init__(" ".join(self.messages), **about)  # type: ignore[arg-type]


class Busy(ApiError):
    """The system, or our share of its calls, has no room before `until`."""

    def __init__(self, message: str, *, until: datetime, **about: str | int) -> None:
        self.until = until
        super().__init__(message, **about)  # type: ignore[arg-type]


class Disconnected(ApiError):
    """Nothing will work before a person acts; `state` is the connection's new state."""

    def __init__(self, message: str, *, state: str = "reconnect", **about: str | int) -> None:
        self.state = state
        super().__init__(message, **about)  # type: ignore[arg-type]


class Lost(ApiError):
    """The write left, and what became of it is not known."""


class Broken(ApiError):
    """The answer is not one that the system's documentation knows."""


class Reaction(StrEnum):
    """What to do about an answer that is not a success."""

    REFRESH = "refresh"  # a new token and once again; a second time: disconnected
    WAIT = "wait"  # as long as the answer says; too long: busy
    AGAIN = "again"  # a read: once again, then busy; a write: lost
    REJECT = "reject"
    DISCONNECT = "disconnect"
    BREAK = "break"


@dataclass(frozen=True)
class Known:
    """One known answer. `text` is contained in what the answer says; "" and None match anything."""

    reaction: Reaction
    statuses: range
    why: str
    system: str = ""
    text: str = ""
    writes: bool | None = None
    in_project: bool | None = None
    state: str = "reconnect"
    message: str = ""


def only(status: int) -> range:
    """A single status."""
    return range(status, status + 1)


R = Reaction
RECONNECT = "The connection was ended. Connect it again."
SCOPE = "The connection lacks a permission that this needs. Connect it again and grant it."
ORGANISATION = "The connection does not reach this company or organisation any more. Connect it again."

# The first row that fits decides.
REACTIONS = (
    Known(
        R.DISCONNECT,
        only(401),
        "Xero answers a missing scope with 401; refreshing on it would loop for ever (Xero-NetStandard#178).",
        system="xero",
        text="AuthorizationUnsuccessful",
        state="missing_scope",
        message=SCOPE,
    ),
    Known(
        R.REFRESH, only(401), "Expired, revoked or unknown token: a refresh tells which.", message=RECONNECT
    ),
    Known(
        R.DISCONNECT,
        only(403),
        "Xero: the organisation was disconnected or the id is another's (dcblogdev/laravel-xero#40).",
        system="xero",
        state="wrong_organisation",
        message=ORGANISATION,
    ),
    Known(
        R.DISCONNECT,
        only(403),
        "Procore: the app was removed from the company.",
        system="procore",
        text="App is not connected to this company",
        message=ORGANISATION,
    ),
    Known(
        R.REJECT,
        only(403),
        "Procore: a project that the service account may not see; other projects go on.",
        system="procore",
        in_project=True,
    ),
    Known(R.REJECT, only(403), "Procore: this record may not be written.", system="procore", writes=True),
    Known(
        R.DISCONNECT,
        only(403),
        "Procore: a tool of the company is closed to the app.",
        system="procore",
        state="missing_scope",
        message=SCOPE,
    ),
    Known(
        R.BREAK,
        only(400),
        "A repeated idempotency key with another body is our own mistake.",
        system="xero",
        text="different request",
    ),
    Known(R.BREAK, only(400), "A filter that the system cannot read is our own mistake.", writes=False),
    Known(R.AGAIN, only(408), "Procore: too slow this time."),
    Known(R.WAIT, only(429), "A limit is reached; nothing was done."),
    Known(R.WAIT, only(503), "Overloaded or in maintenance; a read can wait.", writes=False),
    Known(R.BREAK, only(501), "Xero: a method that it does not have."),
    Known(R.REJECT, range(400, 500), "The system's own rules, a locked or a missing record."),
    Known(R.AGAIN, range(500, 600), "An error inside the system. A write may have been done all the same."),
    Known(R.BREAK, range(300, 400), "Redirects are never followed: they would carry the token elsewhere."),
)


def reaction_to(system: str, status: int, text: str, *, writes: bool, in_project: bool) -> Known:
    """The row for an answer that is not a success; unknown statuses are Broken."""
    for row in REACTIONS:
        if (
            row.system in ("", system)
            and status in row.statuses
            and row.text.lower() in text.lower()
            and row.writes in (None, writes)
            and row.in_project in (None, in_project)
        ):
            return row
    return Known(R.BREAK, only(status), "No such status is documented.")
