"""Worlds for the simulated Procore: the few facts a world names, and what is filled in.

Every record is a dict; money is a string ("1250.00"), days "YYYY-MM-DD", moments "YYYY-MM-DDTHH:MM:SSZ". `*`
marks what is needed. `id` may be left out of any record nobody refers to; given ids stay below 10**14 and are
unique per kind (contracts of all types share one kind). `created_at`, `updated_at` default to the sandbox's
present; `answer_overrides: {"path.to.field": value}` makes any record answer nonsense in that field. Fields
of the API not named here are taken as given and shown.

company: id* name* is_active zone web_base_url currency_iso_code=AUD permitted_project_ids=all connected=true
    project_stages standard_cost_code_lists standard_cost_codes line_item_types tax_codes vendors people
    timecard_time_types projects
project_stages: id* name* category
standard_cost_code_lists: id* name* (left out: one list, id 1, "Standard")
standard_cost_codes: id* code* name* parent_id origin_id standard_cost_code_list_id=the first list's; `code`
    is the part after the parent's, `full_code` is made ("03" + "100" -> "03-100") unless given
line_item_types: id* code* name* base_type=other
tax_codes: id* code* description rate1="10" archived=false default_tax_code=false origin_id origin_data
vendors: id* name* is_active=true abn abn_status=active email_address business_phone address city state_code
    zip country_code=AU origin_id origin_code origin_data notes trade_name legal_name
people: id* first_name* last_name* is_employee=true employee_id user_id
timecard_time_types: id* time_type*
projects: id* name* project_number active=true stage (name) or project_stage_id origin_id total_value
    start_date completion_date custom_fields; then its own records:
  cost_codes: id* code* name* or standard_cost_code_id (code and name are taken from there); parent_id
      full_code line_item_type_ids=all
  billing_periods: id* start_date* end_date* due_date* status=closed
  work_order_contracts, purchase_order_contracts: id* number* title vendor_id (null allowed) status=Approved
      accounting_method=amount executed=true contract_date retainage_percent="10.00" deleted_at custom_fields
      line_items: id* amount* cost_code_id line_item_type_id tax_code_id description quantity unit_cost uom
      (amount left out: quantity * unit_cost); for accounting_method unit the unit_cost is the price
  change_order_packages: id* contract_id* number* title status=approved reviewed_at line_items (as above)
  commitment_change_orders: id* contract_id* number* title status=approved grand_total legacy_package_id
      line_items
  requisitions: id* commitment_id* number=next items* invoice_number billing_date period_id status=approved
      requisition_start requisition_end (from the period) payment_date due_date submitted_at
      approved_at (a history row of the approval is made at that moment) change_histories final comment
      invoice_type erp_status total_claimed_amount tax_applicable_to_this_payment custom_fields origin_id
      move_materials_to_previous_work_completed=false summary_overrides attachments
  attachments (of requisitions, payment_applications and direct_costs): id* filename* content_type text
      content (base64) size (bytes, at least)
  items of a requisition: line_item_id* item_type=contract_item (change_order_item for a line of a change
      order package), and this claim's own movements, all "0.00" unless given:
        work_completed_this_period (or work_completed_this_period_quantity with unit accounting)
        materials_presently_stored (the balance on site now; left out: as the claim before)
        work_completed_retainage_retained_this_period, work_completed_retainage_released_this_period
        materials_stored_retainage_new_materials (held on materials now)
        materials_stored_retainage_released_this_period
        opening_work_completed, opening_work_retainage (before the contract's first claim here)
        subcontractor_claimed_amount comment status
      Rows for the contract's other lines are added, unless items is [] (a claim with no lines). Figures to
      date and the summary are computed (claims.py).
  contract_payments: id contract_id* amount* date* requisition_id invoice_number check_number payment_number
      notes draw_request_number payment_method origin_id external_payment_id status
  prime_contracts: id* number* title vendor_id status=Approved line_items (as above)
  payment_applications: id* contract_id* number* status=approved billing_date period_id total_amount_paid,
      items as for requisitions
  direct_costs: id* direct_cost_type=invoice status=approved direct_cost_date vendor_id invoice_number
      description origin_id line_items (amount* cost_code_id line_item_type_id tax_code_id description
      quantity unit_cost uom)
  wbs_codes: cost_code_id* line_item_type_id* (besides those that lines use)
  timecard_entries: id date* hours party_id timecard_time_type_id cost_code_id line_item_type_id description
      approval_status=pending
"""

import gc
from collections.abc import Mapping
from functools import partial
from itertools import count
from typing import Any

from integrations.sandbox.procore.budget_codes import wbs_code
from integrations.sandbox.procore.claims import complete_items
from integrations.sandbox.procore.company import COMMITMENT_TYPES, FIRST_NEW_ID, Company
from integrations.sandbox.procore.fields import ZERO, Record, amount, cents, money
from integrations.sandbox.procore.labour import add_entry

LARGE_WORLD = 5000  # claims
APPROVED = ("approved", "approved_as_noted")
DEFAULT_USER = {"id": 101, "login": "office@example.com", "name": "Office user"}
_OWN = (
    "project_stages",
    "standard_cost_code_lists",
    "standard_cost_codes",
    "line_item_types",
    "tax_codes",
    "vendors",
    "people",
    "timecard_time_types",
    "projects",
)
_BELOW_PROJECT = (
    "cost_codes",
    "billing_periods",
    "work_order_contracts",
    "purchase_order_contracts",
    "prime_contracts",
    "change_order_packages",
    "commitment_change_orders",
    "requisitions",
    "contract_payments",
    "payment_applications",
    "direct_costs",
    "wbs_codes",
    "timecard_entries",
)


def load(sandbox: Any, world: Mapping[str, Any]) -> None:
    """Replace every company by those of `{"companies": [...]}`."""
    numbers = count(FIRST_NEW_ID)
    users = sandbox.oauth.users.get("procore") or [dict(DEFAULT_USER)]
    sandbox.procore = {}
    for facts in world.get("companies") or ():
        own = {name: value for name, value in facts.items() if name not in _OWN}
        company = Company(own, sandbox.clock, numbers, sandbox.switches)
        company.users = users
        company.address = partial(getattr, sandbox, "address")
        sandbox.procore[company.id] = company
        _fill(company, facts)
    if sum(len(company.table("requisitions")) for company in sandbox.procore.values()) > LARGE_WORLD:
        # Left to the collector, a large world costs half a second now and then.
        gc.collect()
        gc.freeze()


def _fill(company: Company, facts: Mapping[str, Any]) -> None:
    if not facts.get("standard_cost_code_lists"):
        company.add("standard_cost_code_lists", {"id": 1, "name": "Standard"})
    for kind in _OWN[:-1]:
        for record in facts.get(kind) or ():
            ADDERS[kind](company, dict(record))
    for given in facts.get("projects") or ():
        project = {name: value for name, value in given.items() if name not in _BELOW_PROJECT}
        add_project(company, project)
        for kind in _BELOW_PROJECT:
            for record in given.get(kind) or ():
                ADDERS[kind](company, {**record, "project_id": project["id"]})


def _adder(kind: str, **defaults: Any) -> Any:
    def add(company: Company, record: Record) -> Record:
        return company.add(kind, {**defaults, **record})

    return add


def add_standard_cost_code(company: Company, record: Record) -> Record:
    """A standard code; `full_code` is made from the parent's."""
    record.setdefault("standard_cost_code_list_id", company.table("standard_cost_code_lists").all()[0]["id"])
    parent = company.get("standard_cost_codes", record.get("parent_id"))
    record.setdefault("full_code", f"{parent['full_code']}-{record['code']}" if parent else record["code"])
    return company.add("standard_cost_codes", record)


def add_project(company: Company, record: Record) -> Record:
    """A project; its stage may be given by name and is made when the company has none of that name."""
    stage = record.pop("stage", None)
    if stage is not None:
        found = next((s for s in company.table("project_stages") if s["name"] == stage), None)
        record["project_stage_id"] = (found or company.add("project_stages", {"name": stage}))["id"]
    return company.add("projects", {"active": True, **record})


def add_cost_code(company: Company, record: Record) -> Record:
    """A project cost code, taken from a standard one where that is named."""
    standard = company.get("standard_cost_codes", record.get("standard_cost_code_id")) or {}
    for name in ("code", "name", "full_code"):
        if standard:
            record.setdefault(name, standard[name])
    parent = company.get("cost_codes", record.get("parent_id"))
    record.setdefault("full_code", f"{parent['full_code']}-{record['code']}" if parent else record["code"])
    return company.add("cost_codes", record)


def add_contract(company: Company, kind: str, record: Record) -> Record:
    """A commitment or prime contract with its schedule of values."""
    record = {"status": "Approved", "accounting_method": "amount", "executed": True, **record}
    record["line_items"] = [
        fill_line(company, line, n) for n, line in enumerate(record.get("line_items") or (), 1)
    ]
    return company.add(kind, record)


def add_change_order(company: Company, kind: str, record: Record) -> Record:
    """A change order package, or one of the newer change orders, with its lines."""
    record = {"status": "approved", **record}
    record["line_items"] = [
        fill_line(company, line, n) for n, line in enumerate(record.get("line_items") or (), 1)
    ]
    return company.add(kind, record)


def fill_line(company: Company, line: Mapping[str, Any], position: int) -> Record:
    """A schedule line with id, position and amount."""
    filled = {"position": position, **line}
    if filled.get("id") is None:
        filled["id"] = company.next_id()
    if filled.get("amount") is None:
        filled["amount"] = money(cents(amount(filled.get("quantity")) * amount(filled.get("unit_cost"))))
    return filled


def add_requisition(company: Company, record: Record) -> Record:
    """A claim; rows for lines it does not name, dates and the row of its approval are added."""
    kind, contract = company.contract(record["commitment_id"])
    earlier = company.children("requisitions", "commitment_id", record["commitment_id"])
    record = {
        "status": "approved",
        "commitment_type": COMMITMENT_TYPES.get(kind or "", "WorkOrderContract"),
        **record,
    }
    record.setdefault("project_id", contract["project_id"] if contract else None)
    record.setdefault("number", max((claim["number"] for claim in earlier), default=0) + 1)
    period = company.get("billing_periods", record.get("period_id")) or {}
    record.setdefault("requisition_start", period.get("start_date"))
    record.setdefault("requisition_end", period.get("end_date"))
    record["items"] = [fill_item(company, item) for item in record.get("items") or ()]
    histories, approved_at = record.pop("change_histories", None), record.pop("approved_at", None)
    company.add("requisitions", record)
    complete_items(company, record)
    if histories is None and record["status"] in APPROVED:
        histories = [
            {
                "column": "status",
                "old_value": "under_review",
                "new_value": record["status"],
                "created_at": approved_at or record["updated_at"],
            }
        ]
    for row in histories or ():
        add_history(company, record, **row)
    return record


def fill_item(company: Company, item: Mapping[str, Any]) -> Record:
    """A claim's row with id and type; its amounts are checked to be amounts. Raises ValueError."""
    filled = {"item_type": "contract_item", **item}
    if filled.get("id") is None:
        filled["id"] = company.next_id()
    for name, value in item.items():
        if name.startswith(("work_", "materials_", "opening_")):
            amount(value)
    return filled


def add_history(
    company: Company, claim: Record, *, column: str, old_value: Any, new_value: Any, **more: Any
) -> Record:
    """A row of a claim's change history."""
    user = company.users[0]
    return company.add(
        "change_histories",
        {
            "column": column,
            "old_value": str(old_value or ""),
            "new_value": str(new_value or ""),
            "action_by": user["name"],
            "action_by_id": user["id"],
            "ref_id": claim["id"],
            "ref_type": "Requisition",
            **more,
        },
    )


def add_payment(company: Company, record: Record) -> Record:
    """A contract payment, numbered after the contract's others."""
    others = company.children("contract_payments", "contract_id", record["contract_id"])
    record.setdefault(
        "payment_number", max((row.get("payment_number") or 0 for row in others), default=0) + 1
    )
    record["amount"] = money(amount(record["amount"]))
    return company.add("contract_payments", record)


def add_application(company: Company, record: Record) -> Record:
    """An owner invoice on a prime contract."""
    others = company.children("payment_applications", "contract_id", record["contract_id"])
    record = {"status": "approved", **record}
    record.setdefault("number", max((row["number"] for row in others), default=0) + 1)
    record["items"] = [fill_item(company, item) for item in record.get("items") or ()]
    company.add("payment_applications", record)
    complete_items(company, record)
    return record


def add_direct_cost(company: Company, record: Record) -> Record:
    """A direct cost; its amount is the sum of its lines."""
    record = {"direct_cost_type": "invoice", "status": "approved", **record}
    record["line_items"] = [
        fill_line(company, line, n) for n, line in enumerate(record.get("line_items") or (), 1)
    ]
    record.setdefault("amount", money(sum((amount(line["amount"]) for line in record["line_items"]), ZERO)))
    return company.add("direct_costs", record)


def add_budget_code(company: Company, record: Record) -> Record | None:
    """A budget code of the project that no line uses yet."""
    return wbs_code(company, record["project_id"], record["cost_code_id"], record["line_item_type_id"])


def _contract_adder(kind: str) -> Any:
    return lambda company, record: add_contract(company, kind, record)


def _change_adder(kind: str) -> Any:
    return lambda company, record: add_change_order(company, kind, record)


ADDERS: dict[str, Any] = {
    "project_stages": _adder("project_stages"),
    "standard_cost_code_lists": _adder("standard_cost_code_lists"),
    "standard_cost_codes": add_standard_cost_code,
    "line_item_types": _adder("line_item_types", base_type="other"),
    "tax_codes": _adder("tax_codes", rate1="10", archived=False, default_tax_code=False),
    "vendors": _adder("vendors", is_active=True),
    "projects": add_project,
    "cost_codes": add_cost_code,
    "billing_periods": _adder("billing_periods", status="closed"),
    "work_order_contracts": _contract_adder("work_order_contracts"),
    "purchase_order_contracts": _contract_adder("purchase_order_contracts"),
    "prime_contracts": _contract_adder("prime_contracts"),
    "change_order_packages": _change_adder("change_order_packages"),
    "commitment_change_orders": _change_adder("commitment_change_orders"),
    "requisitions": add_requisition,
    "contract_payments": add_payment,
    "payment_applications": add_application,
    "direct_costs": add_direct_cost,
    "people": _adder("people", is_employee=True),
    "timecard_time_types": _adder("timecard_time_types"),
    "wbs_codes": add_budget_code,
    "timecard_entries": add_entry,
}
