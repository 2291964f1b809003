"""The Xero client against the sandbox, over HTTP."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from integrations.errors import Disconnected, Rejected
from integrations.sandbox.server import Sandbox
from integrations.xero.resources import (
    ACCOUNTS,
    ALLOCATIONS,
    BATCH_PAYMENTS,
    BILLS,
    CONTACT_GROUPS,
    CONTACTS,
    CREDIT_NOTES,
    ITEMS,
    ORGANISATION,
    PAYMENTS,
    TAX_RATES,
    TRACKING_CATEGORIES,
    TRACKING_OPTIONS,
)
from tests.connecting import at, small, xero

ABSENT = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def world(sandbox: Sandbox) -> Sandbox:
    return small(sandbox)


def contact_id(world: Sandbox) -> str:
    return str(next(xero(world).read(CONTACTS))["ContactID"])


def bill(world: Sandbox, number: str, **over: Any) -> dict[str, Any]:
    """A drawn bill."""
    line = {
        "Description": "Work",
        "Quantity": Decimal(1),
        "UnitAmount": Decimal("100.1234"),
        "AccountCode": "310",
    }
    account = next(a for a in xero(world).read(ACCOUNTS) if a["Class"] == "EXPENSE")
    return {
        "Type": "ACCPAY",
        "Contact": {"ContactID": contact_id(world)},
        "InvoiceNumber": number,
        "Date": "2026-11-01",
        "DueDate": "2026-12-01",
        "LineAmountTypes": "Exclusive",
        "LineItems": [line | {"AccountCode": account["Code"], "TaxType": "INPUT"}],
        "Url": f"https://portal.example/claims/{number}",
    } | over


@pytest.mark.parametrize(
    "resource", [ORGANISATION, ACCOUNTS, TAX_RATES, TRACKING_CATEGORIES, CONTACT_GROUPS, CONTACTS]
)
def test_reads_the_organisation(world: Sandbox, resource) -> None:
    """Settings and contacts, each with its key."""
    records = list(xero(world).read(resource))
    assert records and all(record[resource.key] for record in records)


@pytest.mark.parametrize("resource", [ITEMS, BILLS, CREDIT_NOTES, PAYMENTS, BATCH_PAYMENTS])
def test_reads_documents(world: Sandbox, resource) -> None:
    """Lists that are empty at first."""
    assert not list(xero(world).read(resource))


def test_options_carry_their_category(world: Sandbox) -> None:
    """Options are made in a category, found by name, renamed and archived."""
    client = xero(world)
    category = next(c for c in client.read(TRACKING_CATEGORIES) if c["Name"] == "Projects")
    scope = {"category_id": category["TrackingCategoryID"]}
    assert TRACKING_OPTIONS.create is not None and TRACKING_OPTIONS.update is not None
    (made,) = client.write(TRACKING_OPTIONS.create, [{"Name": "W-01 Wharf Hall"}], key="a", scope=scope)
    assert made.ok and made.record is not None
    (held,) = client.search(TRACKING_OPTIONS, [{"Name": "w-01 wharf hall"}], scope=scope)
    assert held["TrackingCategoryID"] == scope["category_id"]
    one = scope | {"id": held["TrackingOptionID"]}
    (renamed,) = client.write(TRACKING_OPTIONS.update, [{"Name": "W-01 Wharf"}], key="b", scope=one)
    assert renamed.record is not None and renamed.record["Name"] == "W-01 Wharf"
    (archived,) = client.write(TRACKING_OPTIONS.removals["ACTIVE"], [{}], key="c", scope=one)
    assert archived.ok
    assert client.read_one(TRACKING_OPTIONS, one["id"], scope=scope)["Status"] == "ARCHIVED"
    every = list(client.read(TRACKING_OPTIONS))
    assert {option["TrackingCategoryID"] for option in every} > {scope["category_id"]}


def test_a_group_names_its_members(world: Sandbox) -> None:
    """Only a single group's record holds its contacts, which are then read by their ids."""
    client = xero(world)
    group = next(g for g in client.read(CONTACT_GROUPS) if g["Name"] == "Procore")
    whole = client.read_one(CONTACT_GROUPS, group["ContactGroupID"])
    ids = [contact["ContactID"] for contact in whole["Contacts"]]
    assert len(ids) == 4
    assert {contact["ContactID"] for contact in client.read(CONTACTS, ids=ids)} == set(ids)


def test_four_decimals_survive(world: Sandbox) -> None:
    """Prices keep four decimals both ways, exactly."""
    client = xero(world)
    assert BILLS.create is not None
    (made,) = client.write(BILLS.create, [bill(world, "A-1"), bill(world, "A-2")][:1], key="a")
    held = client.read_one(BILLS, made.record["InvoiceID"])
    assert held["LineItems"][0]["UnitAmount"] == Decimal("100.1234")
    (listed,) = client.read(BILLS)
    assert listed["LineItems"][0]["UnitAmount"] == Decimal("100.1234")


def test_a_batch_has_an_outcome_for_each(world: Sandbox) -> None:
    """A bill without a contact is refused with its message; those before and after it are made."""
    client = xero(world)
    assert BILLS.create is not None
    drawn = [bill(world, "B-1"), bill(world, "B-2", Contact={"ContactID": ABSENT}), bill(world, "B-3")]
    first, second, third = client.write(BILLS.create, drawn, key="a")
    assert first.ok and third.ok and first.record["InvoiceNumber"] == "B-1"
    assert second.ok is False and second.messages
    assert {record["InvoiceNumber"] for record in client.read(BILLS)} == {"B-1", "B-3"}


def test_a_single_refusal_raises(world: Sandbox) -> None:
    """Alone, a refused document is an error with every message."""
    assert BILLS.create is not None
    with pytest.raises(Rejected) as refusal:
        xero(world).write(BILLS.create, [bill(world, "B-2", LineItems=[])], key="a")
    assert refusal.value.messages


def test_the_same_key_gives_the_same_answer(world: Sandbox) -> None:
    """A repeated request with its key makes nothing twice."""
    client, drawn = xero(world), [bill(world, "K-1")]
    assert BILLS.create is not None
    (one,), (two,) = (client.write(BILLS.create, drawn, key="same") for _ in range(2))
    assert one.record["InvoiceID"] == two.record["InvoiceID"]
    assert len(list(client.read(BILLS))) == 1


def test_bills_are_found_by_numbers(world: Sandbox) -> None:
    """Ordinary numbers in one request; those with commas or quotes are found too."""
    client = xero(world)
    numbers = ["N-1", "N-2", "N-3, part", 'N-4 "final"']
    assert BILLS.create is not None
    client.write(BILLS.create, [bill(world, number) for number in [*numbers, "other"]], key="a")
    client.calls.clear()
    found = list(client.search(BILLS, [{"InvoiceNumber": number} for number in numbers[:2]]))
    assert {record["InvoiceNumber"] for record in found} == {"N-1", "N-2"}
    assert sum(client.calls.values()) == 1
    for number in numbers[2:]:
        assert [r["InvoiceNumber"] for r in client.search(BILLS, [{"InvoiceNumber": number}])] == [number]


def test_fifty_numbers_are_one_call(world: Sandbox) -> None:
    """A look-up costs one call for each fifty documents."""
    client = xero(world)
    list(client.search(BILLS, [{"InvoiceNumber": f"AC-{number}"} for number in range(100)]))
    assert sum(client.calls.values()) == 2


def test_pages_and_changes(world: Sandbox) -> None:
    """Small pages give each record once; nothing has changed since tomorrow."""
    client = xero(world)
    whole = [record["ContactID"] for record in client.read(CONTACTS)]
    paged = [record["ContactID"] for record in client.read(replace(CONTACTS, page_size=1))]
    assert sorted(paged) == sorted(whole)
    assert not list(client.read(CONTACTS, changed_since=at(2030, 1, 1)))
    assert list(client.read(CONTACTS, changed_since=at(2020, 1, 1)))


def test_a_last_page_that_is_full_is_the_last(world: Sandbox) -> None:
    """No call is spent on an empty page after it."""
    client = xero(world)
    count = len(list(client.read(CONTACTS)))
    client.calls.clear()
    assert len(list(client.read(replace(CONTACTS, page_size=count)))) == count
    assert sum(client.calls.values()) == 1


def test_a_credit_note_is_allocated_and_freed(world: Sandbox) -> None:
    """A credit note takes from a bill, is found by number and by id, and can be taken back."""
    client = xero(world)
    assert BILLS.create and CREDIT_NOTES.create and ALLOCATIONS.create
    (owed,) = client.write(BILLS.create, [bill(world, "C-1", Status="AUTHORISED")], key="a")
    drawn = bill(world, "", Type="ACCPAYCREDIT", CreditNoteNumber="C-1-CN", Status="AUTHORISED")
    for name in ("InvoiceNumber", "DueDate", "Url"):
        drawn.pop(name)
    (credit,) = client.write(CREDIT_NOTES.create, [drawn], key="b")
    scope = {"credit_note_id": credit.record["CreditNoteID"]}
    amount = {
        "Amount": Decimal("50.00"),
        "Date": "2026-11-02",
        "Invoice": {"InvoiceID": owed.record["InvoiceID"]},
    }
    (given,) = client.write(ALLOCATIONS.create, [amount], key="c", scope=scope)
    assert given.ok
    (held,) = client.read(ALLOCATIONS, scope=scope)
    assert held["Amount"] == Decimal("50.00") and held["CreditNoteID"] == scope["credit_note_id"]
    assert [n["CreditNoteNumber"] for n in client.search(CREDIT_NOTES, [{"CreditNoteNumber": "C-1-CN"}])] == [
        "C-1-CN"
    ]
    ids = [scope["credit_note_id"], ABSENT]
    assert len(list(client.read(CREDIT_NOTES, ids=ids))) == 1
    assert client.read_one(BILLS, owed.record["InvoiceID"])["AmountCredited"] == Decimal("50.00")
    client.write(ALLOCATIONS.removals[""], [{}], key="d", scope=scope | {"id": held["AllocationID"]})
    assert not list(client.read(ALLOCATIONS, scope=scope))


@pytest.mark.parametrize(("status", "after"), [("DRAFT", "DELETED"), ("AUTHORISED", "VOIDED")])
def test_a_bill_is_removed_by_its_status(world: Sandbox, status: str, after: str) -> None:
    """Drafts are deleted, approved bills voided."""
    client = xero(world)
    assert BILLS.create is not None
    (made,) = client.write(BILLS.create, [bill(world, "R-1", Status=status)], key="a")
    gone = {"InvoiceID": made.record["InvoiceID"]}
    (removed,) = client.write(BILLS.removals[status], [gone], key="b")
    assert removed.ok and client.read_one(BILLS, gone["InvoiceID"])["Status"] == after


def test_a_bill_keeps_its_lines_when_changed(world: Sandbox) -> None:
    """An update names the document and its lines by their ids."""
    client = xero(world)
    assert BILLS.create is not None and BILLS.update is not None
    (made,) = client.write(BILLS.create, [bill(world, "U-1")], key="a")
    line = made.record["LineItems"][0]
    kept = {"LineItemID": line["LineItemID"], "AccountCode": line["AccountCode"], "Description": "Other"}
    lines = [kept | {"Quantity": Decimal(2), "UnitAmount": Decimal(5)}]
    drawn = {"InvoiceID": made.record["InvoiceID"], "LineItems": lines}
    (changed,) = client.write(BILLS.update, [drawn], key="b")
    assert changed.record["SubTotal"] == 10
    assert [one["LineItemID"] for one in changed.record["LineItems"]] == [line["LineItemID"]]


def test_what_is_not_there_is_none(world: Sandbox) -> None:
    """Xero answers a missing record with a plain page."""
    assert xero(world).read_one(BILLS, ABSENT) is None


@pytest.mark.bad_requests
def test_a_number_is_not_an_id(world: Sandbox) -> None:
    """Xero takes a number where an id stands; another document's record is not ours."""
    client = xero(world)
    assert BILLS.create is not None
    client.write(BILLS.create, [bill(world, "D-1")], key="a")
    assert client.read_one(BILLS, "D-1") is None


def test_another_organisation_is_a_disconnection(world: Sandbox) -> None:
    """A wrong or disconnected organisation is named as such."""
    client = xero(world)
    client.external_id = ABSENT
    with pytest.raises(Disconnected) as error:
        list(client.read(ACCOUNTS))
    assert error.value.state == "wrong_organisation"
