"""How timesheets are asked for: by employee, from the first day on that matters."""

from collections.abc import Iterator, Sequence

from integrations.base import Record
from integrations.transport import Query
from integrations.values import held_date

TOGETHER = 25  # employees in one filter; each takes some eighty characters of the address


def periods(markers: Sequence[Record]) -> Iterator[Query]:
    """The filters that find the timesheets of these employees since the earliest of these days."""
    people = sorted({str(marker["EmployeeID"]) for marker in markers if marker.get("EmployeeID")})
    days = [day for marker in markers if (day := held_date(marker.get("StartDate"))) is not None]
    for start in range(0, len(people), TOGETHER):
        named = " OR ".join(f'EmployeeID==Guid("{person}")' for person in people[start : start + TOGETHER])
        since = f" AND StartDate>=DateTime({min(days):%Y,%m,%d})" if days else ""
        yield [("where", f"({named}){since}")]
