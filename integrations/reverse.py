"""Reverse rules: which cost code and cost type a cost gets that starts in Xero. Standard library only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ASKED = ("account", "contact", "item", "tracking", "text")
LONGEST_TEXT = 200  # of a rule
Choice = tuple[tuple[str, str], ...]  # columns and values of the rule that a choice becomes


@dataclass(frozen=True, kw_only=True)
class ReverseRule:
    """A row of the table; "" fits anything. `text` fits where the line or its document holds it."""

    account: str = ""
    contact: str = ""
    item: str = ""
    tracking: str = ""
    text: str = ""
    cost_code: str = ""
    cost_type: str = ""

    @property
    def weight(self) -> int:
        """How specific the rule is: the number of things it asks for."""
        return sum(1 for name in ASKED if getattr(self, name))

    def fits(self, cost: Cost) -> bool:
        """Whether the rule speaks of this cost; upper and lower case are the same."""
        return (
            self.account in ("", cost.account)
            and (not self.contact or self.contact.casefold() in cost.contact)
            and (not self.item or self.item.casefold() == cost.item.casefold())
            and (not self.tracking or self.tracking.casefold() in cost.tracking)
            and self.text.casefold() in cost.text
        )


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What a rule may ask of a line: names and ids of the contact, names of its tracking options, the number
    of its project, its texts.

    All but the account and the item are in small letters.
    """

    account: str = ""
    contact: tuple[str, ...] = ()
    item: str = ""
    tracking: tuple[str, ...] = ()
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What a person decided of a vendor's costs on a project on which it has a commitment."""

    vendor: str
    project: str
    decision: str  # send | skip


class ReverseRules:
    """The table, answering with the most specific rules that fit."""

    def __init__(self, rules: Iterable[ReverseRule] = (), decisions: Iterable[Decision] = ()) -> None:
        self._rules = sorted(rules, key=lambda rule: rule.weight, reverse=True)
        self._decisions = {(one.vendor.casefold(), one.project): one.decision for one in decisions}

    def find(self, cost: Cost) -> list[ReverseRule]:
        """The rules that fit, of those only the most specific; several of them may disagree."""
        fitting = [rule for rule in self._rules if rule.fits(cost)]
        return [rule for rule in fitting if rule.weight == fitting[0].weight]

    def names_account(self, cost: Cost) -> bool:
        """Whether a rule that fits names the account itself."""
        return any(rule.account and rule.fits(cost) for rule in self._rules)

    def decided(self, vendor: Sequence[str], project: str) -> str:
        """What was decided of a vendor (its names and ids) on a project; "" where nothing was."""
        found = (self._decisions.get((one.casefold(), project)) for one in vendor)
        return next((decision for decision in found if decision), "")


def all_asked(cost: Cost, rules: Sequence[ReverseRule]) -> dict[str, str]:
    """What a rule has to ask for to speak of nothing but what all of these, which fit the cost, speak of.

    It has one text and one tracking option: several texts are a stretch of the cost's text that holds them,
    and of several options the first is asked for together with all of the cost's text.
    """
    asked = {name: list(dict.fromkeys(filter(None, (getattr(one, name) for one in rules)))) for name in ASKED}
    found = {name: values[0] for name, values in asked.items() if values}
    texts = [text.casefold() for text in asked["text"]]
    if texts:
        ends = [cost.text.index(text) + len(text) for text in texts]
        found["text"] = cost.text[min(map(cost.text.index, texts)) : max(ends)][:LONGEST_TEXT]
    if len({option.casefold() for option in asked["tracking"]}) > 1:
        found["text"] = cost.text[:LONGEST_TEXT]
    return found
