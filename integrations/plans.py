"""plan(): subjects and context -> changes. Pure: nothing here reads or writes anything.

draw -> what each subject's documents should be; wanted -> what must be read of the targets to compare them;
decide -> the changes. A change is data: it can be recorded, shown, approved and only then applied.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from decimal import Decimal

from integrations import sentences
from integrations.base import Integration, Match, Record, Resource, Subject, dig
from integrations.changes import Action, Change, Held, Wanted
from integrations.comparison import Difference
from integrations.context import REFUSED, SENDING, Context, Known
from integrations.drawing import Drawing, Drawn, base_role, draw_late, late_roles
from integrations.rule_books import draw
from integrations.terms import context_of
from integrations.upkeep import Upkeep
from integrations.values import decimal, hash_of, held_date

__all__ = [
    "Action",
    "Change",
    "Difference",
    "Drawing",
    "Drawn",
    "Held",
    "Wanted",
    "decide",
    "draw",
    "plan",
    "wanted",
]


def wanted(drawings: Iterable[Drawing], batch: Context) -> Wanted:
    """The target records to read before `decide` can compare these drawings."""
    out = Wanted()
    for drawing in drawings:
        context = batch.under(drawing.book)
        roles = set(drawing.documents)
        for known in context.own_links(drawing.subject.key):
            if known.target_id and not known.is_file:
                out.ids[known.resource, tuple(sorted(known.scope.items()))].add(known.target_id)
                roles.discard(known.role)
                out.same |= _as_sent(drawing.documents.get(known.role), known)
        resources = {role: drawn.resource.name for role, drawn in drawing.documents.items()}
        for document in drawing.late.values():
            for known in document.reads(drawing.node, context, resources) if document.reads else ():
                out.ids[known.resource, tuple(sorted(known.scope.items()))].add(known.target_id)
        for role in roles:
            drawn = drawing.documents[role]
            if (
                drawn.resource.search
                and drawn.document.matches
                and not drawn.resource.catalogue
                and not drawn.missing
            ):
                out.searches[drawn.resource.name, tuple(sorted(drawn.scope.items()))].append(drawn.payload)
    return out


def _as_sent(drawn: Drawn | None, known: Known) -> dict[tuple[str, str], str]:
    """The version we left of a record that is drawn as it was sent."""
    if drawn is None or drawn.document.add_only or known.fingerprint != drawn.fingerprint:
        return {}
    return {(known.resource, known.target_id): known.version}


def plan(
    integration: type[Integration], subjects: Iterable[Subject], context: Context, held: Held
) -> list[Change]:
    """Every change for the subjects."""
    return [
        change
        for subject in subjects
        for change in decide(integration, draw(integration, subject, context), held, context)
    ]


def decide(integration: type[Integration], drawing: Drawing, held: Held, context: Context) -> list[Change]:
    """The changes for one drawn subject. All reasons at once: a record with three faults says three."""
    context = context.under(drawing.book)
    context.held = held
    context = context_of(integration, drawing.node, context)
    drawing = draw_late(integration, drawing, context)
    decision = _Decision(integration, drawing, held, context)
    links = context.own_links(drawing.subject.key)
    linked = [known for known in links if known.is_linked and not known.is_file]
    if drawing.skip:
        if drawing.withdrawn and linked:
            changes = decision.all_withdrawn(linked)
            return [*decision.taking_back(), *changes]
        return [decision.change(Action.SKIP, message=drawing.skip)]
    drawn_whole = [drawn for drawn in drawing.documents.values() if not drawn.resource.files]
    faults = (*drawing.reasons, *(reason for drawn in drawn_whole for reason in drawn.missing))
    if faults:
        return [decision.warn(*faults)]
    if drawing.stands:
        return [decision.stands(known, drawing.stands) for known in linked if known.role in drawing.documents]
    changes = [change for drawn in drawing.documents.values() for change in decision.document(drawn)]
    changes += decision.adjusted()
    stay = {*drawing.documents, *decision.standing()}
    changes += [
        decision.removal(known, "it is no longer part of this record")
        for known in linked
        if known.role not in stay and base_role(known.role) not in late_roles(integration, context)
    ]
    changes = decision.nothing_new(decision.all_or_nothing(changes))
    back = decision.taking_back()
    ids = {change.target_id for change in back}
    kept = [
        change for change in changes if not (change.target_id in ids and change.action is Action.UNCHANGED)
    ]
    return [*back, *kept] or [decision.change(Action.SKIP, message="nothing to send")]


class _Decision(Upkeep):
    """The choices for one subject, with what they need at hand."""

    def document(self, drawn: Drawn) -> list[Change]:
        """Create, link, update, replace, or say why not."""
        if drawn.missing:  # a file that cannot be carried: its record goes without it
            return [self.warn(*drawn.missing, drawn=drawn)]
        known = self.context.own_link(drawn.role, self.drawing.subject.key)
        if known and known.state == SENDING:
            if known.message:  # the looking up needs a person
                reason = sentences.several_found(known.message, drawn.resource)
                return [self.warn(reason, drawn=drawn, known=known)]
            message = "the outcome of an earlier attempt is still being looked up"
            return [self.change(Action.SKIP, drawn, known, message=message)]
        if self.proposals.of(drawn.role) and not (known and known.is_linked):
            return []  # an adjustment carries it
        if known and known.state == REFUSED and known.fingerprint == drawn.fingerprint:
            return [self.warn(sentences.refused(known, drawn.resource), drawn=drawn, known=known)]
        if drawn.waiting:
            return [self.change(Action.SKIP, drawn, known, message=f"waits until {drawn.waiting}")]
        unmet = [role for role in drawn.document.needs if not self._is_linked(role)]
        if unmet:
            return [
                self.change(
                    Action.SKIP, drawn, known, message=f"waits until its {' and '.join(unmet)} exists"
                )
            ]
        if known and known.is_linked:
            return self.linked(drawn, known)
        return self.chosen(drawn, known) if known and known.is_chosen else self.unlinked(drawn)

    def nothing_new(self, changes: list[Change]) -> list[Change]:
        """The changes; where something is against making documents, a warning instead of those to be made."""
        kept = [one for one in changes if one.action is not Action.CREATE]
        if not self.drawing.against_new or len(kept) == len(changes):
            return changes
        return [*kept, self.warn(*self.drawing.against_new)]

    def _is_linked(self, role: str) -> bool:
        known = self.context.own_link(role, self.drawing.subject.key)
        return bool(known and known.is_linked)

    # --- linked by a person -----------------------------------------------------------------------------

    def chosen(self, drawn: Drawn, known: Known) -> list[Change]:
        """Link to the record that a person chose, whatever its number and amount."""
        found, resource = self.held.by_id(known.resource, known.target_id), drawn.resource
        if known.resource != resource.name:
            return [self.warn(sentences.chosen_otherwise(resource, known), drawn=drawn, known=known)]
        if found is None or resource.status and str(dig(found, resource.status)) in resource.dead:
            return [self.warn(sentences.chosen_gone(resource, known), drawn=drawn, known=known)]
        held = decimal(dig(found, resource.total)) if resource.total else None
        return self._adopt(drawn, found, held)

    # --- no link yet ------------------------------------------------------------------------------------

    def unlinked(self, drawn: Drawn) -> list[Change]:
        if left := self.proposals.left_alone(drawn.role):
            return [self.warn(sentences.adjustment_left(drawn.resource, left), drawn=drawn)]
        if drawn.document.amends:
            return self._amended(drawn)
        candidates = self.held.candidates(drawn)
        for match in drawn.document.matches:
            if match.suggest:
                free = [
                    one
                    for one in candidates
                    if self._is_free(drawn.resource, one) and not self._parted(drawn.resource, one)
                ]
                likely = match.suggest(self.drawing.node, self.context, free)
                if likely:
                    return [self.warn(sentences.similar(drawn.resource, match, likely), drawn=drawn)]
            hits = self._hits(match, drawn, candidates)
            if hits:
                return self._matched(drawn, match, hits)
        return [self.change(Action.CREATE, drawn, message=drawn.note)]

    def _amended(self, drawn: Drawn) -> list[Change]:
        """The record whose fields are drawn is linked as it stands; it is never made here."""
        found = self.held.by_id(drawn.resource.name, drawn.amends)
        if found is None:
            known = Known(integration="", role="", subject="", target_id=drawn.amends)
            return [self.warn(sentences.gone(drawn.resource, known), drawn=drawn)]
        link, *more = self._adopt(drawn, found)
        return [replace(link, message=f"{drawn.resource.title_of(found)} is there already"), *more]

    def _hits(self, match: Match, drawn: Drawn, candidates: Sequence[Record]) -> list[Record]:
        if match.told:
            found = self.held.by_id(drawn.resource.name, match.told(self.drawing.node, self.context))
            return [found] if found is not None else []
        value = match.drawn(self.drawing.node, drawn.payload)
        if value in (None, "", ()):
            return []
        key = (match.words, drawn.resource.name, id(self.held))
        if not drawn.resource.catalogue:
            return [one for one in candidates if match.held(one) == value]
        index = self.context.memory.setdefault(key, {})
        if not index:
            for one in candidates:
                index.setdefault(match.held(one), []).append(one)
        return list(index.get(value, ()))

    def _matched(self, drawn: Drawn, match: Match, hits: list[Record]) -> list[Change]:
        resource = drawn.resource
        free = [one for one in hits if self._is_free(resource, one)]
        if not free:
            owner = self.context.owners[resource.name, str(dig(hits[0], resource.key))]
            return [self.warn(sentences.taken(resource, match, hits[0], owner), drawn=drawn)]
        together = [one for one in free if not self._parted(resource, one)]
        if not together:
            why = self._parted(resource, free[0])
            return [self.warn(sentences.parted(resource, free[0], why), drawn=drawn)]
        free = together
        if len(free) > 1:
            return [self.warn(sentences.several(resource, match, free), drawn=drawn)]
        found = free[0]
        if match.refuses and (reason := match.refuses(drawn.payload, found)):
            return [self.warn(reason, drawn=drawn)]
        if resource.total and drawn.total is not None and not sentences.equal(drawn, resource, found):
            return [self.warn(sentences.other_amount(drawn, resource, found), drawn=drawn)]
        return self._adopt(drawn, found)

    def _is_free(self, resource: Resource, record: Record) -> bool:
        return (resource.name, str(dig(record, resource.key))) not in self.context.owners

    def _parted(self, resource: Resource, record: Record) -> str:
        """Why a person took this record and the subject apart; "" where nobody did."""
        key = (self.drawing.subject.key, resource.name, str(dig(record, resource.key)))
        return self.context.parted.get(key, "")

    def _adopt(self, drawn: Drawn, found: Record, amount: Decimal | None = None) -> list[Change]:
        """Link to a record that is there; `amount` is what it holds, where a person chose it all the same."""
        drawn = _as_dated(drawn, found)
        resource, amount = drawn.resource, drawn.total if amount is None else amount
        target_id, version = str(dig(found, resource.key)), str(dig(found, resource.version) or "")
        there = (found.get(resource.lines) or ()) if resource.lines else ()
        ids = [str(line.get(resource.line_key)) for line in there]
        lines = dict(zip(drawn.lines, ids, strict=False)) if len(ids) == len(drawn.lines) else {}
        details = drawn.details | ({"adopted": True} if drawn.total is not None else {})
        known = Known(
            integration=self.integration.slug,
            role=drawn.role,
            subject=self.drawing.subject.key,
            resource=resource.name,
            target_id=target_id,
            sent=drawn.sent,
            lines=lines,
            amount=amount,
            version=version,
            details=details,
        )
        other = "" if amount == drawn.total else f", although it holds {amount:,.2f}"
        link = self.change(
            Action.LINK,
            drawn,
            target_id=target_id,
            held={"lines": lines},
            version=version,
            message=f"matches {resource.title_of(found)} there already{other}",
            amount=amount,
            match_key=hash_of([resource.name, target_id]),
            details=details,
        )
        follow = self.linked(drawn, known)
        more = [change for change in follow if change.action in (Action.UPDATE, Action.WARN)]
        return [link, *(replace(change, match_key=link.match_key) for change in more)]


def _as_dated(drawn: Drawn, found: Record) -> Drawn:
    """The document under the record's own date, where the one that is there has it, locked period or not."""
    day = sentences.own_day(drawn)
    if day is None or held_date(found.get("Date")) != day:
        return drawn
    details = {name: value for name, value in drawn.details.items() if not name.startswith("redated")}
    payload, sent = {**drawn.payload, "Date": day}, {**drawn.sent, "Date": hash_of(day)}
    return replace(drawn, payload=payload, sent=sent, details=details)
