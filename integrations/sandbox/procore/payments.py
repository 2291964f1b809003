"""Contract payments: issued on commitments, received on prime contracts."""

from typing import Any

from integrations.sandbox.procore.claim_writes import refuse_locked, refuse_taken_origin
from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.contract_views import totals
from integrations.sandbox.procore.errors import absent, refused
from integrations.sandbox.procore.fields import Record, amount, cents, day, money, overridden, without_nulls
from integrations.sandbox.procore.frame import api, body_of, part_of, project_of, writer
from integrations.sandbox.procore.lists import page, whole
from integrations.sandbox.procore.load import add_payment
from integrations.sandbox.routing import Answer, Request

METHODS = ("check", "credit_card", "electronic")
WHOLE = ("draw_request_number", "payment_number")
TEXTS = ("invoice_number", "check_number", "notes", "origin_id", "origin_data")
FREE_WHEN_LOCKED = ("origin_id", "origin_data", "prostore_file_ids")  # procore.md, section 12
_SHOWN = (
    "id",
    "amount",
    "check_number",
    "contract_id",
    "created_at",
    "updated_at",
    "date",
    "date_payment_settled",
    "date_payment_initiated",
    "draw_request_number",
    "external_payment_id",
    "invoice_number",
    "notes",
    "payment_number",
    "project_id",
    "requisition_id",
    "origin_id",
    "origin_code",
    "origin_data",
    "status",
)


def render(company: Company, record: Record) -> Record:
    """A contract payment; how it was paid is not shown, and nothing can be null."""
    return overridden(
        without_nulls({name: record.get(name) for name in _SHOWN}) | {"attachments": []}, record
    )


def _contract(request: Request, project_id: Any, contract_id: Any) -> tuple[Company, Record]:
    company, project = project_of(request, given=project_id)
    _, contract = company.contract(whole(None if contract_id is None else str(contract_id), "contract_id"))
    if contract is None or contract["project_id"] != project["id"]:
        raise absent("Contract")
    return company, contract


def _payment(company: Company, contract: Record, id: int) -> Record:
    record = company.get("contract_payments", id)
    if record is None or record["contract_id"] != contract["id"]:
        raise absent("Contract payment")
    return record


@api.route("GET", "/rest/v1.0/contract_payments")
def list_payments(sandbox: Any, request: Request) -> Answer:
    """A contract's payments; there are no filters."""
    company, contract = _contract(request, request.arg("project_id"), request.arg("contract_id"))
    found = company.children("contract_payments", "contract_id", contract["id"])
    return page(sandbox, request, found, writer(company, "contract_payments", "", render))


@api.route("GET", "/rest/v1.0/contract_payments/{id:int}")
def show_payment(sandbox: Any, request: Request, id: int) -> Answer:
    """One payment."""
    company, contract = _contract(request, request.arg("project_id"), request.arg("contract_id"))
    return Answer(body=render(company, _payment(company, contract, id)))


@api.route("POST", "/rest/v1.0/contract_payments")
def create_payment(sandbox: Any, request: Request) -> Answer:
    """Record a payment."""
    body = body_of(request)
    company, contract = _contract(request, body.get("project_id", ""), body.get("contract_id", ""))
    fields = _taken(company, contract, part_of(body, "contract_payment"), None)
    if "amount" not in fields:
        raise refused(422, "Amount can't be blank", fields="amount")
    record = {"contract_id": contract["id"], "project_id": contract["project_id"], **fields}
    return Answer(201, render(company, add_payment(company, record)))


@api.route("PATCH", "/rest/v1.0/contract_payments/{id:int}")
def update_payment(sandbox: Any, request: Request, id: int) -> Answer:
    """Change a payment; one with an origin_id is locked but for the origin fields."""
    body = body_of(request)
    company, contract = _contract(request, body.get("project_id", ""), body.get("contract_id", ""))
    record, sent = _payment(company, contract, id), part_of(body, "contract_payment")
    _refuse_external(record)
    refuse_locked(company, record, sent, free=FREE_WHEN_LOCKED)
    record.update(_taken(company, contract, sent, record))
    company.changed("contract_payments", record)
    return Answer(200, render(company, record))


@api.route("DELETE", "/rest/v1.0/contract_payments/{id:int}")
def delete_payment(sandbox: Any, request: Request, id: int) -> Answer:
    """Delete a payment for good, unless it is locked."""
    company, contract = _contract(request, request.arg("project_id"), request.arg("contract_id"))
    record = _payment(company, contract, id)
    _refuse_external(record)
    refuse_locked(company, record, {"deleted": True})
    company.remove("contract_payments", record)
    return Answer(200, {})


def _refuse_external(record: Record) -> None:
    if record.get("external_payment_id"):
        raise refused(
            422, "Payments made through Procore Pay cannot be changed", fields="external_payment_id"
        )


def _taken(company: Company, contract: Record, sent: Record, record: Record | None) -> Record:
    """The fields to keep; raises Refused."""
    refuse_taken_origin(company, "contract_payments", record, sent)
    fields: Record = {name: None if sent[name] is None else str(sent[name]) for name in TEXTS if name in sent}
    if "date" in sent:
        fields["date"] = day(sent["date"])
    for name in WHOLE:
        if sent.get(name) is not None:
            fields[name] = whole(str(sent[name]), name)
    if sent.get("payment_method") is not None:
        if sent["payment_method"] not in METHODS:
            raise refused(
                400, f"'{sent['payment_method']}' is not a valid payment_method", fields="payment_method"
            )
        fields["payment_method"] = sent["payment_method"]
    if sent.get("requisition_id") is not None:
        fields["requisition_id"] = _claim_id(company, contract, sent["requisition_id"])
    if "amount" in sent:
        fields["amount"] = _amount(company, contract, sent["amount"], record)
    return fields


def _claim_id(company: Company, contract: Record, id: Any) -> Any:
    claim = company.get("requisitions", id)
    if claim is None or claim["commitment_id"] != contract["id"]:
        raise refused(422, "The requisition belongs to another contract", fields="requisition_id")
    return id


def _amount(company: Company, contract: Record, value: Any, record: Record | None) -> str | None:
    try:
        found = amount(value)
    except ValueError as error:
        raise refused(400, "amount is not a number", fields="amount") from error
    if found != cents(found):
        raise refused(400, "amount has more than two decimals", fields="amount")
    switches = company.switches
    if found < 0 and not switches.procore_negative_payments:
        raise refused(422, "Amount must be greater than or equal to 0", fields="amount")
    if not switches.procore_overpayments:
        sums = totals(company, contract)
        if sums["paid"] + found - amount((record or {}).get("amount")) > sums["revised"]:
            raise refused(422, "Payments exceed the contract", fields="amount")
    return money(found)
