"""Who works for us, what an hour of theirs is charged at, what payroll calls it. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

ORDINARY = "Regular time"  # what time without a kind is called


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A person of Procore's directory. `payroll` is the id or the full name of an employee of the payroll."""

    person: str
    name: str = ""
    is_own: bool = True
    trade: str = ""
    payroll: str = ""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What an hour is charged at, before tax. "" matches anything; `starts` is the first day it holds."""

    amount: Decimal
    employee: str = ""
    trade: str = ""
    project: str = ""
    time_type: str = ""
    starts: date | None = None

    @property
    def weight(self) -> tuple[object, ...]:
        """How specific the rate is; the highest wins. Employee first, then trade, project and time type."""
        filled = (bool(self.employee), bool(self.trade), bool(self.project), bool(self.time_type))
        return (*filled, self.starts or date.min)

    def fits(self, worker: Worker, project: str, time_type: str, day: date) -> bool:
        """Whether the rate speaks of this hour; an employee goes by id or name."""
        return (
            _same(self.employee, worker.person, worker.name)
            and _same(self.trade, worker.trade)
            and _same(self.project, project)
            and _same(self.time_type, time_type)
            and (self.starts is None or self.starts <= day)
        )


@dataclass(frozen=True)
class LabourBook:
    """The three mappings of labour, as planning asks them."""

    workers: Mapping[str, Worker] = field(default_factory=dict)  # by the person's id in Procore
    rates: tuple[Rate, ...] = ()
    earnings: Mapping[str, str] = field(default_factory=dict)  # time type, case folded -> earnings rate

    def rate(self, worker: Worker, project: str, time_type: str, day: date) -> Decimal | None:
        """The most specific rate that fits, or None."""
        fitting = [rate for rate in self.rates if rate.fits(worker, project, time_type, day)]
        found = max(fitting, key=lambda rate: rate.weight, default=None)
        return found.amount if found else None

    def earnings_rate(self, time_type: str) -> str:
        """The earnings rate of a time type, by id or name; "" where it has none."""
        return self.earnings.get(time_type.strip().casefold(), "")


def book(workers: Iterable[Worker], rates: Iterable[Rate], earnings: Mapping[str, str]) -> LabourBook:
    """The book of these rows."""
    return LabourBook(
        {worker.person: worker for worker in workers},
        tuple(rates),
        {name.strip().casefold(): rate for name, rate in earnings.items()},
    )


def _same(wanted: str, *held: str) -> bool:
    folded = wanted.strip().casefold()
    return not folded or folded in (one.strip().casefold() for one in held)
