"""The company directory: vendors, the inactive ones, their business registers and batch upserts."""

import re
from typing import Any

from integrations.sandbox.procore.company import Company
from integrations.sandbox.procore.errors import absent, bare, invalid, no_record, refused
from integrations.sandbox.procore.fields import Record, overridden
from integrations.sandbox.procore.frame import api, body_of, company_of, needed_company, part_of, writer
from integrations.sandbox.procore.lists import by_ids, by_range, by_text, one, ordered, page, passing
from integrations.sandbox.procore.places import place_error
from integrations.sandbox.routing import Answer, Refused, Request

SYNC_MAXIMUM = 1000
TEXTS = (
    "abbreviated_name",
    "address",
    "business_phone",
    "city",
    "country_code",
    "email_address",
    "fax_number",
    "labor_union",
    "license_number",
    "mobile_phone",
    "notes",
    "origin_code",
    "origin_data",
    "origin_id",
    "state_code",
    "website",
    "zip",
)
FLAGS = ("authorized_bidder", "non_union_prevailing_wage", "prequalified", "union_member")
WRITABLE = frozenset({*TEXTS, *FLAGS, "name", "trade_name", "is_active"})
_ABN_WEIGHTS = (10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)


def register_of(record: Record) -> Record | None:
    """The business register of a vendor that has a tax number."""
    if not record.get("abn"):
        return None
    status = record.get("abn_status", "active")
    return {
        "id": record["id"],
        "type": record.get("abn_type", "ABN"),
        "identifier": record["abn"],
        "verified_at": record["created_at"] if status == "active" else None,
        "verification_status": status,
    }


def render(company: Company, record: Record) -> Record:
    """A vendor in the normal view."""
    answer = {
        "id": record["id"],
        "name": record["name"],
        "attachments": [],
        "business_id": None,
        "business_register": register_of(record),
        "company": record["name"],
        "contact_count": 0,
        "created_at": record["created_at"],
        "is_active": record["is_active"],
        "is_connected": False,
        "logo": None,
        "primary_contact": record.get("primary_contact"),
        "synced_to_erp": bool(record.get("origin_id")),
        "trade_name": record.get("trade_name") or "",
        "updated_at": record["updated_at"],
        "vendor_group": None,
    }
    answer |= {name: record.get(name) for name in TEXTS}
    answer |= {name: bool(record.get(name)) for name in FLAGS}
    return overridden(answer, record)


def render_extended(company: Company, record: Record) -> Record:
    """A vendor in the extended view, the list's default."""
    extra: Record = {
        "bidding": None,
        "bidding_distribution": [],
        "children_count": 0,
        "company_vendor": True,
        "legal_name": record.get("legal_name") or record["name"],
        "parent": None,
        "project_ids": record.get("project_ids") or [],
        "standard_cost_codes": [],
        "trades": [],
    }
    return overridden({**render(company, record), **extra}, record)


def render_compact(company: Company, record: Record) -> Record:
    """A vendor's id and name."""
    return overridden({"id": record["id"], "name": record["name"]}, record)


VIEWS = {"compact": render_compact, "normal": render, "erp": render, "summary": render_compact}


def _writer(company: Company, request: Request, default: str) -> Any:
    view = request.arg("view") or default
    return writer(company, "vendors", view, VIEWS.get(view, render_extended))


@api.route("GET", "/rest/v1.0/vendors")
def list_vendors(sandbox: Any, request: Request) -> Answer:
    """The company's active vendors."""
    company = needed_company(request)
    ends = sandbox.switches.procore_range_ends_included
    found = passing(
        company.table("vendors").all(),
        [lambda record: record["is_active"]],
        by_ids(request),
        by_text(request, "origin_id"),
        by_range(request, "updated_at", ends=ends),
        by_range(request, "created_at", ends=ends),
        _by_search(request),
    )
    found = ordered(request, found, {"name": lambda record: record["name"].casefold()})
    return page(sandbox, request, found, _writer(company, request, "extended"))


def _by_search(request: Request) -> list[Any]:
    """`filters[search]` covers name, keywords, origin code and tax number."""
    sought = (one(request, "search") or "").casefold()
    if not sought:
        return []
    fields = ("name", "trade_name", "abbreviated_name", "origin_code", "abn")
    return [lambda record: any(sought in str(record.get(name) or "").casefold() for name in fields)]


@api.route("GET", "/rest/v1.0/companies/{company_id:int}/vendors/inactive")
def list_inactive(sandbox: Any, request: Request, company_id: int) -> Answer:
    """The company's inactive vendors."""
    company = company_of(request, given=company_id)
    found = [record for record in company.table("vendors") if not record["is_active"]]
    found = ordered(request, found, {"name": lambda record: record["name"].casefold()})
    return page(sandbox, request, found, _writer(company, request, "normal"))


@api.route("PATCH", "/rest/v1.0/companies/{company_id:int}/vendors/inactive/{id:int}")
def reactivate(sandbox: Any, request: Request, company_id: int, id: int) -> Answer:
    """Make an inactive vendor active again."""
    company = company_of(request, given=company_id)
    record = company.get("vendors", id)
    if record is None or record["is_active"]:
        raise absent("Vendor")
    record["is_active"] = True
    company.changed("vendors", record)
    return _shown(company, request, record)


def _shown(company: Company, request: Request, record: Record, status: int = 200) -> Answer:
    body = _writer(company, request, "extended")(record)
    return Answer(status, body, content_type="application/json; charset=utf-8")


def _visible(company: Company, id: int) -> Record:
    record = company.get("vendors", id)
    hidden = company.switches.procore_inactive_vendor_hidden
    if record is None or (hidden and not record["is_active"]):
        raise absent("Vendor")
    return record


@api.route("GET", "/rest/v1.0/vendors/{id:int}")
def show_vendor(sandbox: Any, request: Request, id: int) -> Answer:
    """One vendor."""
    company = needed_company(request)
    return _shown(company, request, _visible(company, id))


@api.route("POST", "/rest/v1.0/vendors")
def create_vendor(sandbox: Any, request: Request) -> Answer:
    """Add a vendor to the directory."""
    body = body_of(request)
    company = company_of(request, given=body.get("company_id", ""))
    sent = part_of(body, "vendor")
    _refuse_faults(faults(company, sent, None))
    record = company.add("vendors", {"is_active": True, **_taken(sent)})
    return _shown(company, request, record, 201)


@api.route("PATCH", "/rest/v1.0/vendors/{id:int}")
def update_vendor(sandbox: Any, request: Request, id: int) -> Answer:
    """Change a vendor."""
    body = body_of(request)
    company = company_of(request, given=body.get("company_id", ""))
    record, sent = _visible(company, id), part_of(body, "vendor")
    _refuse_faults(faults(company, sent, record))
    record.update(_taken(sent))
    company.changed("vendors", record)
    return _shown(company, request, record)


def _taken(sent: Record) -> Record:
    taken = {name: value for name, value in sent.items() if name in WRITABLE}
    for name in ("origin_id", "origin_data"):
        if name in taken and taken[name] is not None:
            taken[name] = str(taken[name])
    return taken


def _refuse_faults(found: dict[str, list[str]]) -> None:
    if not found:
        return
    texts = [f"{name} {message}" for name, messages in found.items() for message in messages]
    raise refused(400, ", ".join(texts), fields=",".join(found))


def faults(company: Company, sent: Record, record: Record | None) -> dict[str, list[str]]:
    """What is wrong with a vendor that was sent, messages by field."""
    found: dict[str, list[str]] = {}
    others = [other for other in company.table("vendors") if other is not record]
    name = sent.get("name", record["name"] if record else None)
    if not isinstance(name, str) or not name.strip():
        found["name"] = ["can't be blank"]
    elif "name" in sent and company.switches.procore_vendor_names_unique and _is_taken(name, others):
        found["name"] = ["has already been taken"]
    origin = sent.get("origin_id")
    if origin and any(other.get("origin_id") == str(origin) for other in others):
        found["origin_id"] = ["has already been taken"]
    for field in (*TEXTS, "trade_name"):
        if sent.get(field) is not None and not isinstance(sent[field], str):
            found[field] = ["is invalid"]
    return found | place_error({**(record or {}), **sent})


def _is_taken(name: str, others: list[Record]) -> bool:
    return any(other["is_active"] and other["name"].casefold() == name.casefold() for other in others)


def abn_is_valid(text: str) -> bool:
    """Whether eleven digits pass the ABN's check sum."""
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 11 or not re.fullmatch(r"[\d ]+", text):
        return False
    digits[0] -= 1
    return sum(weight * digit for weight, digit in zip(_ABN_WEIGHTS, digits, strict=True)) % 89 == 0


def _register_sent(company: Company, request: Request) -> Record:
    sent = part_of(body_of(request), "business_register")
    kind, identifier = sent.get("type"), sent.get("identifier")
    if kind not in ("abn", "ein"):
        raise invalid({"type": ["is not included in the list"]})
    if not isinstance(identifier, str) or not identifier:
        raise invalid({"identifier": ["can't be blank"]})
    if kind == "abn" and company.switches.procore_strict_abn and not abn_is_valid(identifier):
        raise invalid({"identifier": ["is not a valid ABN"]})
    return {"abn": identifier.replace(" ", ""), "abn_type": kind.upper(), "abn_status": "active"}


@api.route("POST", "/rest/v1.0/vendors/{id:int}/business_register")
def create_register(sandbox: Any, request: Request, id: int) -> Answer:
    """Give a vendor its tax number."""
    company = needed_company(request)
    record = company.get("vendors", id)
    if record is None:
        raise no_record("Vendor", id)
    if record.get("abn"):
        raise bare(409, message="A business register already exists for this vendor")
    record.update(_register_sent(company, request))
    company.changed("vendors", record)
    return Answer(201, register_of(record))


@api.route("PATCH", "/rest/v1.0/vendors/{id:int}/business_register")
def update_register(sandbox: Any, request: Request, id: int) -> Answer:
    """Change a vendor's tax number; it has to have one."""
    company = needed_company(request)
    record = company.get("vendors", id)
    if record is None or not record.get("abn"):
        raise no_record("BusinessRegister", id)
    record.update(_register_sent(company, request))
    company.changed("vendors", record)
    return Answer(200, register_of(record))


@api.route("PATCH", "/rest/v1.0/vendors/sync")
def sync_vendors(sandbox: Any, request: Request) -> Answer:
    """Create or update up to 1,000 vendors, each for itself."""
    body = body_of(request)
    company = company_of(request, given=body.get("company_id", ""))
    updates = body.get("updates")
    if not isinstance(updates, list) or not all(isinstance(row, dict) for row in updates):
        raise refused(400, "updates has to be a list of objects", fields="updates")
    if len(updates) > SYNC_MAXIMUM:
        raise refused(400, f"updates holds more than {SYNC_MAXIMUM} elements", fields="updates")
    entities, errors = [], []
    for sent in updates:
        try:
            entities.append(render_extended(company, _upserted(company, sent)))
        except Refused as refusal:
            errors.append({**sent, "errors": refusal.answer.body["errors"]})
    return Answer(200, {"entities": entities, "errors": errors})


def _upserted(company: Company, sent: Record) -> Record:
    """The rule of the sync table (procore.md, section 5)."""
    record = None
    if sent.get("id") is not None:
        record = company.get("vendors", sent["id"])
        if record is None:
            raise invalid({"id": ["Entity with this ID not found"]})
    elif sent.get("origin_id"):
        record = next(
            (r for r in company.table("vendors") if r.get("origin_id") == str(sent["origin_id"])), None
        )
    found = faults(company, sent, record)
    if found:
        raise invalid(found)
    if record is None:
        record = company.add("vendors", {"is_active": True, "name": sent["name"]})
    register = sent.get("business_register_attributes") or {}
    record.update(_taken(sent))
    if register.get("identifier"):
        record.update(abn=str(register["identifier"]), abn_type=str(register.get("type", "abn")).upper())
    company.changed("vendors", record)
    return record
