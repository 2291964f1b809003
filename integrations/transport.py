"""One way of calling both systems: sessions, tokens, limits, repeats and errors. No database here.

A token is only ever sent to addresses below the environment's own API address, and no redirect is followed.
Reads are repeated on failure; a write is repeated only where it surely was not done.
"""

import random
import re
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import IO, Any, Protocol
from urllib.parse import quote, urlencode, urlsplit

import requests
from requests.auth import AuthBase
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import NewConnectionError

from integrations.errors import Broken, Busy, Disconnected, Known, Lost, Reaction, Rejected, reaction_to
from integrations.wire import parsed, retry_after

LARGEST_ANSWER = 50 * 1024 * 1024  # bytes
TRIES = 3
Query = Sequence[tuple[str, str]]


class Clock:
    """Time, which tests and benches may start elsewhere and run faster."""

    def __init__(self, *, start: datetime | None = None, speed: float = 1.0) -> None:
        self._start, self._mark, self._speed = start or datetime.now(UTC), time.monotonic(), speed

    def now(self) -> datetime:
        """The present moment, aware."""
        return self._start + timedelta(seconds=(time.monotonic() - self._mark) * self._speed)

    def sleep(self, seconds: float) -> None:
        """Let that many seconds of this clock pass."""
        time.sleep(max(0.0, seconds) / self._speed)


@dataclass(frozen=True)
class Access:
    """An access token and the epoch of its credential; the token is never printed."""

    token: str = field(repr=False)
    epoch: int = 0


class Tokens(Protocol):
    """Where a client gets its access token. Raises Disconnected or Busy."""

    def access(self) -> Access: ...

    def refresh(self, seen_epoch: int) -> Access: ...


@dataclass(frozen=True)
class Turn:
    """Leave for one call, or the seconds to wait before asking again."""

    ticket: str = ""
    wait: float = 0.0


class Budget(Protocol):
    """Shared limits: a turn is taken before each call and given back with the answer's headers."""

    def take(self) -> Turn: ...

    def answered(self, ticket: str, headers: Mapping[str, str], *, wait: float = 0.0) -> None: ...


class Unlimited:
    """A budget without limits."""

    def take(self) -> Turn:
        """Always at once."""
        return Turn("free")

    def answered(self, ticket: str, headers: Mapping[str, str], *, wait: float = 0.0) -> None:
        """Nothing is counted."""


@dataclass(frozen=True)
class Answer:
    """A whole answer; `content` is its JSON, or None where there was none."""

    status: int
    headers: Mapping[str, str]
    content: Any = None
    text: str = ""

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request as it is told to `send`."""

    method: str
    path: str
    query: Query = ()
    body: bytes | IO[bytes] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    in_project: bool = False

    @property
    def writes(self) -> bool:
        return self.method not in ("GET", "HEAD")


class _Bearer(AuthBase):
    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class _Nobody(AuthBase):
    """No name and no password, whatever this machine knows of the host."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.pop("Authorization", None)
        return request


def _from_the_start(body: bytes | IO[bytes] | None) -> bytes | IO[bytes] | None:
    """A file is sent from its beginning, however often it is sent."""
    if body is not None and not isinstance(body, bytes):
        body.seek(0)
    return body


@dataclass
class _Patience:
    """Seconds that one call may still sleep for limits."""

    left: float


class _NotSent(Exception):
    """The request surely never reached the system."""


class _NoAnswer(Exception):
    """The request may have reached the system; no usable answer came back."""


class Transport(ABC):
    """Calls to one company or organisation. `calls` counts requests by method and path template."""

    system = ""

    def __init__(
        self,
        api: str,
        external_id: str,
        tokens: Tokens,
        *,
        budget: Budget | None = None,
        clock: Clock | None = None,
        max_wait: float = 5.0,
        connect_timeout: float = 5.0,
        read_timeout: float = 60.0,
        session: requests.Session | None = None,
    ) -> None:
        """`max_wait`: how many seconds to sleep for a limit before raising Busy. Timeouts in seconds."""
        self.api, self.external_id = api.rstrip("/"), external_id
        self.tokens, self.budget, self.clock = tokens, budget or Unlimited(), clock or Clock()
        self.max_wait, self.timeouts = max_wait, (connect_timeout, read_timeout)
        self.session = session or requests.Session()
        self.calls: Counter[str] = Counter()

    # --- what the systems differ in

    @abstractmethod
    def headers(self) -> dict[str, str]:
        """The headers of every call."""

    @abstractmethod
    def messages(self, content: Any, text: str) -> tuple[str, ...]:
        """Everything an error answer says to people, without codes."""

    # --- requests

    def send(self, call: Call) -> Answer:
        """Make a call until it is answered or given up. Raises the errors of `integrations.errors`."""
        access, refreshed, tries = self.tokens.access(), False, 0
        patience = _Patience(self.max_wait)
        while True:
            tries += 1
            answer = self._attempt(call, access, tries, patience)
            if answer is None:
                continue
            if answer.is_success:
                return answer
            known = reaction_to(
                self.system, answer.status, answer.text, writes=call.writes, in_project=call.in_project
            )
            if known.reaction is Reaction.REFRESH and not refreshed:
                access, refreshed, tries = self.tokens.refresh(access.epoch), True, tries - 1
                continue
            self._react(known, call, answer, tries, patience)
            tries -= known.reaction is Reaction.WAIT

    def _attempt(self, call: Call, access: Access, tries: int, patience: _Patience) -> Answer | None:
        """One request; None means that it may be made again."""
        try:
            return self._exchange(call, access, patience)
        except _NotSent as cause:
            if tries < TRIES:
                self.clock.sleep(self._pause(tries))
                return None
            raise Busy("The system cannot be reached.", until=self._later(60), **self._about(call)) from cause
        except _NoAnswer as cause:
            if call.writes:
                raise Lost("No usable answer came back.", **self._about(call)) from cause
            if tries < TRIES:
                self.clock.sleep(self._pause(tries))
                return None
            if cause.args:
                raise Broken(str(cause), **self._about(call)) from cause
            raise Busy("The system does not answer.", until=self._later(60), **self._about(call)) from cause

    def _react(self, known: Known, call: Call, answer: Answer, tries: int, patience: _Patience) -> None:
        """Wait and return where the call may be made again; otherwise raise what the answer means."""
        about = self._about(call, answer)
        match known.reaction:
            case Reaction.REFRESH | Reaction.DISCONNECT:
                raise Disconnected(known.message, state=known.state, **about)
            case Reaction.WAIT:
                self._sleep(self.wait_of(answer), patience, about)
            case Reaction.AGAIN if call.writes:
                raise Lost("The answer does not say whether it was done.", **about)
            case Reaction.AGAIN if tries < TRIES:
                self.clock.sleep(self._pause(tries))
            case Reaction.AGAIN:
                raise Busy("The system has an error of its own.", until=self._later(60), **about)
            case Reaction.REJECT:
                raise Rejected(self.messages(answer.content, answer.text), **about)
            case _:
                raise Broken(self._unexpected(answer), **about)

    def _exchange(self, call: Call, access: Access, patience: _Patience) -> Answer:
        ticket = self._turn(patience)
        headers: Mapping[str, str] = {}
        wait = 0.0
        try:
            answer = self._request(call, access)
            headers = answer.headers
            wait = self.wait_of(answer) if answer.status in (429, 503) else 0.0
            return answer
        finally:
            # A turn is always given back, or the slot would stay taken until it lapses.
            self.budget.answered(ticket, headers, wait=wait)

    def _request(self, call: Call, access: Access) -> Answer:
        self.calls[f"{call.method} {re.sub(r'/[0-9a-fA-F-]{6,}|/[0-9]+(?=/|$)', '/…', call.path)}"] += 1
        try:
            with self.session.request(
                call.method,
                self.address(call.path, call.query),
                data=_from_the_start(call.body),
                headers={**self.headers(), **call.headers},
                auth=_Bearer(access.token),
                timeout=self.timeouts,
                allow_redirects=False,
                stream=True,
            ) as response:
                return self._read(call, response)
        except requests.ConnectTimeout as cause:
            raise _NotSent from cause
        except requests.ConnectionError as cause:
            reason = getattr(cause.args[0] if cause.args else None, "reason", None)
            raise (_NotSent if isinstance(reason, NewConnectionError) else _NoAnswer) from cause
        except requests.RequestException as cause:
            raise _NoAnswer from cause

    def _read(self, call: Call, response: requests.Response) -> Answer:
        body, started = bytearray(), time.monotonic()
        for part in response.iter_content(65536):
            body += part
            if len(body) > LARGEST_ANSWER or time.monotonic() - started > 5 * self.timeouts[1]:
                raise (_NoAnswer if call.writes else Broken)(
                    "The answer is larger or slower than any known one."
                )
        headers: Mapping[str, str] = CaseInsensitiveDict(response.headers)
        text = bytes(body[:4000]).decode("utf-8", "replace")
        if not 200 <= response.status_code < 300:
            return Answer(response.status_code, headers, parsed(body), text)
        if not body.strip() and (response.status_code == 204 or call.method == "DELETE"):
            return Answer(response.status_code, headers)
        content = parsed(body)
        if content is None:
            raise _NoAnswer("The answer is not JSON.")
        return Answer(response.status_code, headers, content, text)

    def stream(self, address: str, access: Access | None) -> requests.Response:
        """A whole address as an open answer whose content has not been read; it takes a turn where the token
        goes along. Raises requests.RequestException, Busy and Disconnected.
        """
        ticket = self._turn(_Patience(self.max_wait)) if access is not None else ""
        headers: Mapping[str, str] = {}
        self.calls["GET file"] += 1
        try:
            own = {**self.headers(), "Accept": "*/*"} if access is not None else {"Accept": "*/*"}
            auth = _Bearer(access.token) if access is not None else _Nobody()
            response = self.session.get(
                address, headers=own, auth=auth, timeout=self.timeouts, allow_redirects=False, stream=True
            )
            headers = response.headers
            return response
        finally:
            if ticket:
                self.budget.answered(ticket, headers)

    def address(self, path: str, query: Query = ()) -> str:
        """The whole address below the API's own; raises Broken for a path that would leave it."""
        if not path.startswith("/") or path.startswith("//") or "/../" in f"{path}/" or "\\" in path:
            raise Broken("An address outside the API was asked for.", path=path)
        return f"{self.api}{path}" + (f"?{urlencode(query, quote_via=quote)}" if query else "")

    def owns(self, address: str) -> bool:
        """Whether an address lies below the API's own scheme, host and path."""
        ours, given = urlsplit(self.api), urlsplit(address)
        same = (given.scheme, given.netloc) == (ours.scheme, ours.netloc)
        return same and f"{given.path}/".startswith(f"{ours.path}/")

    # --- waiting

    def wait_of(self, answer: Answer) -> float:
        """Seconds to wait by what the answer says, bounded; 10 where it says nothing."""
        return retry_after(answer.headers, self.clock.now())

    def _turn(self, patience: _Patience) -> str:
        while True:
            turn = self.budget.take()
            if turn.ticket:
                return turn.ticket
            self._sleep(turn.wait, patience, {})

    def _sleep(self, seconds: float, patience: _Patience, about: Mapping[str, Any]) -> None:
        if seconds > patience.left:
            raise Busy("No more calls are allowed for the moment.", until=self._later(seconds), **about)
        patience.left -= seconds
        self.clock.sleep(seconds)

    def _pause(self, tries: int) -> float:
        return random.uniform(0.2, 0.5) * 2**tries

    def _later(self, seconds: float) -> datetime:
        return self.clock.now() + timedelta(seconds=seconds)

    def _about(self, call: Call, answer: Answer | None = None) -> dict[str, Any]:
        headers = answer.headers if answer else {}
        request_id = headers.get("x-request-id") or headers.get("xero-correlation-id") or ""
        status = answer.status if answer else 0
        return {"status": status, "method": call.method, "path": call.path, "request_id": request_id}

    def _unexpected(self, answer: Answer) -> str:
        said = " ".join(self.messages(answer.content, "")) if answer.content is not None else ""
        return said or "The answer is not one that the system's documentation knows."
