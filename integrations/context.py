"""What is known while planning: options, links, rules and catalogues, as plain values.

`mappings.context` fills a `Context` for a batch of subjects in a fixed number of queries; cases fill one
by hand.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from integrations.base import Reason, Record
from integrations.labour_book import LabourBook
from integrations.reverse import ReverseRules

if TYPE_CHECKING:
    from integrations.rule_books import RuleBook
    from integrations.taxes import TaxCode

LINKED, SENDING, REFUSED, INTENDED = "linked", "sending", "refused", "intended"
PLANNED = "planned"  # nothing is sent yet: what the run is about to send
ALREADY = "already"  # a person says that the record is in the other system: it is not sent


@dataclass(frozen=True, kw_only=True)
class Known:
    """A link as the planner sees it: this subject there is that record here."""

    integration: str
    role: str
    subject: str
    resource: str = ""
    target_id: str = ""
    state: str = LINKED
    sent: Mapping[str, str] = field(default_factory=dict)  # field -> hash of what was sent
    lines: Mapping[str, str] = field(default_factory=dict)  # our line key -> the target's line id
    fingerprint: str = ""
    version: str = ""
    amount: Any = None  # Decimal before tax, as sent
    number: str = ""
    group: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    message: str = ""

    def counted(self) -> dict[str, Any]:
        """What counts as sent, by column of the link."""
        return {"amount": self.amount, "lines": self.lines, "sent": self.sent}

    @property
    def scope(self) -> dict[str, str]:
        """The ids that the paths of its target need."""
        scope = self.details.get("scope")
        return {name: str(value) for name, value in scope.items()} if isinstance(scope, Mapping) else {}

    @property
    def is_linked(self) -> bool:
        return self.state == LINKED

    @property
    def is_chosen(self) -> bool:
        """Whether a person named the target, and no run has linked it yet."""
        return self.state == INTENDED and bool(self.target_id) and bool(self.details.get("chosen"))

    @property
    def is_file(self) -> bool:
        """Whether the target is a file: carried once, never compared."""
        return bool(self.details.get("file"))

    @property
    def is_adopted(self) -> bool:
        """Whether the target was there before us: what people wrote in it stays until the source changes."""
        return bool(self.details.get("adopted"))


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A row of the cost code rule table. "" matches anything; a code ending in "*" matches by its
    beginning.
    """

    project: str = ""
    code: str = ""
    cost_type: str = ""
    vendor: str = ""
    expense_account: str = ""
    revenue_account: str = ""
    item: str = ""
    tax_type: str = ""

    @property
    def weight(self) -> tuple[int, ...]:
        """How specific the rule is; the highest wins. Project first, then code, cost type and vendor."""
        exact = 0 if not self.code else len(self.code) if self.code.endswith("*") else 1000
        return (bool(self.project), exact, bool(self.cost_type), bool(self.vendor))

    def fits(self, project: str, code: str, cost_type: str, vendor: tuple[str, ...]) -> bool:
        """Whether the rule speaks of these; `vendor` holds the names and ids one vendor goes by."""
        if self.code.endswith("*"):
            if not code.startswith(self.code[:-1]):
                return False
        elif self.code and self.code != code:
            return False
        return (
            self.project in ("", project)
            and self.cost_type in ("", cost_type)
            and (not self.vendor or self.vendor.casefold() in (one.casefold() for one in vendor))
        )


class Rules:
    """The rule table, answering with the most specific rule that has the value asked for."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self._exact: dict[str, list[Rule]] = {}
        self._loose: list[Rule] = []
        self._answers: dict[tuple[object, ...], Rule | None] = {}
        rules = sorted(rules, key=lambda rule: (rule.project, rule.code, rule.cost_type, rule.vendor))
        self._cost_types = frozenset(rule.cost_type for rule in rules if rule.cost_type)
        self._vendors = {rule.vendor.casefold() for rule in rules if rule.vendor}
        for rule in sorted(rules, key=lambda rule: rule.weight, reverse=True):
            if rule.code and not rule.code.endswith("*"):
                self._exact.setdefault(rule.code, []).append(rule)
            else:
                self._loose.append(rule)

    def names_code(self, code: str) -> bool:
        """Whether any rule names the code, alone or by its beginning."""
        return code in self._exact or any(
            rule.code and code.startswith(rule.code[:-1]) for rule in self._loose
        )

    def cost_types(self) -> frozenset[str]:
        """The cost types that rules speak of."""
        return self._cost_types

    def names_vendor(self, name: str) -> bool:
        """Whether any rule speaks of a vendor of this name or id alone."""
        return name.casefold() in self._vendors

    def find(
        self,
        wanted: str,
        *,
        project: str = "",
        code: str = "",
        cost_type: str = "",
        vendor: tuple[str, ...] = (),
    ) -> Rule | None:
        """The winning rule that gives `wanted` (a field of Rule), or None."""
        asked: tuple[object, ...] = (wanted, project, code, cost_type, vendor)
        if asked not in self._answers:
            fitting = self.fitting(project=project, code=code, cost_type=cost_type, vendor=vendor)
            self._answers[asked] = next((rule for rule in fitting if getattr(rule, wanted)), None)
        return self._answers[asked]

    def fitting(
        self, *, project: str = "", code: str = "", cost_type: str = "", vendor: tuple[str, ...] = ()
    ) -> list[Rule]:
        """Every rule that speaks of these, the most specific first."""
        there = (*self._exact.get(code, ()), *self._loose)
        found = [rule for rule in there if rule.fits(project, code, cost_type, vendor)]
        return sorted(found, key=lambda rule: rule.weight, reverse=True)


@dataclass(kw_only=True)
class Context:
    """Everything a batch of subjects may ask for while it is drawn and compared."""

    options: Mapping[str, Any] = field(default_factory=dict)
    today: date = date(2000, 1, 1)
    own: Mapping[tuple[str, str], Known] = field(default_factory=dict)  # (role, subject) of this integration
    by_subject: Mapping[tuple[str, str], Known] = field(default_factory=dict)  # (integration, subject)
    by_target: Mapping[tuple[str, str], Known] = field(default_factory=dict)  # (integration, target id)
    kin: Mapping[str, list[Known]] = field(default_factory=dict)  # what kin share -> links of all of them
    owners: Mapping[tuple[str, str], str] = field(
        default_factory=dict
    )  # (resource, target id) -> title of the subject
    written: frozenset[str] = frozenset()  # source records that OneCore wrote itself, also unlinked ones
    # (subject, resource, target id) of links that a person took apart -> why
    parted: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    rules: Rules = field(default_factory=Rules)
    reverse: ReverseRules = field(default_factory=ReverseRules)
    catalogues: Mapping[str, Mapping[str, Record]] = field(
        default_factory=dict
    )  # resource name -> key -> record
    cost_codes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # full code -> catalogue entry
    labour: LabourBook = field(default_factory=LabourBook)  # employees, rates and earnings rates
    tax_codes: Mapping[str, TaxCode] = field(default_factory=dict)  # by their ids in Procore
    terms: Mapping[tuple[str, ...], Any] = field(default_factory=dict)  # a contract's key -> its terms
    names: Mapping[str, str] = field(default_factory=dict)  # integration slug -> name
    web: Callable[[str, Mapping[str, Any]], str] = lambda template, ids: (
        template
    )  # a web address for a template
    similar: Callable[[str, Iterable[str]], list[tuple[str, int]]] = lambda name, names: []
    country: Callable[[str], str | None] = lambda text: None  # ISO 3166-1 alpha-2 of a code or name
    region: Callable[[str, str], str | None] = lambda country, text: None  # ISO 3166-2 part of a code or name
    scope: str = "everything"  # everything | project | record
    approving: bool = False  # the plan is for a person to approve, or was approved: it may hold adjustments
    book: str = ""  # the fingerprint of the rules and options in force
    books: Mapping[str, RuleBook] = field(default_factory=dict)  # earlier ones, the latest last
    renewing: bool = False  # what was sent is brought to today's
    held: Any = None  # the targets read for this batch, for what is drawn late
    memory: dict[Any, Any] = field(default_factory=dict)  # what drawing remembers within one batch

    def under(self, fingerprint: str) -> Context:
        """The same under an earlier book of rules and options; as it is where there is no such."""
        book = self.books.get(fingerprint)
        if book is None:
            return self
        memory = self.memory.setdefault("books", {}).setdefault(fingerprint, {})
        return replace(
            self, options={**self.options, **book.options}, rules=book.rules, reverse=book.reverse,
            labour=book.labour, tax_codes=book.tax_codes, book=fingerprint, memory=memory,
        )  # fmt: skip

    def own_link(self, role: str, subject: str) -> Known | None:
        """This integration's link for a subject in a role, whatever its state."""
        return self.own.get((role, subject))

    def own_links(self, subject: str) -> Sequence[Known]:
        """This integration's links of a subject, in every role."""
        if "own" not in self.memory:
            index = self.memory["own"] = defaultdict(list)
            for (_, key), known in self.own.items():
                index[key].append(known)
        return tuple(self.memory["own"].get(subject, ()))

    def is_already_there(self, subject: str) -> bool:
        """Whether a person marked the subject as being in the other system already."""
        if "already" not in self.memory:
            self.memory["already"] = {key for (_, key), known in self.own.items() if known.state == ALREADY}
        return subject in self.memory["already"]

    def own_target(self, role: str, subject: str) -> Record:
        """What the subject's target in a role holds now; empty where it was not read."""
        known = self.own_link(role, subject)
        found = (
            self.held.by_id(known.resource, known.target_id)
            if self.held and known and known.is_linked
            else None
        )
        return found or {}

    def records(self, resource: str) -> Mapping[str, Record]:
        """A catalogue by key; empty where the integration did not ask for it."""
        return self.catalogues.get(resource, {})

    def organisation(self) -> Record:
        """The Xero organisation's own record; empty when it was not read."""
        return next(iter(self.records("organisation").values()), {})


@dataclass(frozen=True)
class Missing:
    """A value that could not be drawn, with the reason. Stands where the value would be."""

    reason: Reason
