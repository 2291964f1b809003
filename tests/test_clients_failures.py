"""What the clients make of everything that can go wrong on the way, over HTTP."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from integrations import transport
from integrations.errors import Broken, Busy, Disconnected, Lost, Rejected
from integrations.http import Clock, Turn
from integrations.procore.resources import PROJECTS, VENDORS
from integrations.sandbox.server import Sandbox
from integrations.wire import encoded, parsed, retry_after
from integrations.xero.resources import ACCOUNTS, CONTACTS, TRACKING_CATEGORIES, TRACKING_OPTIONS
from tests.connecting import FAST, FixedTokens, procore, small, token, xero

NOW = datetime(2026, 11, 20, 2, tzinfo=UTC)


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    return small(sandbox)


def options_scope(world: Sandbox) -> dict[str, str]:
    found = next(c for c in xero(world).read(TRACKING_CATEGORIES) if c["Name"] == "Projects")
    return {"category_id": found["TrackingCategoryID"]}


def make_option(world: Sandbox, scope: dict[str, str], **over: object) -> None:
    """One write."""
    assert TRACKING_OPTIONS.create is not None
    xero(world, **over).write(TRACKING_OPTIONS.create, [{"Name": "X"}], key="k", scope=scope)  # type: ignore[arg-type]


def options(world: Sandbox, scope: dict[str, str]) -> list[str]:
    return [option["Name"] for option in xero(world).read(TRACKING_OPTIONS, scope=scope)]


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "truncate"])
def test_a_read_without_an_answer_is_repeated(world: Sandbox, effect: str) -> None:
    """Twice nothing, then the answer."""
    tokens = FixedTokens(token(world, "xero"))
    world.faults.add(effect, path="/Accounts", times=2)
    assert list(xero(world, tokens).read(ACCOUNTS))


def test_a_read_that_never_answers_is_busy(world: Sandbox) -> None:
    """Given up after three tries, for later."""
    tokens = FixedTokens(token(world, "xero"))
    world.faults.add("drop_before", path="/Accounts", times=None)
    with pytest.raises(Busy):
        list(xero(world, tokens).read(ACCOUNTS))
    assert world.faults.all()[0]["hits"] == 3


@pytest.mark.parametrize("effect", ["drop_before", "drop_after", "truncate"])
def test_a_write_without_an_answer_is_lost_and_never_repeated(world: Sandbox, effect: str) -> None:
    """It may have been done, so it is sent once."""
    scope = options_scope(world)
    world.faults.add(effect, path="/Options", method="PUT", times=None)
    with pytest.raises(Lost):
        make_option(world, scope)
    assert world.faults.all()[0]["hits"] == 1
    assert options(world, scope) == ([] if effect == "drop_before" else ["X"])


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_an_error_inside_the_system_leaves_a_write_lost(world: Sandbox, status: int) -> None:
    """A 5xx does not say whether it was done."""
    scope = options_scope(world)
    world.faults.add("status", path="/Options", method="PUT", status=status, times=None)
    with pytest.raises(Lost):
        make_option(world, scope)
    assert world.faults.all()[0]["hits"] == 1


def test_a_page_instead_of_an_answer(world: Sandbox) -> None:
    """HTML with status 200: a write is lost, a read unexpected; a bad gateway is tried again."""
    scope, tokens = options_scope(world), FixedTokens(token(world, "xero"))
    world.faults.add("html", path="/Options", method="PUT", status=200)
    with pytest.raises(Lost):
        make_option(world, scope)
    world.faults.clear()
    world.faults.add("html", path="/Accounts", status=200, times=None)
    with pytest.raises(Broken, match="not JSON"):
        list(xero(world, tokens).read(ACCOUNTS))
    world.faults.clear()
    world.faults.add("html", path="/Accounts", status=502, times=2)
    assert list(xero(world, tokens).read(ACCOUNTS))


@pytest.mark.parametrize("body", [b'{"Accounts": [', b"\x1f\x8bgarbage", b"[" * 100_000])
def test_half_or_senseless_json_is_unexpected(world: Sandbox, body: bytes) -> None:
    """Nothing is guessed from it."""
    tokens = FixedTokens(token(world, "xero"))
    world.faults.add("status", path="/Accounts", status=200, body=body, times=None)
    with pytest.raises(Broken):
        list(xero(world, tokens).read(ACCOUNTS))


@pytest.mark.parametrize("body", [[], {"Accounts": None}, {"Accounts": [1]}, "text", {}])
def test_json_of_another_shape_is_unexpected(world: Sandbox, body: object) -> None:
    """A list is a list of records."""
    tokens = FixedTokens(token(world, "xero"))
    world.faults.add("status", path="/Accounts", status=200, body=body, times=None)
    with pytest.raises(Broken):
        list(xero(world, tokens).read(ACCOUNTS))


def test_an_answer_without_an_end_is_unexpected(world: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A body larger than any known one is not read to its end."""
    monkeypatch.setattr(transport, "LARGEST_ANSWER", 1000)
    with pytest.raises(Broken, match="larger"):
        list(procore(world).read(VENDORS))


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(world: Sandbox, status: int) -> None:
    """Not even to the same host: the token stays where it belongs."""
    tokens = FixedTokens(token(world, "xero"))
    headers = {"Location": f"{world.address}/xero-login/elsewhere"}
    world.faults.add("status", path="/Accounts", status=status, headers=headers, times=None)
    with pytest.raises(Broken):
        list(xero(world, tokens).read(ACCOUNTS))
    assert not [path for path in world.calls.summary()["by_path"] if "elsewhere" in path]


def test_a_next_page_on_another_host_is_unexpected(world: Sandbox) -> None:
    """A Link elsewhere is not followed and not taken for a next page either."""
    tokens = FixedTokens(token(world, "procore"))
    headers = {"Link": '<https://elsewhere.example/rest/v1.0/projects?page=2>; rel="next"'}
    world.faults.add("status", path="/projects", status=200, body=[], headers=headers, times=None)
    with pytest.raises(Broken, match="another host"):
        list(procore(world, tokens).read(PROJECTS))


@pytest.mark.parametrize("path", ["//elsewhere.example/x", "/rest/../../x", "elsewhere", "/a\\b"])
def test_no_path_leaves_the_api(world: Sandbox, path: str) -> None:
    """Addresses are made below the environment's own."""
    with pytest.raises(Broken):
        procore(world).address(path)


@pytest.mark.bad_requests
def test_ids_cannot_leave_their_place(world: Sandbox) -> None:
    """What stands in a path is quoted."""
    assert xero(world).read_one(ACCOUNTS, "../../connections") is None


@pytest.mark.parametrize("status", [429, 503])
def test_a_short_wait_is_slept(world: Sandbox, status: int) -> None:
    """Two seconds are waited for, then the answer comes."""
    tokens = FixedTokens(token(world, "xero"))
    world.faults.add("status", path="/Accounts", status=status, headers={"Retry-After": "2"}, times=2)
    assert list(xero(world, tokens).read(ACCOUNTS))


@pytest.mark.parametrize("given", ["60", "100000", "Fri, 20 Nov 2099 02:00:00 GMT", "", "soon"])
def test_a_long_wait_is_busy_until_then(world: Sandbox, given: str) -> None:
    """The run ends early rather than sleep; absurd waits end after a day."""
    client = xero(world)
    world.faults.add("status", path="/Accounts", status=429, headers={"Retry-After": given}, times=None)
    before = client.clock.now()
    with pytest.raises(Busy) as busy:
        list(client.read(ACCOUNTS))
    assert timedelta(seconds=9) < busy.value.until - before < timedelta(hours=25)
    assert world.faults.all()[0]["hits"] == 1


def test_a_write_refused_for_a_limit_is_made_again(world: Sandbox) -> None:
    """429 says that nothing was done: the same bytes go out with the same key."""
    scope = options_scope(world)
    world.faults.add("status", path="/Options", status=429, headers={"Retry-After": "1"}, times=1)
    make_option(world, scope)
    assert options(world, scope) == ["X"]


def test_a_write_that_cannot_leave_is_busy(world: Sandbox) -> None:
    """A refused connection is tried thrice and surely not done."""
    scope, tokens = options_scope(world), FixedTokens(token(world, "xero"))
    world.stop()
    with pytest.raises(Busy):
        make_option(world, scope, tokens=tokens)


def test_a_slow_answer_is_given_up(world: Sandbox) -> None:
    """A write that the system holds longer than the timeout is lost, although it takes effect."""
    scope = options_scope(world)
    world.faults.add("hold_after", path="/Options", method="PUT")
    with pytest.raises(Lost):
        make_option(world, scope, read_timeout=0.3)
    assert options(world, scope) == ["X"]


def test_a_missing_scope_is_not_an_expired_token(world: Sandbox) -> None:
    """Xero answers both with 401; only one is worth a refresh."""
    tokens = FixedTokens(token(world, "xero"))
    body = {"Title": "Unauthorized", "Status": 401, "Detail": "AuthorizationUnsuccessful"}
    world.faults.add("status", path="/Accounts", status=401, body=body, times=None)
    with pytest.raises(Disconnected) as error:
        list(xero(world, tokens).read(ACCOUNTS))
    assert (error.value.state, tokens.refreshes) == ("missing_scope", 0)


def test_an_expired_token_is_refreshed_once(world: Sandbox) -> None:
    """A second 401 needs a person; there is no loop."""
    tokens = FixedTokens(token(world, "xero"))
    body = {"Title": "Unauthorized", "Status": 401, "Detail": "TokenExpired: token expired"}
    world.faults.add("status", path="/Accounts", status=401, body=body, times=1)
    assert list(xero(world, tokens).read(ACCOUNTS)) and tokens.refreshes == 1
    world.faults.add("status", path="/Accounts", status=401, body=body, times=None)
    with pytest.raises(Disconnected):
        list(xero(world, tokens).read(ACCOUNTS))
    assert tokens.refreshes == 2


def test_a_write_with_an_expired_token_is_made_once(world: Sandbox) -> None:
    """401 says that nothing was done."""
    scope = options_scope(world)
    world.faults.add(
        "status", path="/Options", method="PUT", status=401, body={"Detail": "TokenExpired"}, times=1
    )
    make_option(world, scope)
    assert options(world, scope) == ["X"]


def test_nothing_else_said_reads_its_text(world: Sandbox) -> None:
    """Plain texts are shown, pages are not."""
    tokens = FixedTokens(token(world, "xero"))
    world.faults.add("status", path="/Contacts", status=404, body=b"The resource cannot be found", times=1)
    with pytest.raises(Rejected, match="The resource cannot be found"):
        list(xero(world, tokens).read(CONTACTS))
    world.faults.add("html", path="/Contacts", status=404, times=1)
    with pytest.raises(Rejected, match="without a reason"):
        list(xero(world, tokens).read(CONTACTS))


def test_errors_hold_no_token(world: Sandbox) -> None:
    """Neither the text nor the details nor the representation of anything says it."""
    tokens = FixedTokens(token(world, "xero"))
    client = xero(world, tokens)
    world.faults.add("status", path="/Accounts", status=418, body=b"x", times=None)
    with pytest.raises(Rejected) as error:
        list(client.read(ACCOUNTS))
    shown = f"{error.value!r} {error.value} {error.value.details} {tokens.access()!r} {error.value.__dict__}"
    assert tokens.token not in shown and "status 418" in error.value.details


class Counting:
    """A budget that counts, and once has no room."""

    def __init__(self, waits: list[float]) -> None:
        self.waits, self.counts = waits, Counter[str]()

    def take(self) -> Turn:
        if self.waits:
            return Turn(wait=self.waits.pop(0))
        self.counts["taken"] += 1
        return Turn("ticket")

    def answered(self, ticket: str, headers: object, *, wait: float = 0.0) -> None:
        self.counts["answered"] += 1
        self.counts["blocked"] += wait > 0


def test_every_turn_is_given_back(world: Sandbox) -> None:
    """Whatever becomes of the call; waits of answers reach the budget."""
    tokens, budget = FixedTokens(token(world, "xero")), Counting([1.0, 2.0])
    world.faults.add("status", path="/Accounts", status=429, headers={"Retry-After": "1"}, times=1)
    world.faults.add("drop_before", path="/Accounts", times=1)
    assert list(xero(world, tokens, budget=budget).read(ACCOUNTS))
    assert budget.counts == {"taken": 3, "answered": 3, "blocked": 1}


def test_no_room_is_busy(world: Sandbox) -> None:
    """A budget without room for a minute sends nothing."""
    client = xero(world, FixedTokens("x"), budget=Counting([60.0]))
    with pytest.raises(Busy):
        list(client.read(ACCOUNTS))
    assert not client.calls


# --- plain values


def test_decimals_are_exact_both_ways() -> None:
    """No amount passes through a float."""
    assert parsed(b'{"a": 0.1, "b": 1e2}') == {"a": Decimal("0.1"), "b": Decimal("1E+2")}
    assert encoded({"a": Decimal("100.1230"), "b": [None, True, 3]}, decimals_as_text=False) == (
        '{"a":100.1230,"b":[null,true,3]}'
    )
    assert encoded({"a": Decimal("1E+2")}, decimals_as_text=True) == '{"a":"100"}'


@pytest.mark.parametrize("value", [1.5, Decimal("NaN"), Decimal("Infinity"), object()])
def test_what_is_no_exact_value_cannot_be_sent(value: object) -> None:
    """Floats and endless numbers are our mistake."""
    with pytest.raises(TypeError):
        encoded({"a": value}, decimals_as_text=False)


def test_endless_numbers_are_read_as_text() -> None:
    """One record's nonsense leaves the page readable and is no number."""
    assert parsed(b'[{"a": NaN}, {"a": -Infinity}, {"a": 1}]') == [{"a": "NaN"}, {"a": "-Infinity"}, {"a": 1}]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("30", 30),
        ("0", 0.5),
        ("999999999", 86_400),
        ("Fri, 20 Nov 2026 02:00:30 GMT", 30),
        ("Fri, 20 Nov 2020 02:00:30 GMT", 0.5),
        ("-5", 10),
        ("soon", 10),
        ("", 10),
    ],
)
def test_waits_are_bounded(given: str, seconds: float) -> None:
    """Seconds, dates, nothing and nonsense."""
    assert retry_after({"Retry-After": given}, NOW) == seconds


def test_the_clock_runs_as_fast_as_it_is_told() -> None:
    """Sleeping an hour of a fast clock takes seconds."""
    clock = Clock(start=NOW, speed=FAST * 100)
    clock.sleep(3600)
    assert clock.now() >= NOW + timedelta(hours=1)
