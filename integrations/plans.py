"""plan(): subjects and context -> changes. Pure: nothing here reads or writes anything.

draw -> what each subject's documents should be; wanted -> what must be read of the targets to compare them;
decide -> the changes. A change is data: it can be recorded, shown, approved and only then applied.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from integrations import sentences
from integrations.base import Integration, Match, Reason, Record, Resource, Subject, dig
from integrations.changes import Action, Change, Held, Wanted
from integrations.comparison import Comparison, Difference, compare, covered
from integrations.context import REFUSED, SENDING, Context, Known
from integrations.drawing import Drawing, Drawn, draw, draw_late, late_roles
from integrations.values import hash_of

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


def wanted(drawings: Iterable[Drawing], context: Context) -> Wanted:
    """The target records to read before `decide` can compare these drawings."""
    out = Wanted()
    for drawing in drawings:
        roles = set(drawing.documents)
        for known in own_links(drawing.subject.key, context):
            if known.target_id:
                out.ids[known.resource, tuple(sorted(_scope(known).items()))].add(known.target_id)
                roles.discard(known.role)
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


def plan(
    integration: type[Integration], subjects: Iterable[Subject], context: Context, held: Held
) -> list[Change]:
    """Every change for the subjects."""
    return [
        change
        for subject in subjects
        for change in decide(integration, draw(integration, subject, context), held, context)
    ]


def own_links(subject: str, context: Context) -> list[Known]:
    """This integration's links of a subject, in every role."""
    return list(context.memory.setdefault("own", _index(context)).get(subject, ()))


def _index(context: Context) -> dict[str, list[Known]]:
    index: dict[str, list[Known]] = defaultdict(list)
    for (_, subject), known in context.own.items():
        index[subject].append(known)
    return index


def decide(integration: type[Integration], drawing: Drawing, held: Held, context: Context) -> list[Change]:
    """The changes for one drawn subject. All reasons at once: a record with three faults says three."""
    context.held = held
    drawing = draw_late(integration, drawing, context)
    decision = _Decision(integration, drawing, held, context)
    linked = [known for known in own_links(drawing.subject.key, context) if known.is_linked]
    if drawing.skip:
        if drawing.withdrawn and linked:
            return [
                _Decision(integration, _titled(drawing, known), held, context).withdrawn(known)
                for known in linked
            ]
        return [decision.change(Action.SKIP, message=drawing.skip)]
    faults = (*drawing.reasons, *(reason for drawn in drawing.documents.values() for reason in drawn.missing))
    if faults:
        return [decision.warn(*faults)]
    changes = [change for drawn in drawing.documents.values() for change in decision.document(drawn)]
    changes += [
        decision.removal(known, "it is no longer part of this record")
        for known in linked
        if known.role not in drawing.documents and known.role not in late_roles(integration, context)
    ]
    return changes or [decision.change(Action.SKIP, message="nothing to send")]


def _titled(drawing: Drawing, known: Known) -> Drawing:
    """The drawing under the title the record had when it was sent: one that is gone has none."""
    title = str(known.details.get("title") or "")
    return replace(drawing, title=title) if drawing.subject.removed and title else drawing


class _Decision:
    """The choices for one subject, with what they need at hand."""

    def __init__(
        self, integration: type[Integration], drawing: Drawing, held: Held, context: Context
    ) -> None:
        self.integration, self.drawing, self.held, self.context = integration, drawing, held, context

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
            base["scope"] = base.get("scope") or _scope(known)
        return Change(
            action=action, integration=self.integration.slug, subject=subject.key, group=subject.group or
            subject.key,
            **(base | values),
        )  # fmt: skip

    def warn(
        self, *reasons: Reason, drawn: Drawn | None = None, known: Known | None = None, **values: Any
    ) -> Change:
        unique = tuple(dict.fromkeys(reasons))
        return self.change(
            Action.WARN, drawn, known, reasons=unique, message="; ".join(r.message for r in unique), **values
        )

    def document(self, drawn: Drawn) -> list[Change]:
        """Create, link, update, replace, or say why not."""
        known = self.context.own_link(drawn.role, self.drawing.subject.key)
        if known and known.state == SENDING:
            return [
                self.change(
                    Action.SKIP,
                    drawn,
                    known,
                    message="the outcome of an earlier attempt is still being looked up",
                )
            ]
        if (
            known
            and known.state == REFUSED
            and known.fingerprint == drawn.fingerprint
            and not self.context.options.get("resend")
        ):
            return [self.warn(sentences.refused(known), drawn=drawn, known=known)]
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
        return self.unlinked(drawn)

    def _is_linked(self, role: str) -> bool:
        known = self.context.own_link(role, self.drawing.subject.key)
        return bool(known and known.is_linked)

    # --- no link yet ------------------------------------------------------------------------------------

    def unlinked(self, drawn: Drawn) -> list[Change]:
        candidates = self.held.candidates(drawn)
        for match in drawn.document.matches:
            if match.suggest:
                free = [one for one in candidates if self._is_free(drawn.resource, one)]
                likely = match.suggest(self.drawing.node, self.context, free)
                if likely:
                    return [self.warn(sentences.similar(drawn.resource, match, likely), drawn=drawn)]
            hits = self._hits(match, drawn, candidates)
            if hits:
                return self._matched(drawn, match, hits)
        return [self.change(Action.CREATE, drawn)]

    def _hits(self, match: Match, drawn: Drawn, candidates: Sequence[Record]) -> list[Record]:
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
        if len(free) > 1:
            return [self.warn(sentences.several(resource, match, free), drawn=drawn)]
        found = free[0]
        if resource.total and drawn.total is not None and not sentences.equal(drawn, resource, found):
            return [self.warn(sentences.other_amount(drawn, resource, found), drawn=drawn)]
        return self._adopt(drawn, found)

    def _is_free(self, resource: Resource, record: Record) -> bool:
        return (resource.name, str(dig(record, resource.key))) not in self.context.owners

    def _adopt(self, drawn: Drawn, found: Record) -> list[Change]:
        resource = drawn.resource
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
            amount=drawn.total,
            version=version,
            details=details,
        )
        link = self.change(
            Action.LINK,
            drawn,
            target_id=target_id,
            held={"lines": lines},
            version=version,
            message=f"matches {resource.title_of(found)} there already",
            match_key=hash_of([resource.name, target_id]),
            details=details,
        )
        follow = self.linked(drawn, known)
        updates = [change for change in follow if change.action is Action.UPDATE]
        return [link, *(replace(change, match_key=link.match_key) for change in updates)]

    # --- linked -----------------------------------------------------------------------------------------

    def linked(self, drawn: Drawn, known: Known) -> list[Change]:
        resource = drawn.resource
        target = self.held.by_id(known.resource, known.target_id)
        if known.resource != resource.name:
            return self._replaced(drawn, known, target)
        if target is None:
            return [self.warn(sentences.gone(resource, known), drawn=drawn, known=known)]
        status = str(dig(target, resource.status)) if resource.status else ""
        version = str(dig(target, resource.version) or "")
        if status in resource.dead:
            return [
                self.warn(sentences.dead(resource, target, status), drawn=drawn, known=known, version=version)
            ]
        if drawn.document.add_only:
            return [self.change(Action.UNCHANGED, drawn, known, version=version)]
        comparison = compare(drawn, known, target, self.context)
        if not comparison.to_send and not comparison.money_by_hand:
            note = "values set by hand in the other system were kept" if comparison.differences else ""
            return [
                self.change(
                    Action.UNCHANGED,
                    drawn,
                    known,
                    version=version,
                    differences=comparison.differences,
                    message=note,
                )
            ]
        return [self._update(drawn, known, target, comparison, status, version)]

    def _update(
        self, drawn: Drawn, known: Known, target: Record, comparison: Comparison, status: str, version: str
    ) -> Change:
        resource = drawn.resource
        shown: dict[str, Any] = {"version": version, "differences": comparison.differences}
        ours = [
            one
            for one in own_links(known.subject, self.context)
            if one.details.get("allocated_to") == known.role
        ]
        paid = covered(target, resource, ours)
        why = sentences.lock(resource, target)
        if why:
            return self.warn(sentences.locked(resource, target, why), drawn=drawn, known=known, **shown)
        if resource.active and dig(target, resource.active) is False:
            return self.warn(sentences.inactive(resource, target), drawn=drawn, known=known, **shown)
        if comparison.money_by_hand:
            return self.warn(sentences.by_hand(resource, target, known), drawn=drawn, known=known, **shown)
        if status in resource.closed or paid > 0:
            if comparison.money_moved or not comparison.harmless:
                return self.warn(
                    sentences.adjustment(drawn, resource, target, known), drawn=drawn, known=known, **shown
                )
        elif resource.status and self.context.options.get(f"update_{status.lower()}") is False:
            return self.warn(
                sentences.not_updated(resource, target, status), drawn=drawn, known=known, **shown
            )
        return self.change(Action.UPDATE, drawn, known, payload=comparison.payload, **shown)

    def _replaced(self, drawn: Drawn, known: Known, target: Record | None) -> list[Change]:
        removal = self.removal(known, f"it is now a {drawn.resource.label}", target)
        if removal.action is not Action.REMOVE:
            return [removal]
        return [removal, self.change(Action.CREATE, drawn)]

    # --- no longer wanted -------------------------------------------------------------------------------

    def withdrawn(self, known: Known) -> Change:
        """The record was sent and has since been deleted, rejected or taken back."""
        policy = self.context.options.get("withdrawn") or self.integration.removed
        if policy == "remove":
            return self.removal(known, self.drawing.skip)
        target = self.held.by_id(known.resource, known.target_id)
        if target is None:
            return self.change(Action.REMOVE, known=known, message="both are gone")
        return self.warn(
            sentences.withdrawn(
                resource_named(self.integration, known.resource), self.drawing.title, known, self.drawing.skip
            ),
            known=known,
        )

    def removal(self, known: Known, why: str, target: Record | None = None) -> Change:
        """Remove what was sent, where its kind and its status allow it; else say what a person should do."""
        resource = resource_named(self.integration, known.resource)
        target = target or self.held.by_id(known.resource, known.target_id)
        if target is None or str(dig(target, resource.status)) in resource.dead:
            return self.change(Action.REMOVE, known=known, message=f"{why}; it is gone there already")
        status = str(dig(target, resource.status)) if resource.status else ""
        removal = status if status in resource.removals else None
        paid = covered(target, resource)
        why_not = sentences.lock(resource, target)
        if removal is None or paid or why_not:
            state = why_not or (
                f"it is {status.lower()}" if status and not paid else "it has payments or credits"
            )
            return self.warn(sentences.cannot_remove(resource, target, why, state), known=known)
        return self.change(
            Action.REMOVE,
            known=known,
            removal=removal,
            message=why,
            version=str(dig(target, resource.version) or ""),
        )


def resource_named(integration: type[Integration], name: str) -> Resource:
    """The resource of that name among the integration's documents."""
    return integration.targets()[name]


def _scope(known: Known) -> dict[str, str]:
    scope = known.details.get("scope")
    return {name: str(value) for name, value in scope.items()} if isinstance(scope, Mapping) else {}
