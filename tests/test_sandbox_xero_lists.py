"""Lists, contacts, groups, tracking and items of the simulated Xero, and the acts of its users, over real
HTTP.
"""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from integrations.sandbox.server import Sandbox
from tests.xero_caller import AYR, BONDI, TENANT, WORLD, Caller, bill

NAMED = (
    "The contact name {} is already assigned to another contact. The contact name must be unique"
    " across all active contacts."
)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    running = Sandbox(token="lists")
    running.load(WORLD)
    running.clock.set(speed=0)
    running.switches.limits = False
    running.start()
    yield running
    running.stop()


@pytest.fixture
def caller(sandbox: Sandbox) -> Caller:
    return Caller(sandbox)


def later(sandbox: Sandbox, seconds: float = 1) -> None:
    sandbox.clock.set(now=sandbox.clock.now() + timedelta(seconds=seconds))


def numbers(answer: dict[str, Any]) -> list[str]:
    return [row["InvoiceNumber"] for row in answer["Invoices"]]


def bills(caller: Caller, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = caller.put("Invoices", {"Invoices": list(rows)})["Invoices"]
    return made


def test_pages_hold_lines_and_lists_without_pages_do_not(caller: Caller) -> None:
    bills(caller, *(bill(f"N-{n}") for n in range(5)))
    page = caller.get("Invoices", page=2, pageSize=2)
    assert page["pagination"] == {"page": 2, "pageSize": 2, "pageCount": 3, "itemCount": 5}
    assert len(page["Invoices"]) == 2
    assert page["Invoices"][0]["LineItems"]
    whole = caller.get("Invoices")
    assert "pagination" not in whole
    assert [row["LineItems"] for row in whole["Invoices"]] == [[]] * 5
    summary = caller.get("Invoices", summaryOnly="true")
    assert summary["pagination"]["pageSize"] == 100
    assert not {"LineItems", "Payments"} & set(summary["Invoices"][0])
    assert caller.get("Invoices", page=9)["Invoices"] == []


@pytest.mark.parametrize(
    ("asked", "size", "number"),
    [
        ({"page": 1, "pageSize": 9999}, 1000, 1),
        ({"page": 0, "pageSize": 0}, 1, 1),
        ({"page": -3}, 100, 1),
        ({"page": "x"}, 100, 1),
    ],
)
def test_paging_out_of_range_is_moved_into_it(
    caller: Caller, asked: dict[str, Any], size: int, number: int
) -> None:
    pagination = caller.get("Invoices", **asked)["pagination"]
    assert (pagination["pageSize"], pagination["page"]) == (size, number)


def test_invoices_come_in_order_of_update(sandbox: Sandbox, caller: Caller) -> None:
    made = bills(caller, bill("A"), bill("B"), bill("C"))
    later(sandbox)
    caller.post(f"Invoices/{made[0]['InvoiceID']}", {"DueDate": "2026-12-01"})
    assert numbers(caller.get("Invoices", page=1))[-1] == "A"
    ordered = caller.get("Invoices", page=1, order="UpdatedDateUTC DESC, InvoiceID ASC")
    assert numbers(ordered)[0] == "A"
    assert numbers(caller.get("Invoices", page=1, order="InvoiceNumber")) == ["A", "B", "C"]


def test_if_modified_since_compares_whole_seconds(sandbox: Sandbox, caller: Caller) -> None:
    bills(caller, bill("OLD"))
    later(sandbox, 10)
    bills(caller, bill("NEW"))
    at = sandbox.clock.now()

    def since(text: str) -> list[str]:
        return numbers(caller.good(caller.call("GET", "Invoices", headers={"If-Modified-Since": text})))

    assert since((at - timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%S")) == ["NEW"]
    assert since((at - timedelta(seconds=2)).strftime("%a, %d %b %Y %H:%M:%S GMT")) == ["NEW"]
    assert since(at.strftime("%Y-%m-%dT%H:%M:%SZ")) == []
    sandbox.switches.modified_since_inclusive = True
    assert since(at.strftime("%Y-%m-%dT%H:%M:%SZ")) == ["NEW"]
    assert since((at + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S")) == []


def test_filters_by_lists_of_values(caller: Caller) -> None:
    made = bills(caller, bill("A"), bill("B", Status="DRAFT"), bill("C", Contact={"ContactID": BONDI}))
    assert numbers(
        caller.get(
            "Invoices", IDs=f"{made[0]['InvoiceID']},{made[2]['InvoiceID']}", page=1, order="InvoiceNumber"
        )
    ) == ["A", "C"]
    assert sorted(numbers(caller.get("Invoices", InvoiceNumbers="a,B"))) == ["A", "B"]
    assert numbers(caller.get("Invoices", ContactIDs=BONDI)) == ["C"]
    assert numbers(caller.get("Invoices", Statuses="DRAFT,SUBMITTED")) == ["B"]
    assert numbers(caller.get("Invoices", ContactIDs=AYR, Statuses="DRAFT")) == ["B"]
    assert numbers(caller.get("Invoices", searchTerm="bondi")) == ["C"]
    assert len(numbers(caller.get("Invoices", createdByMyApp="true"))) == 3


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ('Type=="ACCPAY" AND Status=="AUTHORISED"', "AC"),
        ('Status=="DRAFT" OR Total>2000', "BC"),
        ('(Status=="DRAFT" || Total > 2000) && InvoiceNumber!="B"', "C"),
        ("Date>=DateTime(2026,11,02)", "B"),
        ("Date>DateTime(2026, 10, 31) AND Date < DateTime(2026,11,2)", "AC"),
        (f'Contact.ContactID==Guid("{BONDI}")', "C"),
        ('Contact.Name=="BONDI steel"', "C"),
        ('InvoiceNumber.StartsWith("A")', "A"),
        ('InvoiceNumber.Contains("B")', "B"),
        ('InvoiceNumber.ToLower()=="c"', "C"),
        ("AmountDue>=1100 AND AmountPaid=0", "ABC"),
        ("FullyPaidOnDate==null", "ABC"),
        ("DueDate!=null", "ABC"),
        ('InvoiceNumber=="none"', ""),
    ],
)
def test_where_keeps_what_it_says(caller: Caller, where: str, found: str) -> None:
    big = [{"Description": "Steel", "Quantity": 2, "UnitAmount": 1000, "AccountCode": "310"}]
    bills(
        caller,
        bill("A"),
        bill("B", Status="DRAFT", Date="2026-11-02"),
        bill("C", Contact={"ContactID": BONDI}, LineItems=big),
    )
    assert sorted(numbers(caller.get("Invoices", where=where, page=1))) == list(found)


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (f'Contact.ContactID=="{AYR}"', "Operator '==' incompatible with operand types 'Guid' and 'String'"),
        ('Status=="A" AND ()', "Syntax error"),
        ('Colour=="red"', "No property or field 'Colour' exists in type 'Invoice'"),
        ('Contact.Name=="say "hi""', "Syntax error"),
        ("Status==", "Syntax error"),
        ("(Status==null", "')' expected"),
        ("Total", "Expression of type 'Boolean' expected"),
        ("Date>=DateTime(2026,13,1)", "Syntax error"),
    ],
)
def test_bad_where_is_error_16(caller: Caller, where: str, message: str) -> None:
    answer = caller.call("GET", "Invoices", where=where)
    assert answer.status_code == 400
    assert answer.json() == {"ErrorNumber": 16, "Type": "QueryParseException", "Message": message}


def test_contacts_are_made_found_and_changed(caller: Caller) -> None:
    made = caller.put(
        "Contacts",
        {"Contacts": [{"Name": "Coogee Tiles", "ContactNumber": "V-9", "TaxNumber": "51824753556"}]},
    )
    id = made["Contacts"][0]["ContactID"]
    assert [address["AddressType"] for address in made["Contacts"][0]["Addresses"]] == ["STREET", "POBOX"]
    assert caller.get("Contacts/V-9")["Contacts"][0]["ContactID"] == id
    moved = {"Name": "Coogee Tiles", "Addresses": [{"AddressType": "STREET", "City": "Coogee"}]}
    changed = caller.post("Contacts", moved)["Contacts"][0]
    assert (changed["ContactID"], changed["TaxNumber"], changed["Addresses"][0]["City"]) == (
        id,
        "51824753556",
        "Coogee",
    )
    assert (
        caller.post(f"Contacts/{id}", {"EmailAddress": "x@y.example"})["Contacts"][0]["Name"]
        == "Coogee Tiles"
    )
    assert caller.call("POST", f"Contacts/{TENANT}", {"Name": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({"Name": "Ayr Concreting"}, NAMED.format("Ayr Concreting")),
        ({"Name": "ÁYR concreting"}, NAMED.format("ÁYR concreting")),
        ({"Name": " Lead"}, "The contact name cannot contain leading, trailing or double spaces."),
        ({"Name": "A <b>"}, "The contact name cannot contain angle brackets."),
        ({}, "The contact name must be specified."),
        ({"Name": "x" * 256}, "The Name cannot be longer than 255 characters."),
        ({"Name": "E", "EmailAddress": "no address"}, "Email address must be valid."),
        ({"Name": "E", "ContactNumber": "V-1"}, "The Contact Number already exists."),
        ({"Name": "E", "AccountNumber": "9" * 51}, "The AccountNumber cannot be longer than 50 characters."),
        ({"Name": "E", "Addresses": [{"City": "x" * 256}]}, "The City cannot be longer than 255 characters."),
        ({"Name": "E", "ContactPersons": [{}] * 6}, "A contact can have at most 5 contact persons."),
    ],
)
def test_a_bad_contact_is_refused(caller: Caller, sent: dict[str, Any], message: str) -> None:
    assert caller.faults("PUT", "Contacts", {"Contacts": [sent]}) == [message]


def test_a_batch_of_contacts_tells_each_ones_fate(caller: Caller) -> None:
    sent = {"Contacts": [{"Name": "One"}, {"Name": "Ayr Concreting"}, {"Name": "one"}]}
    rows = caller.put("Contacts", sent, summarizeErrors="false")["Contacts"]
    assert [row["StatusAttributeString"] for row in rows] == ["OK", "ERROR", "ERROR"]
    assert rows[2]["HasValidationErrors"] is True
    assert len(caller.get("Contacts", page=1)["Contacts"]) == 3


def test_archived_contacts_hide_free_their_name_and_refuse_documents(
    sandbox: Sandbox, caller: Caller
) -> None:
    sandbox.act("archive_contact", contact="Ayr Concreting")
    assert [c["Name"] for c in caller.get("Contacts")["Contacts"]] == ["Bondi Steel"]
    assert len(caller.get("Contacts", includeArchived="true")["Contacts"]) == 2
    assert caller.get(f"Contacts/{AYR}")["Contacts"][0]["ContactStatus"] == "ARCHIVED"
    for contact in ({"ContactID": AYR}, {"Name": "Ayr Concreting"}):
        answer = caller.call("PUT", "Invoices", bill(Contact=contact))
        element = answer.json()["Elements"][0]
        assert element["ValidationErrors"][0]["Message"].startswith(
            "The contact with the specified contact details has"
        )
        assert element["Contact"]["ValidationErrors"]
    caller.put("Contacts", {"Name": "Ayr Concreting"})
    with pytest.raises(ValueError, match="already assigned"):
        sandbox.act("unarchive_contact", contact=AYR)


def test_a_contact_named_in_a_bill_is_made_or_changed(caller: Caller) -> None:
    made = bills(caller, bill(Contact={"Name": "Dee Why Doors", "EmailAddress": "d@d.example"}))[0]
    known = bills(caller, bill(Contact={"Name": "dee why doors"}))[0]
    assert known["Contact"]["ContactID"] == made["Contact"]["ContactID"]
    assert caller.faults("PUT", "Invoices", bill(Contact={"ContactID": AYR, "Name": "Bondi Steel"})) == [
        NAMED.format("Bondi Steel")
    ]
    caller.put("Invoices", bill(Contact={"ContactID": AYR, "TaxNumber": "1"}))
    assert caller.get(f"Contacts/{AYR}")["Contacts"][0]["TaxNumber"] == "1"


def test_merging_moves_documents_and_points_to_the_other(sandbox: Sandbox, caller: Caller) -> None:
    bills(caller, bill("A"))
    sandbox.act("merge_contacts", contact=AYR, into="Bondi Steel")
    gone = caller.get(f"Contacts/{AYR}")["Contacts"][0]
    assert (gone["ContactStatus"], gone["MergedToContactID"]) == ("ARCHIVED", BONDI)
    assert caller.get("Invoices")["Invoices"][0]["Contact"]["ContactID"] == BONDI
    paged = caller.get("Contacts", page=1, includeArchived="true", IDs=AYR)["Contacts"]
    assert paged[0]["MergedToContactID"] == BONDI


def test_a_renamed_contact_shows_in_its_bills_and_roles_follow(sandbox: Sandbox, caller: Caller) -> None:
    bills(caller, bill("A"))
    caller.get("Invoices", page=1)
    sandbox.act("rename_contact", contact=AYR, name="Ayr & Sons")
    assert caller.get("Invoices", page=1)["Invoices"][0]["Contact"]["Name"] == "Ayr & Sons"
    contact = caller.get(f"Contacts/{AYR}")["Contacts"][0]
    assert (contact["IsSupplier"], contact["IsCustomer"]) == (True, False)
    assert contact["Balances"]["AccountsPayable"]["Outstanding"] == 1100


def test_contact_groups_hold_their_members(sandbox: Sandbox, caller: Caller) -> None:
    group = caller.put("ContactGroups", {"ContactGroups": [{"Name": "Procore"}]})["ContactGroups"][0]
    path = f"ContactGroups/{group['ContactGroupID']}"
    caller.put(f"{path}/Contacts", {"Contacts": [{"ContactID": AYR}, {"ContactID": BONDI}]})
    assert [c["Name"] for c in caller.get(path)["ContactGroups"][0]["Contacts"]] == [
        "Ayr Concreting",
        "Bondi Steel",
    ]
    assert caller.get("ContactGroups")["ContactGroups"][0]["Contacts"] == []
    assert caller.get(f"Contacts/{AYR}")["Contacts"][0]["ContactGroups"][0]["Name"] == "Procore"
    assert caller.call("DELETE", f"{path}/Contacts/{AYR}").status_code == 204
    sandbox.act("remove_contact_from_group", contact=BONDI, group="Procore")
    assert caller.get(path)["ContactGroups"][0]["Contacts"] == []
    sandbox.act("add_contact_to_group", contact=AYR, group="Procore")
    assert len(caller.get(path)["ContactGroups"][0]["Contacts"]) == 1
    caller.faults("PUT", "ContactGroups", {"Name": "Procore"})


def test_tracking_has_its_limits(sandbox: Sandbox, caller: Caller) -> None:
    def category(name: str) -> str:
        return str(
            caller.put("TrackingCategories", {"Name": name})["TrackingCategories"][0]["TrackingCategoryID"]
        )

    first, second = category("Job"), category("Cost type")
    assert caller.faults("PUT", "TrackingCategories", {"Name": "Third"}) == [
        "There can be at most two active tracking categories."
    ]
    for id in (first, second):
        caller.post(f"TrackingCategories/{id}", {"Status": "ARCHIVED"})
    third, _ = category("Third"), category("Fourth")
    assert caller.faults("PUT", "TrackingCategories", {"Name": "Fifth"})[0].startswith(
        "There can be at most four"
    )
    assert caller.faults("POST", f"TrackingCategories/{first}", {"Status": "ACTIVE"})[0].startswith(
        "There can be at most two"
    )
    assert len(caller.get("TrackingCategories")["TrackingCategories"]) == 2
    assert len(caller.get("TrackingCategories", includeArchived="true")["TrackingCategories"]) == 4
    sandbox.switches.most_tracking_options = 2
    path = f"TrackingCategories/{third}/Options"
    made = caller.put(path, {"Name": "One"})["Options"][0]
    assert made["Status"] == "ACTIVE"
    assert caller.faults("PUT", path, {"Name": "one"}) == [
        "For each specified tracking option the name must be unique"
    ]
    caller.put(path, {"Name": "Two"})
    assert caller.faults("PUT", path, {"Name": "Three"}) == [
        "There can be at most 2 active options in a tracking category."
    ]
    caller.post(f"{path}/{made['TrackingOptionID']}", {"Status": "ARCHIVED"})
    caller.put(path, {"Name": "Three"})
    assert caller.call("PUT", path, {"Name": "Blank "}).status_code == 500
    assert caller.call("PUT", f"TrackingCategories/{TENANT}/Options", {"Name": "x"}).status_code == 500
    assert caller.faults("PUT", path, {"Name": "x" * 101})[0].endswith("longer than 100 characters.")


def test_options_on_lines_are_renamed_dropped_or_refused(sandbox: Sandbox, caller: Caller) -> None:
    category = caller.put("TrackingCategories", {"Name": "Job"})["TrackingCategories"][0]
    path = f"TrackingCategories/{category['TrackingCategoryID']}"
    option = caller.put(f"{path}/Options", {"Name": "J-1"})["Options"][0]

    def tracked(*tracking: dict[str, str]) -> dict[str, Any]:
        row = {
            "Description": "x",
            "Quantity": 1,
            "UnitAmount": 1,
            "AccountCode": "310",
            "Tracking": list(tracking),
        }
        return bill("T", LineItems=[row])

    ids = {
        "TrackingCategoryID": category["TrackingCategoryID"],
        "TrackingOptionID": option["TrackingOptionID"],
    }
    for pair in (ids, {"Name": "Job", "Option": "J-1"}):
        assert bills(caller, tracked(pair))[0]["LineItems"][0]["Tracking"] == [
            {**ids, "Name": "Job", "Option": "J-1"}
        ]
    sandbox.act("rename_option", category="Job", option="J-1", name="J-1b")
    assert caller.get("Invoices", page=1)["Invoices"][0]["LineItems"][0]["Tracking"][0]["Option"] == "J-1b"
    caller.faults("DELETE", f"{path}/Options/{option['TrackingOptionID']}", None)
    sandbox.act("archive_option", category="Job", option="J-1b")
    caller.faults("PUT", "Invoices", tracked(ids))
    sandbox.switches.drop_invalid_tracking = True
    assert bills(caller, tracked(ids))[0]["LineItems"][0]["Tracking"] == []
    spare = caller.put(f"{path}/Options", {"Name": "Spare"})["Options"][0]
    assert caller.good(caller.call("DELETE", f"{path}/Options/{spare['TrackingOptionID']}"))["Options"][0][
        "IsDeleted"
    ]


def test_items_are_made_and_used(caller: Caller) -> None:
    item = {
        "Code": "03-300-M",
        "Name": "Concrete",
        "PurchaseDetails": {"UnitPrice": "1.50", "AccountCode": "310"},
    }
    made = caller.put("Items", {"Items": [item]})["Items"][0]
    assert caller.faults("PUT", "Items", {"Items": [item]}) == [
        "Price List Item with Code '03-300-M' already exists"
    ]
    assert caller.post("Items", {"Items": [item | {"Name": "Mix"}]})["Items"][0]["ItemID"] == made["ItemID"]
    assert caller.get("Items/03-300-M")["Items"][0]["Name"] == "Mix"
    row = {"Description": "x", "Quantity": 1, "UnitAmount": 1, "AccountCode": "310", "ItemCode": "none"}
    assert caller.faults("PUT", "Invoices", bill(LineItems=[row])) == ["Item code 'none' is not valid"]


def test_acts_are_those_of_a_bookkeeper(sandbox: Sandbox, caller: Caller) -> None:
    bills(
        caller,
        bill("D", Status="DRAFT", DueDate=None),
        bill("P"),
        bill("Q"),
        bill("C"),
        bill("V"),
        bill("X", Status="DRAFT"),
    )
    assert sandbox.act("approve_bill", bill="D", due="2026-12-01")["Status"] == "AUTHORISED"
    sandbox.act("edit_bill", bill="D", account="320", date="2026-11-05", amount="900.50")
    edited = caller.get("Invoices/D")["Invoices"][0]
    assert (edited["SubTotal"], edited["LineItems"][0]["AccountCode"], edited["DateString"][:10]) == (
        900.5,
        "320",
        "2026-11-05",
    )
    assert sandbox.act("pay_bill", bill="P", amount="100")["Amount"] == 100
    sandbox.act("edit_bill", bill="P", account="330")
    with pytest.raises(ValueError, match="cannot be edited"):
        sandbox.act("edit_bill", bill="P", amount=5)
    assert sandbox.act("delete_payment", bill="P")["Status"] == "DELETED"
    assert sandbox.act("batch_pay", bills=["P", "Q"])["Status"] == "AUTHORISED"
    assert sandbox.act("credit_bill", bill="C", amount="110")["Total"] == 110
    assert caller.get("Invoices/C")["Invoices"][0]["AmountDue"] == 990
    assert sandbox.act("void_bill", bill="V")["Status"] == "VOIDED"
    assert sandbox.act("delete_bill", bill="X")["Status"] == "DELETED"
    sandbox.act("edit_contact", contact=AYR, fields={"TaxNumber": "2"})
    with pytest.raises(LookupError):
        sandbox.act("pay_bill", bill="none")


def test_the_trial_balance_balances(sandbox: Sandbox) -> None:
    caller = Caller(sandbox, "accounting.reports.trialbalance.read accounting.invoices")
    caller.put("Invoices", bill())
    rows = caller.get("Reports/TrialBalance")["Reports"][0]["Rows"]
    cells = {c[0]["Value"]: c[1:3] for s in rows for r in s.get("Rows", ()) if (c := r["Cells"])}
    assert cells["Cost of works (310)"][0]["Value"] == "1000.00"
    assert cells["Accounts payable (800)"][1]["Value"] == "1100.00"
    assert cells["GST (820)"][0]["Value"] == "100.00"


def test_a_page_of_twenty_thousand_bills_comes_fast(sandbox: Sandbox) -> None:
    organisation = WORLD["xero"]["organisations"][0]
    many = [bill(f"M-{n}") for n in range(20_000)]
    sandbox.load({"xero": {"organisations": [organisation | {"Invoices": many}]}})
    sandbox.switches.limits = False
    caller = Caller(sandbox)
    for query in (
        {"page": 7},
        {"page": 7, "where": 'Type=="ACCPAY" AND Status=="AUTHORISED"'},
        {"page": 7, "Statuses": "AUTHORISED"},
    ):
        caller.get("Invoices", **query)
        started = time.perf_counter()
        caller.call("GET", "Invoices", **query)
        assert time.perf_counter() - started < 0.25  # 30 ms by itself; the machine may be busy


def test_an_archived_account_takes_no_lines_until_it_is_restored(sandbox: Sandbox) -> None:
    shown = sandbox.act("archive_account", code="310")
    assert shown["Status"] == "ARCHIVED"
    held = {one["Code"]: one["Status"] for one in sandbox.records("xero", "Accounts") if one.get("Code")}
    assert held["310"] == "ARCHIVED"
    assert sandbox.act("archive_account", code="310", restore=True)["Status"] == "ACTIVE"
    with pytest.raises(LookupError, match="no account 999999"):
        sandbox.act("archive_account", code="999999")
