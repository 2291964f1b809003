"""Retention: for every method a claim's documents add up to the claim, over a contract's whole life."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.changes import Action, Change
from integrations.ledger import Entered, Sent, ledgers
from integrations.retention import METHODS
from integrations.terms import KEPT_AS
from tests import cases
from tests.claim_worlds import ZERO, ContractLife, LineLife, cents, movement

GIVEN = cases.load(cases.FOLDER / "progress-claims" / "an approved claim becomes a bill.json")["given"]
TABLE = Path(__file__).parents[1] / "docs" / "retention.md"
CODES = ("100", "200")
RULES = [
    {"code": "100", "expense_account": "310"},
    {"code": "200", "expense_account": "320", "tax_type": "EXEMPTEXPENSES"},
]
METHOD_NAMES = [method for method, _ in METHODS]
EARLIER = Decimal("5000.00")
CONTRACT = {"project": "24-011", "number": "SC-014"}


def documents(
    claim: dict[str, Any],
    method: str,
    tax: str = "defer",
    *,
    terms: dict[str, Any] | None = None,
    links: list[dict[str, Any]] | None = None,
) -> list[Change]:
    """What is planned for one claim; `terms` are its contract's, `links` those of earlier claims."""
    options = {"retention": method, "retention_tax": tax, "retention_tax_note": "checked", "country": "AU"}
    given = cases.merge(
        GIVEN,
        {
            "terms": [CONTRACT | terms] if terms else [],
            "+links": links or [],
            "options": options | {"retention_held_account": "820", "retention_released_account": "821"},
            "rules": RULES,
            "cost_codes": [{"code": code, "name": "Code", "is_leaf": True} for code in CODES],
        },
    )
    record = {name: value for name, value in given["record"].items() if name not in ("items", "summary")}
    return cases.changes_of("progress-claims", given | {"record": record, "records": [claim]})


def signed(change: Change) -> Decimal:
    """A document's amount in payable signs."""
    assert change.amount is not None
    return -change.amount if change.resource == "credit_notes" else change.amount


def by_role(changes: list[Change]) -> dict[str, Decimal]:
    """What each document comes to; a note of retention is none."""
    assert all(change.action in (Action.CREATE, Action.SKIP) for change in changes), [
        c.message for c in changes
    ]
    made = (one for one in changes if one.action is Action.CREATE and one.role != "noted")
    return {change.role: signed(change) for change in made}


def lines(changes: list[Change]) -> list[tuple[str, str, Decimal]]:
    """Account, tax type and amount of every line, in payable signs."""
    out = []
    for change in changes:
        sign = -1 if change.resource == "credit_notes" else 1
        for line in change.payload.get("LineItems", ()) if change.action is Action.CREATE else ():
            out.append((line["AccountCode"], line["TaxType"], sign * line["UnitAmount"]))
    return out


# --- the worked examples ------------------------------------------------------------------------------------


def rows(first: str = "Case") -> list[dict[str, str]]:
    """The table of docs/retention.md whose first column has this heading."""
    table = [line if line.startswith("|") else "" for line in TABLE.read_text().splitlines()]
    start = next(index for index, line in enumerate(table) if line.startswith(f"| {first} "))
    names = [cell.strip() for cell in table[start].strip("|").split("|")]
    found = []
    for line in takewhile(bool, table[start + 2 :]):
        found.append(dict(zip(names, (cell.strip() for cell in line.strip("|").split("|")), strict=True)))
    return found


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["Case"])
def test_worked_example(row: dict[str, str]) -> None:
    """Each row of the table is what the program plans; the first is the specification's own."""
    work, held, released = (Decimal(row[name]) for name in ("Work", "Held", "Released"))
    life = ContractLife([LineLife(61, "100")])
    life.claim([movement(work="50000.00", held=str(EARLIER))])
    claim = life.claim([{**movement(), "work": work, "held": held, "released": released}])
    assert claim["summary"]["current_payment_due"] == row["Payment due"]
    for method, columns in {
        "deduct": {"bill": "deduct"},
        "net": {"bill": "net"},
        "separate": {"bill": "separate", "retention": "separate -RET"},
        "credit_note": {"bill": "credit note", "credit_note": "its -CN", "release": "its -REL"},
        "gross": {"bill": "gross"},
    }.items():
        expected = {role: Decimal(row[name]) for role, name in columns.items() if row[name] != "-"}
        assert by_role(documents(claim, method)) == expected, method


def test_the_table_is_read() -> None:
    assert len(rows()) >= 7
    assert rows()[0]["Payment due"] == "9200.00"


@pytest.mark.parametrize("row", rows("Opening case"), ids=lambda row: row["Opening case"])
def test_worked_example_of_an_opening(row: dict[str, str]) -> None:
    """Each way of keeping an opening, under each method of the contract."""
    life = ContractLife([LineLife(61, "100", work=Decimal("10000.00"), work_held=Decimal("1000.00"))])
    claim = life.claim([movement(work="4000.00", released="300.00")])
    claim["summary"]["current_payment_due"] = "4300.00"
    terms = {"opening": row["Opening"], "kept": row["Kept"]}
    for method, columns in {
        "deduct": {"bill": "deduct", "retention": "deduct -RET"},
        "net": {"bill": "net", "retention": "net -RET"},
        "separate": {"bill": "separate", "retention": "separate -RET"},
        "credit_note": {"bill": "credit note", "release": "its -REL"},
        "gross": {"bill": "gross", "retention": "gross -RET"},
    }.items():
        drawn = by_role(documents(claim, method, terms=terms))
        expected = {role: Decimal(row[name]) for role, name in columns.items() if row[name] != "-"}
        assert {role: drawn[role] for role in columns if role in drawn} == expected, method


@pytest.mark.parametrize("row", rows("Ledger case"), ids=lambda row: row["Ledger case"])
def test_worked_example_of_the_ledger(row: dict[str, str]) -> None:
    """Balances and overdue shares of a contract whose retention is on the account."""
    details = {"retention": "deduct", "contract": 801, "contract_number": "SC-1", "claim_number": "1",
               "held": row["Held"], "released": row["Released"]}  # fmt: skip
    sent = Sent(side="payable", role="bill", subject="1", resource="bills", target_id="b", details=details)
    terms = Entered(
        side="payable", number="SC-1", opening=Decimal(row["Opening"]), kept="account",
        completion_date=date(2026, 9, 30),
    )  # fmt: skip
    (found,) = ledgers([sent], [terms], paid={}, accepted={}, today=date.fromisoformat(row["Today"]))
    assert (found["overdue"], found["balance"]) == (Decimal(row["Overdue"]), Decimal(row["Balance"]))
    assert found["on_account"] == found["balance"]


@pytest.mark.parametrize(("back", "overdue"), [("600.00", "0.00"), ("200.00", "300.00")])
def test_a_release_by_hand_counts_for_a_contract_without_a_claim_here(back: str, overdue: str) -> None:
    """It has an opening, and is offered where people accept releases."""
    terms = Entered(
        side="payable", number="SC-1", contract_id="801", opening=Decimal("1000.00"), kept="account",
        completion_date=date(2026, 9, 30),
    )  # fmt: skip
    other = Entered(side="payable", number="SC-2", opening=Decimal("50.00"), kept="account")
    accepted = {("payable", "801"): [{"amount": Decimal(back), "day": "2026-10-05"}]}
    found = ledgers([], [terms, other], paid={}, accepted=accepted, today=date(2026, 11, 20))
    first, second = found
    assert (first["released"], first["accepted"]) == (Decimal(back), Decimal(back))
    assert first["balance"] == first["on_account"] == Decimal("1000.00") - Decimal(back)
    assert first["overdue"] == Decimal(overdue)
    assert second["balance"] == second["on_account"] == Decimal("50.00")


def bill_of(claim: int, amount: str, held: str = "0", back: str = "0", **over: Any) -> Sent:
    """A claim's bill under the method gross, as its link remembers it."""
    details = {"retention": "gross", "contract": 801, "claim_number": claim, "held": held, "released": back,
               "left_open": held}  # fmt: skip
    return Sent(
        side="payable", role=over.pop("role", "bill"), subject=str(claim), resource="bills",
        target_id=over.pop("target_id", f"b-{claim}"), amount=Decimal(amount), details=details | over,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("paid", "expected"),
    [
        ({"b-1": "9000.00", "b-3": "5000.00"}, ["0", "0", "0"]),  # the work of both, and no retention
        ({"b-1": "10000.00", "a-1": "900.00"}, ["0", "400.00", "600.00"]),
        ({"b-1": "9500.00", "a-1": "900.00"}, ["0", "400.00", "100.00"]),
        ({"b-1": "10000.00", "a-1": "1000.00"}, ["0", "400.00", "700.00"]),
    ],
)
def test_retention_left_unpaid_is_paid_on_the_bill_that_holds_it(
    paid: dict[str, str], expected: list[str]
) -> None:
    """And counts on the claims that release it, the oldest first, whatever is paid of their own work."""
    sent = [
        bill_of(1, "10000.00", "1000.00"), bill_of(2, "100.00", back="400.00"),
        bill_of(3, "5000.00", back="700.00"),
        bill_of(1, "1000.00", "1100.00", role="adjustment:1", target_id="a-1", left_open="100.00"),
    ]  # fmt: skip
    settled = {name: Decimal(amount) for name, amount in paid.items()}
    (found,) = ledgers(sent, [], paid=settled, accepted={}, today=date(2026, 11, 20))
    assert [claim["paid"] for claim in found["claims"]] == [Decimal(one) for one in expected]


@pytest.mark.parametrize(("kept", "expected"), [("unpaid", "500.00"), ("account", "800.00")])
def test_an_opening_kept_as_unpaid_bills_is_not_paid_with_the_claim(kept: str, expected: str) -> None:
    """Its release makes no document: the bills it is paid on were never ours."""
    claim = bill_of(
        1, "1000.00", back="800.00", retention="deduct", left_open=None, opening_released="300.00"
    )
    terms = Entered(side="payable", contract_id="801", opening=Decimal("1000.00"), kept=kept)
    settled = {"b-1": Decimal("1000.00")}
    (found,) = ledgers([claim], [terms], paid=settled, accepted={}, today=date(2026, 11, 20))
    assert found["paid"] == Decimal(expected)


# --- any contract's life ------------------------------------------------------------------------------------

amounts = st.decimals(min_value=-20_000, max_value=50_000, places=2)
shares = st.decimals(min_value=0, max_value=Decimal("0.2"), places=4)


@st.composite
def lives(draw: Any) -> list[dict[str, Any]]:
    """Two to five claims on a contract of one to four lines, change order lines among them."""
    count = draw(st.integers(1, 4))
    life = ContractLife(
        [
            LineLife(draw(st.sampled_from((61, 62, 63, 901))) + 1000 * i, draw(st.sampled_from(CODES)))
            for i in range(count)
        ]
    )
    for _ in range(draw(st.integers(2, 5))):
        moves = []
        for line in life.lines:
            quantity = draw(st.decimals(min_value=-20, max_value=200, places=4))
            work = draw(st.sampled_from((ZERO, draw(amounts), cents(quantity * Decimal("12.3456")))))
            stored = draw(st.sampled_from((line.stored, ZERO, abs(draw(amounts)))))
            released = cents(line.work_held * draw(shares) * 5) if line.work_held > 0 else ZERO
            moves.append(
                {
                    "work": work,
                    "stored": stored,
                    "held": cents(work * draw(shares)),
                    "released": released,
                    "stored_held": cents(stored * draw(shares)),
                }
            )
        life.claim(moves)
    return life.claims


@pytest.mark.parametrize("tax", ["defer", "upfront"])
@pytest.mark.parametrize("method", METHOD_NAMES)
@given(claims=lives())
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
def test_documents_add_up_over_a_contracts_life(method: str, tax: str, claims: list[dict[str, Any]]) -> None:
    """To the cent: documents against the payment due, retention accounts against what Procore still holds."""
    retained: dict[str, Decimal] = defaultdict(Decimal)
    links: list[dict[str, Any]] = []
    for claim in claims:
        changes = documents(claim, method, tax, links=links)
        if any(change.action is Action.SKIP and "moved" in change.message for change in changes):
            assert Decimal(claim["summary"]["current_payment_due"]) == 0
            continue
        documents_by_role = by_role(changes)
        links.append(link_of(claim, changes))
        due = Decimal(claim["summary"]["current_payment_due"])
        before = Decimal(claim["previous"]["summary"]["total_retainage"]) if claim["previous"] else ZERO
        change_of_retention = Decimal(claim["summary"]["total_retainage"]) - before
        placeholder = documents_by_role.pop("retention", ZERO)
        left_open = change_of_retention if method == "gross" else ZERO
        assert sum(documents_by_role.values(), ZERO) - left_open == due
        if method == "separate":
            assert placeholder == change_of_retention
        for account, _tax_type, amount in lines(changes):
            retained[account] += amount
        if method in ("deduct", "credit_note"):
            assert -(retained["820"] + retained["821"]) == Decimal(claim["summary"]["total_retainage"])
        if method == "separate":
            assert retained["820"] == 0
            assert retained["821"] == 0
        if method in ("net", "gross"):
            assert retained["820"] == retained["821"] == 0


fractions = st.decimals(min_value=1, max_value=5_000, places=4)
rates = st.decimals(min_value=Decimal("0.02"), max_value=Decimal("0.2"), places=4)


@pytest.mark.parametrize("method", METHOD_NAMES)
@given(moves=st.lists(st.tuples(fractions, rates), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_fractions_of_cents_on_lines_come_to_the_payment_due(
    method: str, moves: list[tuple[Decimal, Decimal]]
) -> None:
    """To the cent, although every line is rounded by itself and Procore rounds the sums."""
    life = ContractLife([LineLife(60 + place, CODES[place % 2]) for place in range(len(moves))])
    claim = life.claim([movement() | {"work": work, "held": work * rate} for work, rate in moves])
    whole, kept = cents(sum(work for work, _ in moves)), cents(sum(work * rate for work, rate in moves))
    claim["summary"] = {"total_completed_and_stored_to_date": str(whole), "total_retainage": str(kept),
                        "current_payment_due": str(whole - kept)}  # fmt: skip
    drawn = by_role(documents(claim, method))
    placeholder = drawn.pop("retention", ZERO)
    left_open = kept if method == "gross" else ZERO
    assert sum(drawn.values(), ZERO) - left_open == whole - kept
    assert placeholder == (kept if method == "separate" else ZERO)


@pytest.mark.parametrize(
    ("tax", "expected"), [("defer", {"INPUT", "EXEMPTEXPENSES"}), ("upfront", {"BASEXCLUDED"})]
)
def test_retention_lines_carry_the_tax_chosen(tax: str, expected: set[str]) -> None:
    """One held line for each tax type of the work when tax is deferred,
    one without tax when it is paid upfront.
    """
    life = ContractLife([LineLife(61, "100"), LineLife(62, "200"), LineLife(63, "100")])
    claim = life.claim([movement(work="1000.00", held="50.00") for _ in life.lines])
    held = [line for line in lines(documents(claim, "deduct", tax)) if line[0] == "820"]
    assert {tax_type for _, tax_type, _ in held} == expected
    assert len(held) == len(expected)
    assert sum((amount for *_, amount in held), ZERO) == Decimal("-150.00")


def test_materials_are_billed_when_they_arrive_and_not_again() -> None:
    """Stored materials count once: not while they lie there, not when they are installed."""
    life = ContractLife([LineLife(61, "100")])
    first = life.claim([movement(stored="700.00")])
    lying = life.claim([movement(stored="700.00")])
    installed = life.claim([movement(work="700.00")])
    assert by_role(documents(first, "deduct")) == {"bill": Decimal("700.00")}
    assert [change.action for change in documents(lying, "deduct")] == [Action.SKIP]
    assert [change.action for change in documents(installed, "deduct")] == [Action.SKIP]


# --- contracts that differ ----------------------------------------------------------------------------------


@given(claims=lives(), method=st.sampled_from(METHOD_NAMES), own=st.sampled_from(METHOD_NAMES))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_contracts_own_method_is_the_only_one_that_counts_for_it(
    claims: list[dict[str, Any]], method: str, own: str
) -> None:
    """Side by side with any other: the documents are those of the contract's own method."""
    for claim in claims:
        side_by_side = documents(claim, method, terms={"method": own})
        assert [(one.action, one.role, one.payload) for one in side_by_side] == [
            (one.action, one.role, one.payload) for one in documents(claim, own)
        ]


def link_of(claim: dict[str, Any], changes: list[Change]) -> dict[str, Any]:
    """The link of a claim that was sent."""
    details = next(dict(change.details) for change in changes if change.details)
    key = str(claim["id"])
    return {"integration": "progress-claims", "role": "bill", "subject": key, "resource": "bills",
            "target_id": f"b-{key}", "details": details}  # fmt: skip


@given(
    method=st.sampled_from(METHOD_NAMES),
    kept=st.sampled_from(["account", "unpaid", "retention_bills", "nowhere"]),
    opening=st.decimals(min_value=1, max_value=9_000, places=2),
    moves=st.lists(st.tuples(st.decimals(0, 9_000, places=2), shares, shares), min_size=2, max_size=4),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_an_opening_is_released_as_it_is_kept(
    method: str, kept: str, opening: Decimal, moves: list[tuple[Decimal, Decimal, Decimal]]
) -> None:
    """Over a contract's life: documents come to the payment due less what unpaid bills already owe, and the
    retention accounts to what is still held on them.
    """
    line = LineLife(61, "100", work=cents(opening * 10), work_held=cents(opening))
    life, account, left = ContractLife([line]), ZERO, cents(opening)
    links: list[dict[str, Any]] = []
    terms = {"opening": str(left), "kept": kept}
    account = left if kept == "account" else ZERO
    for work, rate, share in moves:
        back = cents(line.work_held * share * 5)
        claim = life.claim([movement() | {"work": cents(work), "held": cents(work * rate), "released": back}])
        due = cents(work) - cents(work * rate) + back
        claim["summary"]["current_payment_due"] = str(due)  # the first one's counts what came before
        changes = documents(claim, method, terms=terms, links=links)
        if all(change.action is Action.SKIP for change in changes):
            assert due == back == cents(work) == 0
            continue
        from_opening = min(left, back)
        left -= from_opening
        drawn = by_role(changes)
        drawn.pop("retention", None)
        held, own = cents(work * rate), back - from_opening
        same = KEPT_AS[kept] == method
        unbilled = (from_opening if kept == "unpaid" else ZERO) + (own - held if method == "gross" else ZERO)
        assert sum(drawn.values(), ZERO) == due - unbilled
        account += (held - own) if method in ("deduct", "credit_note") else ZERO
        account -= from_opening if kept == "account" else ZERO
        moved = sum((amount for code, _, amount in lines(changes) if code in ("820", "821")), ZERO)
        before = account - (held - own if method in ("deduct", "credit_note") else ZERO)
        before += from_opening if kept == "account" else ZERO
        assert before - moved == account, (same, before, moved, account)
        links.append(link_of(claim, changes))
