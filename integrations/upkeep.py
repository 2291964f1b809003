"""What becomes of a document that was sent: kept, updated, replaced, removed, or left to a person. Pure.

Our own allocations never make a document paid: for an edit they are taken back, and set again by the round
that follows. What others paid or credited, and a locked period, leave an amount to a person.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from decimal import Decimal
from typing import Any

from integrations import sentences, taxes
from integrations.base import Integration, Reason, Record, Resource, dig
from integrations.changes import Action, Change, Held, is_elsewhere
from integrations.comparison import Comparison, agreed, compare, covered, stuck
from integrations.context import Context, Known
from integrations.drawing import Drawing, Drawn, adjusting_variants, base_role, late_roles
from integrations.lock_dates import lock_date
from integrations.proposals import Adjusted, Proposals, shown
from integrations.rule_books import OWN
from integrations.values import decimal, held_date

LEFT_TO_A_PERSON = frozenset({"needs-adjustment", "amount-by-hand", "cannot-remove"})


class Upkeep(ABC):
    """The choices for one subject's documents that exist, with what they need at hand."""

    def __init__(
        self, integration: type[Integration], drawing: Drawing, held: Held, context: Context
    ) -> None:
        self.integration, self.drawing, self.held, self.context = integration, drawing, held, context
        self.taken_back: dict[str, Known] = {}  # own allocations in the way of an edit, by target id
        self.without_money: set[str] = set()  # roles whose update moves no amount
        links = context.own_links(drawing.subject.key)
        self.proposals = Proposals(integration, drawing, links, held, context, self.why_fixed)

    def change(
        self, action: Action, drawn: Drawn | None = None, known: Known | None = None, **values: Any
    ) -> Change:
        """A change of this subject, filled from the drawn document and the link."""
        subject = self.drawing.subject
        base: dict[str, Any] = {
            "title": self.drawing.title,
            "amount": self.drawing.amount,
            "role": known.role if known else "",
        }
        if drawn is not None:
            base |= {
                "title": drawn.title,
                "role": drawn.role,
                "resource": drawn.resource.name,
                "amount": drawn.total,
                "payload": drawn.payload,
                "marker": drawn.marker,
                "match_key": drawn.match_key,
                "sent": drawn.sent,
                "fingerprint": drawn.fingerprint,
                "lines": drawn.lines,
                "scope": drawn.scope,
                "details": drawn.details,
                "number": str(next(iter(drawn.marker.values()), "")),
            }
        if known is not None:
            base |= {"target_id": known.target_id, "resource": base.get("resource") or known.resource}
            base["scope"] = base.get("scope") or known.scope
        return Change(
            action=action, integration=self.integration.slug, subject=subject.key, group=subject.group or
            subject.key,
            **(base | values),
        )  # fmt: skip

    def warn(
        self, *reasons: Reason, drawn: Drawn | None = None, known: Known | None = None, **values: Any
    ) -> Change:
        """A change that only says what is wrong."""
        unique = tuple(dict.fromkeys(reasons))
        main = self.drawing.documents.get(self.integration.main_role())
        if drawn is None and known is None and main is not None and not main.missing:
            values = {"scope": main.scope} | values  # where its target would be
        return self.change(
            Action.WARN, drawn, known, reasons=unique, message="; ".join(r.message for r in unique), **values
        )

    # --- linked -----------------------------------------------------------------------------------------

    def linked(self, drawn: Drawn, known: Known) -> list[Change]:
        """What becomes of a document that exists, now that it is drawn anew."""
        resource = drawn.resource
        target = self.held.by_id(known.resource, known.target_id)
        as_sent = self.proposals.frozen(drawn, known)
        if as_sent is None:
            return [self.stands(known)]
        drawn = as_sent
        if known.resource != resource.name:
            return self._replaced(drawn, known, target)
        if is_elsewhere(drawn, known):
            return self._moved(drawn, known)
        if target is None and self.context.options.get("write_again"):
            again = "it was deleted by somebody and is written again"
            return [self.change(Action.REMOVE, known=known, message=again), self.change(Action.CREATE, drawn)]
        if target is None:
            return [self.warn(sentences.gone(resource, known), drawn=drawn, known=known)]
        status = str(dig(target, resource.status)) if resource.status else ""
        version = str(dig(target, resource.version) or "")
        if status in resource.dead:
            return [
                self.warn(sentences.dead(resource, target, status), drawn=drawn, known=known, version=version)
            ]
        whole = not resource.read_each or resource.lines in target  # else as we left it: see Wanted.same
        if drawn.document.add_only or not whole:
            return [self.change(Action.UNCHANGED, drawn, known, version=version)]
        fixed = self.fixed(resource, known, target)
        known = agreed(drawn, known, target) or known
        comparison = compare(drawn, known, target, self.context, fixed=bool(fixed))
        if comparison.to_send or comparison.money_by_hand:
            return [self._update(drawn, known, target, comparison, status, fixed)]
        if step := stuck(drawn, target):
            reason = sentences.stuck(resource, target, *step)
            return [self.warn(reason, drawn=drawn, known=known, version=version)]
        if reasons := self._still_otherwise(drawn, known, comparison, target):
            return [self.warn(*reasons, drawn=drawn, known=known, version=version)]
        note = "values set by hand in the other system were kept" if comparison.differences else ""
        shown = {"version": version, "differences": comparison.differences, "message": note}
        return [self.change(Action.UNCHANGED, drawn, known, held=known.counted(), **shown)]

    def _still_otherwise(
        self, drawn: Drawn, known: Known, comparison: Comparison, target: Record
    ) -> list[Reason]:
        """What the other system stored otherwise than it was sent, or than Procore worked it out, and nobody
        has put right since.
        """
        said = {"Tracking": sentences.tracking_dropped, "TaxType": sentences.tax_otherwise}
        differs = {one.field.rpartition(": ")[2] for one in comparison.differences}
        stored = known.details.get("otherwise") or ()
        own = taxes.own_tax_differs(drawn.role, drawn.details, target, drawn.resource)
        return [*(said[name](drawn.resource) for name in stored if name in differs), *own]

    def _update(
        self, drawn: Drawn, known: Known, target: Record, comparison: Comparison, status: str, fixed: str
    ) -> Change:
        resource = drawn.resource
        version = str(dig(target, resource.version) or "")
        shown: dict[str, Any] = {"version": version, "differences": comparison.differences}
        refuses = drawn.document.refuses
        if comparison.to_send and refuses and (reason := refuses(drawn.payload, target)):
            return self.warn(reason, drawn=drawn, known=known, **shown)
        if why := sentences.lock(resource, target):
            return self.warn(sentences.locked(resource, target, why), drawn=drawn, known=known, **shown)
        if resource.active and dig(target, resource.active) is False:
            return self.warn(sentences.inactive(resource, target), drawn=drawn, known=known, **shown)
        if comparison.money_by_hand:
            return self.warn(sentences.by_hand(resource, target, known), drawn=drawn, known=known, **shown)
        locked = self.is_locked(resource, target)
        if fixed and (comparison.money_moved or comparison.tax_moved):
            reason = sentences.adjustment(drawn, resource, target, known, fixed)
            return self.warn(reason, drawn=drawn, known=known, **shown)
        if fixed and not (locked or comparison.harmless):
            reason = sentences.cannot_follow(resource, target, fixed)
            return self.warn(reason, drawn=drawn, known=known, **shown)
        if locked:
            kept = tuple(replace(difference, kept=True) for difference in comparison.differences)
            message = "it lies in a locked period and was left as it is"
            shown |= {"differences": kept, "message": message, "held": known.counted()}
            return self.change(Action.UNCHANGED, drawn, known, **shown)
        if resource.status and self.context.options.get(f"update_{status.lower()}") is False:
            return self.warn(
                sentences.not_updated(resource, target, status), drawn=drawn, known=known, **shown
            )
        if known.details.get("refused") == drawn.fingerprint:
            return self.warn(sentences.refused(known, resource), drawn=drawn, known=known, **shown)
        if comparison.harmless:
            self.without_money.add(drawn.role)
        else:
            self.take_back(known)
        shown |= {"payload": comparison.payload, "details": {**drawn.details, **comparison.lasting}}
        return self.change(Action.UPDATE, drawn, known, **shown)

    def _replaced(self, drawn: Drawn, known: Known, target: Record | None) -> list[Change]:
        """The document has become one of another kind."""
        before = resource_named(self.integration, known.resource)
        alive = target is not None and str(dig(target, before.status)) not in before.dead
        fixed = self.fixed(before, known, target) if target is not None and alive else ""
        if fixed and target is not None:
            reason = sentences.adjustment(drawn, before, target, known, fixed)
            return [self.warn(reason, drawn=drawn, known=known)]
        removal = self.removal(known, f"it is now a {drawn.resource.label}", target)
        if removal.action is not Action.REMOVE:
            return [removal]
        return [removal, self.change(Action.CREATE, drawn, message=drawn.note)]

    def _moved(self, drawn: Drawn, known: Known) -> list[Change]:
        """It belongs elsewhere now: taken back where it stands; the round that follows makes it there."""
        why = "it belongs elsewhere now"
        stays = self.change(Action.REMOVE, known=known, message=f"{why}; what was written stays")
        back = stays if drawn.amends else self.removal(known, why)
        waits = self.change(Action.SKIP, drawn, message="waits until it has left where it was")
        return [back, waits] if back.action is Action.REMOVE else [back]

    # --- what is in the way of an edit ------------------------------------------------------------------

    def fixed(self, resource: Resource, known: Known, target: Record) -> str:
        """Why the amount of a document cannot be changed any more, in words; "" when it can."""
        own = sum((self._allocated(one) for one in self.allocations(known)), Decimal(0))
        if covered(target, resource) - own > 0:
            return PAID
        return "came to lie in a locked period" if self.is_locked(resource, target) else ""

    def why_fixed(self, known: Known) -> str:
        """The same of what a link leads to."""
        target = self.held.by_id(known.resource, known.target_id)
        return self.fixed(resource_named(self.integration, known.resource), known, target) if target else ""

    def is_locked(self, resource: Resource, target: Record) -> bool:
        """Whether the document is dated in a period that is locked."""
        day, lock = held_date(dig(target, resource.dated or "-")), lock_date(self.context)
        return bool(day and lock and day <= lock)

    def allocations(self, known: Known) -> list[Known]:
        """Our own allocations to and from a document, those of its kin to it included."""
        kin = self.context.kin.get(str(self.drawing.node.get(self.integration.kin[0])), ())
        found = {one.target_id: one for one in (*self.context.own_links(known.subject), *kin)}
        return [
            one
            for one in found.values()
            if one.is_linked
            and (
                one.details.get("to") == known.target_id
                or (one.subject == known.subject and one.details.get("from") == known.role)
            )
        ]

    def _allocated(self, allocation: Known) -> Decimal:
        there = self.held.by_id(allocation.resource, allocation.target_id)
        if there is None and allocation.subject == self.drawing.subject.key:
            return Decimal(0)  # taken back by somebody
        return decimal((there or {}).get("Amount", allocation.amount)) or Decimal(0)

    def take_back(self, known: Known) -> None:
        """Have our own allocations of a document removed; they are set again afterwards."""
        self.taken_back |= {one.target_id: one for one in self.allocations(known)}

    def taking_back(self) -> list[Change]:
        """The removals of own allocations that edits need."""
        return [
            replace(
                self.change(Action.REMOVE, known=one, removal="", message=SET_AGAIN),
                subject=one.subject,
                group=one.group or one.subject,
                amount=decimal(one.amount),
            )
            for one in self.taken_back.values()
        ]

    def all_or_nothing(self, changes: list[Change]) -> list[Change]:
        """The changes; where the amount of one document is left to a person, no other one's amount moves."""
        left = any(reason.code in LEFT_TO_A_PERSON for change in changes for reason in change.reasons)
        if not left:
            return changes
        self.taken_back.clear()
        quiet = (Action.WARN, Action.UNCHANGED, Action.SKIP)
        return [one for one in changes if one.action in quiet or self._is_without_money(one)]

    def _is_without_money(self, change: Change) -> bool:
        return change.action is Action.UPDATE and change.role in self.without_money

    # --- adjusted ---------------------------------------------------------------------------------------

    def adjusted(self) -> list[Change]:
        """Earlier adjustments as they stand, and the next one where something is left."""
        return [change for one in self.proposals.found for change in self._adjusted(one)]

    def _adjusted(self, one: Adjusted) -> list[Change]:
        kept = [known for role, known in one.family.known.items() if role not in self.drawing.documents]
        return [*map(self.stands, [*kept, *one.family.earlier]), *(self._proposed(one) if one.left else ())]

    def standing(self) -> set[str]:
        """The roles that stay although they are not drawn: adjustments, and what they adjust."""
        own = adjusting_variants(self.integration, self.context)
        links = self.context.own_links(self.drawing.subject.key)
        adjusted = {role for one in self.proposals.found for role in one.roles}
        return adjusted | {known.role for known in links if base_role(known.role) in own}

    def stands(self, known: Known, message: str = "") -> Change:
        """A document that stays as it was sent, whatever else was said since."""
        resource = resource_named(self.integration, known.resource)
        target = self.held.by_id(known.resource, known.target_id)
        if target is None:
            return self.warn(sentences.gone(resource, known), known=known)
        version, status = str(dig(target, resource.version) or ""), str(dig(target, resource.status))
        if status in resource.dead:
            return self.warn(sentences.dead(resource, target, status), known=known, version=version)
        if decimal(dig(target, resource.total)) != decimal(known.amount):
            return self.warn(sentences.by_hand(resource, target, known), known=known, version=version)
        title = str(known.details.get("title") or self.drawing.title)
        shown: dict[str, Any] = {"title": title, "message": message, "amount": decimal(known.amount)}
        return self.change(Action.UNCHANGED, known=known, version=version, **shown)

    def _proposed(self, one: Adjusted) -> list[Change]:
        """The next adjustment: sent where a person approved it, a warning until then."""
        drawn = self.proposals.next_drawn(one)
        changes = self.document(drawn)
        if [change.action for change in changes] != [Action.CREATE]:
            return changes
        more: dict[str, Any] = {"version": one.family.version(), "differences": shown(drawn)}
        if self.context.approving:
            return [replace(changes[0], message=self.proposals.why(one), **more)]
        return [
            self.warn(self.proposals.reason(one), drawn=drawn, title=self.title(one.everything[0]), **more)
        ]

    @abstractmethod
    def document(self, drawn: Drawn) -> list[Change]:
        """What becomes of one drawn document."""

    # --- no longer wanted -------------------------------------------------------------------------------

    def all_withdrawn(self, linked: list[Known]) -> list[Change]:
        """The record was taken back: what becomes of each of its documents."""
        changes: list[Change] = []
        done: set[str] = set()
        for one in self.proposals.found:
            if not one.left:
                changes += [self.stands(known, "adjusted to nil") for known in one.everything]
            elif self._policy() == "remove" and any(map(self.why_fixed, one.everything)):
                changes += self._adjusted(one)
            else:
                continue
            done |= {known.role for known in one.everything}
        late = late_roles(self.integration, self.context)
        left = [known for known in linked if known.role not in done and base_role(known.role) not in late]
        return self.all_or_nothing([*changes, *map(self.withdrawn, left)])

    def _policy(self) -> str:
        said = self.drawing.withdrawn if isinstance(self.drawing.withdrawn, str) else ""
        return str(said or self.context.options.get("withdrawn") or self.integration.removed)

    def withdrawn(self, known: Known) -> Change:
        """The record was sent and has since been deleted, rejected or taken back."""
        policy, resource = self._policy(), resource_named(self.integration, known.resource)
        if policy == "remove" or resource.system == OWN:
            return self.removal(known, self.drawing.skip)
        if policy == "forget":
            message = f"{self.drawing.skip}; what was made of it stays"
            return self.change(Action.REMOVE, known=known, title=self.title(known), message=message)
        target = self.held.by_id(known.resource, known.target_id)
        if target is None or str(dig(target, resource.status)) in resource.dead:
            return self.change(Action.REMOVE, known=known, title=self.title(known), message="both are gone")
        title = self.title(known)
        reason = sentences.withdrawn(resource, title, known, self.drawing.skip)
        return self.warn(reason, known=known, title=title)

    def title(self, known: Known) -> str:
        """The record's title; one that is gone goes by that under which it was sent."""
        sent = str(known.details.get("title") or "") if self.drawing.subject.removed else ""
        return sent or self.drawing.title

    def removal(self, known: Known, why: str, target: Record | None = None) -> Change:
        """Remove what was sent, where its kind and its status allow it; else say what a person should do."""
        resource = resource_named(self.integration, known.resource)
        target = target or self.held.by_id(known.resource, known.target_id)
        if target is None or str(dig(target, resource.status)) in resource.dead:
            message = f"{why}; it is gone there already"
            return self.change(Action.REMOVE, known=known, title=self.title(known), message=message)
        status = str(dig(target, resource.status)) if resource.status else ""
        fixed, own = self.fixed(resource, known, target), self.allocations(known)
        if status == "PAID" and own and not fixed:
            status = "AUTHORISED"  # as it is once they are taken back
        removal = status if status in resource.removals else None
        why_not = sentences.lock(resource, target)
        if removal is None or fixed or why_not:
            state = f"it {fixed}" if fixed else f"it is {status.lower()}"
            state = why_not or ("it has payments or credits" if fixed == PAID else state)
            reason = sentences.cannot_remove(resource, target, why, state)
            return self.warn(reason, known=known, title=self.title(known))
        self.take_back(known)
        return self.change(
            Action.REMOVE,
            known=known,
            title=self.title(known),
            removal=removal,
            message=why,
            version=str(dig(target, resource.version) or ""),
        )


PAID = "was paid or credited"
SET_AGAIN = "taken back for a change of the documents, to be set again afterwards"


def resource_named(integration: type[Integration], name: str) -> Resource:
    """The resource of that name among the integration's documents."""
    return integration.targets()[name]
