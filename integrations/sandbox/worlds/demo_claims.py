"""The demo world's claims that need somebody's eye: the cases of the table in `demo`, a contract for each."""

from typing import Any

from integrations.sandbox.worlds import catalogue
from integrations.sandbox.worlds.claims import Contract, Move
from integrations.sandbox.worlds.money import share
from integrations.sandbox.worlds.records import Record, Site

REVISE = "revise_and_resubmit"


def step(dollars: int, rate: int = 100, **more: Any) -> Move:
    """Give work of so many dollars with retention held in thousandths."""
    return Move(work=dollars * 100, held=share(dollars * 100, rate), **more)


class Cases:
    """Writes the named cases; `found` says which record stands for which case."""

    def __init__(self, sites: dict[str, Site], vendors: dict[str, Record]) -> None:
        self.sites, self.vendors = sites, vendors
        self.found: dict[str, Record] = {}
        self._numbers = dict.fromkeys(sites, 50)

    def write(self) -> dict[str, Record]:
        """Write all of them."""
        for part in (
            self._movements,
            self._retention,
            self._stored,
            self._sums,
            self._codes,
            self._parties,
            self._numbering,
            self._headers,
            self._foreign_books,
            self._lives,
        ):
            part()
        return self.found

    def contract(
        self, key: str, vendor: str | None, code: str, dollars: int = 60000, **over: Any
    ) -> Contract:
        """Add a commitment with two lines of one code."""
        site = self.sites[key]
        self._numbers[key] += 1
        label = (site.record["project_number"] or "DEPOT").upper().removeprefix("BB-")
        half = dollars * 50
        lines = [site.line(code, "S", half, "Stage one"), site.line(code, "S", half, "Stage two")]
        party = self.vendors[vendor] if vendor else None
        return site.contract(
            "WorkOrderContract", f"SC-{label}-{self._numbers[key]}", "Trade package", party, lines, **over
        )

    def period(self, key: str, month: int) -> Record:
        """Give a project's billing period, 0 for the one that ends in July."""
        period: Record = self.sites[key].record["billing_periods"][month]
        return period

    def add(
        self, case: str | None, contract: Contract, month: int, moves: dict[int, Move], **over: Any
    ) -> Record:
        """Add a claim and remember it as the record of a case."""
        claim = contract.claim(moves, self.sites_period(contract, month), **over)
        if case:
            self.found[case] = claim
        return claim

    def sites_period(self, contract: Contract, month: int) -> Record:
        """Give the period of a contract's project."""
        period: Record = contract.project["billing_periods"][month]
        return period

    def _movements(self) -> None:
        still = self.contract("surf", "Ironbark Formwork", "03-100")
        self.add(None, still, 1, {0: step(9000)})
        self.add("nothing-moved", still, 2, {})
        self.add("no-lines", self.contract("surf", "Saltbush Civil", "02-200"), 2, {}, items=[])
        back = self.contract("surf", "Kestrel Roofing", "07-100")
        self.add(None, back, 1, {0: step(20000)})
        self.add("negative-claim", back, 2, {0: step(-5000)})
        self.add(
            "negative-line",
            self.contract("surf", "Rosella Ceilings", "09-200"),
            2,
            {0: step(8000), 1: step(-1200)},
        )
        self.add(
            "cancels-out",
            self.contract("medical", "Goanna Paving", "13-100"),
            2,
            {0: step(3000), 1: step(-3000)},
        )

    def _retention(self) -> None:
        released = self.contract("medical", "Larkspur Concreting", "03-400")
        self.add(None, released, 0, {0: step(10000)})
        self.add("release-without-work", released, 2, {0: Move(released=100000)})
        both = self.contract("medical", "Redgum Excavations", "02-300")
        self.add(None, both, 0, {0: step(15000)})
        self.add("held-and-released", both, 2, {1: step(10000), 0: Move(released=20000)})
        early = self.contract("medical", "Wattlebird Bricklaying", "04-100")
        early.carry(work=900000, retained=90000, number=6)
        self.add("release-without-opening", early, 1, {0: step(4000, released=45000)})
        only = self.contract("storage", "Magpie Structural Steel", "05-100")
        self.add("retention-held", only, 1, {0: step(25000), 1: step(4321)})

    def _stored(self) -> None:
        shelf = self.contract("storage", "Currawong Metalwork", "05-200")
        self.add("stored-arrives", shelf, 0, {0: Move(stored=800000, stored_held=80000)})
        self.add("stored-lies", shelf, 1, {1: step(3000)})
        self.add(
            "stored-installed",
            shelf,
            2,
            {0: Move(work=800000, stored=-800000, held=80000, stored_released=80000), 1: step(2000)},
        )
        moved = self.contract("storage", "Clearwater Windows", "08-100")
        self.add(None, moved, 1, {0: Move(stored=600000, stored_held=60000), 1: step(5000)})
        self.add(
            "stored-moved-by-procore",
            moved,
            2,
            {1: step(2500)},
            move_materials_to_previous_work_completed=True,
        )

    def _sums(self) -> None:
        wrong = self.contract("storage", "Lyrebird Doors", "08-300")
        self.add(
            "does-not-add-up",
            wrong,
            2,
            {0: step(7000), 1: step(1500)},
            summary_overrides={
                "total_completed_and_stored_to_date": "8600.00",
                "total_earned_less_retainage": "7750.00",
                "current_payment_due": "7750.00",
            },
        )
        held = self.contract("flats", "Cockatoo Plastering", "09-100")
        self.add(
            "retention-does-not-add-up",
            held,
            2,
            {0: step(12000)},
            summary_overrides={
                "total_retainage": "1250.00",
                "completed_work_retainage_amount": "1250.00",
                "total_earned_less_retainage": "10750.00",
                "current_payment_due": "10750.00",
            },
        )

    def _codes(self) -> None:
        unmapped = {
            "11-300": ("flats", "Tempo Building Controls"),
            "12-300": ("flats", "Firefly Power"),
            "13-400": ("hall", "Straightedge Line Marking"),
        }
        for code, (key, vendor) in unmapped.items():
            self.add(f"code-not-mapped {code}", self.contract(key, vendor, code), 2, {0: step(6400)})
        for code, name in catalogue.NOT_STANDARD:
            self.sites["hall"].add_code(code, name)
        self.add(
            "code-not-standard", self.contract("hall", "Spinifex Carpentry", "99-100"), 2, {0: step(3300)}
        )
        self.add("code-is-a-header", self.contract("hall", "Billabong Plumbing", "10"), 2, {0: step(5100)})

    def _parties(self) -> None:
        cases = {
            "vendor-without-contact": ("hall", "Boundary Rider Fencing", "13-300"),
            "vendor-with-similar-contact": ("office", "Murnong Joinery", "06-400"),
            "vendor-with-contact-outside-group": ("office", "Bilby Waste", "01-400"),
            "contact-with-several-vendors": ("office", "Dunlin Concrete", "03-300"),
            "claim-of-archived-contact": ("office", "Corella Cranes", "01-500"),
            "claim-of-inactive-vendor": ("surf", "Emu Plains Plaster", "09-100"),
            "vendor-not-registered-for-tax": ("surf", "Gatepost Temporary Fencing", "01-300"),
        }
        for case, (key, vendor, code) in cases.items():
            self.add(case, self.contract(key, vendor, code), 2, {0: step(4800)})
        self.add("commitment-without-vendor", self.contract("centre", None, "06-100"), 2, {0: step(2000)})
        three = self.contract("centre", "Bilby Waste", "12-300")
        self.add(
            "three-faults",
            three,
            2,
            {0: step(2600)},
            billing_date=None,
            requisition_start=None,
            requisition_end=None,
            period_id=None,
            change_histories=[],
        )

    def _numbering(self) -> None:
        for key, case in (("surf", "number-used-twice"), ("medical", "number-used-twice again")):
            self.add(
                case,
                self.contract(key, "Topside Crane Hire", "01-500"),
                2,
                {0: step(5200)},
                invoice_number="TCH-7781",
            )
        self.add(
            "without-number",
            self.contract("centre", "Blackwood Frames", "06-100"),
            2,
            {0: step(3900)},
            invoice_number=None,
        )

    def _headers(self) -> None:
        self.add(
            "no-date",
            self.contract("flats", "Ochre Painting", "09-500"),
            3,
            {0: step(2750)},
            billing_date=None,
            requisition_start=None,
            requisition_end=None,
            period_id=None,
            change_histories=[],
        )
        late = self.contract("flats", "Jumbuck Site Sheds", "01-100")
        self.add("in-locked-period", late, 0, {0: step(3600)}, billing_date="2026-06-26")
        lift = self.contract("centre", "Kiwi Harbour Lifts", "11-100")
        self.add(
            "other-currency",
            lift,
            2,
            {0: step(18000)},
            answer_overrides={"currency_configuration.currency_iso_code": "NZD"},
        )

    def _foreign_books(self) -> None:
        """Claims whose numbers a bill in Xero already has; the bills are drawn in `demo_books`."""
        cases = {
            "number-taken-other-amount": ("hall", "Zephyr Ventilation", "11-200", "ZV-1042"),
            "bill-already-there-paid": ("hall", "Southerly Air Conditioning", "11-100", "SAC-330"),
            "bill-already-there-part-paid": ("hall", "Brightspark Country Electrical", "12-100", "BCE-88"),
            "bill-voided-before": ("hall", "Copperline Communications", "12-200", "CL-512"),
            "several-bills-with-number": ("medical", "Stillwater Hydraulics", "10-100", "SH-2209"),
        }
        for case, (key, vendor, code, number) in cases.items():
            self.add(case, self.contract(key, vendor, code), 2, {0: step(5000)}, invoice_number=number)

    def _lives(self) -> None:
        """Contracts with a life of their own: a claim sent back, units, variations up and down."""
        again = self.contract("storage", "Myrtle Joinery", "06-400")
        self.add(None, again, 1, {0: step(6000)})
        self.add("sent-back", again, 2, {0: step(9000)}, status=REVISE)
        self.add(None, again, 3, {0: step(7500)})
        site = self.sites["storage"]
        lines = [site.line("13-100", "S", 4182317, "Paving", unit=("478.7999", "87.35"))]
        units = site.contract(
            "WorkOrderContract", "SC-2603-80", "Paving by the metre", self.vendors["Goanna Paving"], lines
        )
        self.add("unit-quantities", units, 2, {0: Move(work=107840, held=10784, quantity="12.3457")})
        varied = self.contract("flats", "Terracotta Lane Tiling", "09-300")
        self.add(None, varied, 1, {0: step(8000)})
        flats = self.sites["flats"]
        flats.vary(varied, "Upgrade to stone", [flats.line("09-300", "M", 640000, "Stone tiles")])
        flats.vary(varied, "Balconies left out", [flats.line("09-300", "S", -450000, "Balconies left out")])
        flats.vary(
            varied, "Feature wall", [flats.line("09-300", "S", 300000, "Feature wall")], status="pending"
        )
        self.add("variation-lines", varied, 2, {1: step(4000), 2: step(6400), 3: step(-4500)})
