"""Which documents of a record are adjusted rather than edited, and what is proposed for them. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

from integrations import sentences
from integrations.adjustments import Amounts, Family, counted, drawn_adjustment, families, frozen, remainder
from integrations.base import Integration, Reason, dig
from integrations.changes import Held
from integrations.comparison import Difference, lines_by_hand
from integrations.context import Context, Known
from integrations.drawing import Drawing, Drawn, adjusting_variants, base_role
from integrations.values import decimal

Fixed = Callable[[Known], str]


@dataclass(frozen=True)
class Adjusted:
    """A family whose documents stand as they were sent, and what is left for another adjustment."""

    family: Family
    left: Amounts
    fixed: str  # why its amounts cannot be changed, "" where only earlier adjustments say so

    @property
    def roles(self) -> tuple[str, ...]:
        return self.family.variant.positive.adjusts

    @property
    def moved(self) -> Decimal:
        """What the next adjustment comes to before tax."""
        return sum(self.left.values(), Decimal(0))

    @property
    def everything(self) -> tuple[Known, ...]:
        """What was sent, adjustments included."""
        return (*self.family.known.values(), *self.family.earlier)


@dataclass
class Proposals:
    """The adjusted families of one subject. `fixed` says why a document's amount cannot be changed."""

    integration: type[Integration]
    drawing: Drawing
    links: Iterable[Known]
    held: Held
    context: Context
    fixed: Fixed
    found: list[Adjusted] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.links = list(self.links)
        for family in families(self.integration, self.drawing, self.links, self.held, self.context):
            if not self._is_whole(family):
                continue
            fixed = next((why for known in family.known.values() if (why := self.fixed(known))), "")
            left = remainder(family) if fixed or family.earlier else None
            if left is not None and (left or family.earlier):
                self.found.append(Adjusted(family, left, fixed))

    def _is_whole(self, family: Family) -> bool:
        """Whether each of its documents lives and holds the amounts that were sent."""
        for role, known in family.known.items():
            resource, target = family.resources[known.resource], family.targets[role]
            total, sent = decimal(dig(target, resource.total)), decimal(known.amount)
            if str(dig(target, resource.status)) in resource.dead or total != sent:
                return False
            if lines_by_hand(known, target, resource):
                return False
        return True

    def of(self, role: str) -> Adjusted | None:
        """The adjusted family that a role belongs to."""
        return next((one for one in self.found if role in one.roles), None)

    def left_alone(self, role: str) -> list[str]:
        """The numbers of adjustments that still count, though what they adjust in this role is not linked."""
        own = adjusting_variants(self.integration, self.context)
        mine = {name for name, variant in own.items() if role in variant.positive.adjusts}
        linked = [one for one in self.links if one.is_linked and base_role(one.role) in mine]
        return [one.number for one in linked] if any(counted(linked).values()) else []

    def frozen(self, drawn: Drawn, known: Known) -> Drawn | None:
        """The document as it was sent; None where it has become one of another kind."""
        adjusted = self.of(drawn.role)
        if adjusted is None:
            return drawn
        if known.resource != drawn.resource.name:
            return None
        return frozen(adjusted.family, drawn, settled=not adjusted.left)

    def next_drawn(self, adjusted: Adjusted) -> Drawn:
        """The next adjustment of a family, numbered on among all of the record's adjustments."""
        number = self._number(adjusted.family.role)
        self.numbers.add(number)
        return drawn_adjustment(adjusted.family, adjusted.left, number, self.drawing, self.context)

    def _number(self, role: str) -> int:
        roles = adjusting_variants(self.integration, self.context)
        taken = {one.role: one for one in self.links if base_role(one.role) in roles}
        for number in count(1):
            open_one = taken.get(f"{role}:{number}")
            if number in self.numbers:
                continue
            if open_one is not None and not open_one.is_linked:
                if sentences.KEPT_NUMBER in open_one.message:
                    continue  # a voided document keeps it
                return number
            if not any(other.rpartition(":")[2] == str(number) for other in taken):
                return number
        raise AssertionError("numbers have no end")

    def _signed(self, family: Family, known: Known) -> Decimal:
        return (decimal(known.amount) or Decimal(0)) * family.resources[known.resource].sign

    def why(self, one: Adjusted) -> str:
        """What its documents come to now, and what was sent for them."""
        family = one.family
        main = family.main()
        resource = family.resources[family.known[main].resource]
        sent = sum((self._signed(family, known) for known in one.everything), Decimal(0))
        title = resource.title_of(family.targets[main])
        return sentences.adjusted(title, one.fixed or "was adjusted", sent, one.moved)

    def reason(self, one: Adjusted) -> Reason:
        """What is proposed, and what a person can do about it."""
        return sentences.proposal(self.why(one), one.moved)


def shown(drawn: Drawn) -> tuple[Difference, ...]:
    """The lines of an adjustment, for a person to look at."""
    lines = drawn.payload.get(drawn.resource.lines) or ()
    return tuple(
        Difference(f"line {place}: {line.get('Description')}", None, line.get("UnitAmount"))
        for place, line in enumerate(lines, 1)
    )
