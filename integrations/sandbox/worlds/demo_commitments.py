"""The demo world's commitments that need somebody's eye on their way to purchase orders, section 5.5.

Vendors without contacts and codes without accounts are those of the claims in `demo`. Orders are numbered
as the commitments are; "later" is an act of `later()`.

    no-number                  the commitment "Crane mats" of BB-2601
    no-lines                   SC-2601-62, its only line has no amount
    does-not-add-up            SC-2601-63, its revised amount is 100 more than its lines
    line-without-code          SC-2602-61
    order-of-another-contact   SC-2602-62; Goanna Paving has that order in Xero
    order-of-another-amount    SC-2602-63; the order in Xero has another amount
    order-already-there        SC-2602-64; the same order is in Xero
    order-still-a-draft        SC-2602-65 is complete, its order in Xero is a draft
    complete                   SC-2605-61
    claimed-in-full            SC-2605-62, by one claim
    partly-received            PO-2605-63
    not-sent-yet               SC-2605-64 draft, SC-2605-65 out for signature, PO-2605-66 processing
    ended-before               SC-2605-67 void, SC-2605-68 terminated
    newer-variation            SC-2604-61, its variation stands in the newer model alone
    variation-in-both-models   SC-2604-62 counts its variation once
    variation-later            later: SC-2604-63 is varied
    voided-later               later: SC-2604-64 is voided
"""

from typing import Any

from integrations.sandbox.worlds import books
from integrations.sandbox.worlds.claims import Contract, Move
from integrations.sandbox.worlds.money import text
from integrations.sandbox.worlds.names import guid
from integrations.sandbox.worlds.records import Record, Site, line_item

SUBCONTRACT, ORDER = "WorkOrderContract", "PurchaseOrderContract"
SIGNED = "2026-07-06"  # the ordinary commitments were made in June, which is locked


class Orders:
    """Writes the commitments; `found` says which record stands for which case."""

    def __init__(self, sites: dict[str, Site], vendors: dict[str, Record], contacts: Record) -> None:
        self.sites, self.vendors, self.contacts = sites, vendors, contacts
        self.found: dict[str, Record] = {}
        self.there: list[Record] = []  # Xero's purchase orders

    def write(self) -> None:
        """Write all of them."""
        for part in (self._faults, self._there, self._statuses, self._varied):
            part()

    def add(
        self,
        case: str,
        key: str,
        number: str | None,
        vendor: str,
        code: str,
        dollars: int = 12000,
        *,
        kind: str = SUBCONTRACT,
        **over: Any,
    ) -> Contract:
        """Add a commitment with one line and remember it as the record of a case."""
        site = self.sites[key]
        over.setdefault("contract_date", SIGNED)
        lines = [site.line(code, "S" if kind == SUBCONTRACT else "M", dollars * 100)]
        made = site.contract(
            kind, number or "", over.pop("title", "Trade package"), self.vendors[vendor], lines, **over
        )
        made.record["number"] = number
        self.found[case] = made.record
        return made

    def _faults(self) -> None:
        self.add("no-number", "surf", None, "Topside Crane Hire", "01-500", title="Crane mats")
        self.add("no-lines", "surf", "SC-2601-62", "Ironbark Formwork", "03-100", 0)
        self.add(
            "does-not-add-up", "surf", "SC-2601-63", "Saltbush Civil", "02-200", 8000,
            answer_overrides={"revised_contract": "8100.00"},
        )  # fmt: skip
        bare = self.add("line-without-code", "medical", "SC-2602-61", "Quoll Concrete Pumping", "03-200")
        bare.record["line_items"][0] |= {"cost_code_id": None, "line_item_type_id": None}

    def _there(self) -> None:
        paving = "Goanna Paving"
        self.add("order-of-another-contact", "medical", "SC-2602-62", "Fernleaf Landscapes", "13-200")
        self._order("SC-2602-62", paving, "13-200", 1200000)
        self.add("order-of-another-amount", "medical", "SC-2602-63", paving, "13-100")
        self._order("SC-2602-63", paving, "13-100", 1300000)
        self.add("order-already-there", "medical", "SC-2602-64", paving, "13-100")
        self._order("SC-2602-64", paving, "13-100", 1200000)
        self.add("order-still-a-draft", "medical", "SC-2602-65", paving, "13-100", status="Complete")
        self._order("SC-2602-65", paving, "13-100", 1200000, status="DRAFT")

    def _order(self, number: str, contact: str, code: str, cents: int, *, status: str = "AUTHORISED") -> None:
        """Draw an order that is in Xero already."""
        supplier = self.contacts[contact]
        self.there.append(
            {
                "PurchaseOrderID": guid("order", number),
                "PurchaseOrderNumber": number,
                "Status": status,
                "Date": SIGNED,
                "Contact": {"ContactID": supplier["ContactID"], "Name": supplier["Name"]},
                "LineAmountTypes": "Exclusive",
                "LineItems": [books.line("Trade package", cents, f"3{code[:2]}")],
            }
        )

    def _statuses(self) -> None:
        vendor, code = "Spinifex Carpentry", "06-100"
        self.add("complete", "hall", "SC-2605-61", vendor, code, status="Complete")
        whole = self.add("claimed-in-full", "hall", "SC-2605-62", vendor, code, 4000, percent="0.00")
        whole.claim({0: Move(work=400000)}, self.sites["hall"].record["billing_periods"][2])
        self.add(
            "partly-received", "hall", "PO-2605-63", vendor, code, kind=ORDER, status="Partially Received"
        )
        for case, number, status in (
            ("draft", "SC-2605-64", "Draft"),
            ("out-for-signature", "SC-2605-65", "Out For Signature"),
            ("processing", "PO-2605-66", "Processing"),
            ("void", "SC-2605-67", "Void"),
            ("terminated", "SC-2605-68", "Terminated"),
        ):
            kind = ORDER if number.startswith("PO") else SUBCONTRACT
            self.add(case, "hall", number, vendor, code, kind=kind, status=status)

    def _varied(self) -> None:
        flats, vendor, code = self.sites["flats"], "Terracotta Lane Tiling", "09-300"
        newer = self.add("newer-variation", "flats", "SC-2604-61", vendor, code)
        self._newer(flats, newer, "Stone thresholds", 150000)
        both = self.add("variation-in-both-models", "flats", "SC-2604-62", vendor, code)
        package = flats.vary(both, "Coving", [flats.line(code, "S", 80000, "Coving")])
        self._newer(flats, both, "Coving", 80000, package)
        self.add("variation-later", "flats", "SC-2604-63", vendor, code)
        self.add("voided-later", "flats", "SC-2604-64", vendor, code)

    def _newer(
        self, site: Site, contract: Contract, title: str, cents: int, package: Record | None = None
    ) -> None:
        """Add a variation in the newer model; `package` is the same one in the older model."""
        line = site.line("09-300", "S", cents, title)
        site.record.setdefault("commitment_change_orders", []).append(
            {
                "id": site.numbers("package"),
                "contract_id": contract.record["id"],
                "number": "001",
                "title": title,
                "status": "approved",
                "grand_total": text(cents),
                "legacy_package_id": package and package["id"],
                "line_items": [line_item(line, 1)],
            }
        )


def add(sites: dict[str, Site], vendors: dict[str, Record], contacts: Record, organisation: Record) -> None:
    """Write the commitments, and the purchase orders that are in the organisation already."""
    orders = Orders(sites, vendors, contacts)
    orders.write()
    organisation["PurchaseOrders"] = orders.there


def later(company: Record) -> list[Record]:
    """Give the acts on commitments for after a finished run."""
    own = {
        contract["number"]: contract
        for project in company["projects"]
        for contract in project["work_order_contracts"]
    }
    varied, voided = own["SC-2604-63"], own["SC-2604-64"]
    line = {name: varied["line_items"][0][name] for name in ("cost_code_id", "line_item_type_id")}
    more = {"description": "Extra tiling", "amount": "950.00", **line}
    return [
        {"act": "add_change_order", "commitment_id": varied["id"], "number": "001", "title": "Extra tiling",
         "line_items": [more]},
        {"act": "void_commitment", "commitment_id": voided["id"]},
    ]  # fmt: skip
