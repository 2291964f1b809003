"""A second vendor of the demo world that is used and has no contact; the first is a case of its own."""

from integrations.sandbox.worlds.demo_claims import step
from integrations.sandbox.worlds.records import Record, Site

CASE = "second-vendor-without-contact"


def add(sites: dict[str, Site], vendors: dict[str, Record], found: dict[str, Record]) -> None:
    """Write its commitment and claim."""
    site, vendor = sites["hall"], vendors["Nightjar Security Systems"]
    lines = [site.line("12-200", "S", 1800000, "Cameras"), site.line("12-200", "S", 900000, "Locks")]
    contract = site.contract("WorkOrderContract", "SC-2605-93", "Security systems", vendor, lines)
    found[CASE] = contract.claim({0: step(5600)}, site.record["billing_periods"][2])
