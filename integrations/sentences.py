"""What the planner says when it does not send something:
what happened, to which record, who should act and how.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from integrations.base import Audience, Match, Reason, Record, Resource, dig
from integrations.context import Known
from integrations.drawing import Drawn
from integrations.values import calendar_date, decimal, held_date

KEPT_NUMBER = "# must be unique"  # how Xero refuses a number; voided sales invoices keep theirs


def sentence(text: str) -> str:
    """A message as a sentence of its own."""
    text = text.strip()
    return "" if not text else f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.?…' else '.'}"


def explained(said: str) -> str:
    """A refusal in the other system's words, and what a person can do where these do not say it."""
    if KEPT_NUMBER not in said:
        return said
    why = "Another document has this number, and a voided one keeps it"
    return f"{said} {why}: give the record another number in Procore"


def refused(known: Known, resource: Resource) -> Reason:
    """Why a body the other system refused is not sent again unchanged."""
    code, said = "refused", f"it was refused: {explained(known.message) or 'no reason was given'}"
    if resource.files:
        code, said = "attachment", known.message or "it could not be carried"
    return Reason(code, said, Audience.ACCOUNTS, resource.system)


def system(resource: Resource) -> str:
    return {"xero": "Xero", "procore": "Procore"}.get(resource.system, "OneCore")


def own_day(drawn: Drawn) -> date | None:
    """The record's own date, where its document is drawn under an open day instead."""
    return calendar_date(drawn.details.get("redated_from"))


def equal(drawn: Drawn, resource: Resource, found: Record) -> bool:
    is_dated = "Date" in drawn.payload and "Date" not in drawn.document.once
    days = (drawn.payload.get("Date"), own_day(drawn))
    return (not is_dated or held_date(found.get("Date")) in days) and decimal(
        dig(found, resource.total)
    ) == drawn.total


def taken(resource: Resource, match: Match, found: Record, owner: str) -> Reason:
    return Reason(
        "taken",
        f"the {resource.label} {resource.title_of(found)} with the same {match.words} already belongs "
        f"to {owner}: "
        "give one of the two another number or name, or unlink the other on the links page",
        Audience.ACCOUNTS,
        "links",
    )


def several(resource: Resource, match: Match, free: list[Record]) -> Reason:
    titles = [resource.title_of(one) for one in free[:5]]
    if len(set(titles)) < len(titles):  # equal names are told apart by their ids
        titles = [f"{title} with the id {dig(one, resource.key)}" for title, one in zip(titles, free)]
    shown = ", ".join(titles)
    return Reason(
        "several-matches",
        f"{len(free)} {resource.plural} have the same {match.words} ({shown}): choose one on the "
        f"links page, or merge them in {system(resource)}",
        Audience.ACCOUNTS,
        "links",
    )


def similar(resource: Resource, match: Match, likely: list[tuple[Record, int]]) -> Reason:
    shown = ", ".join(f"{resource.title_of(one)} ({score} % alike)" for one, score in likely[:5])
    return Reason(
        "similar",
        f"it may be the same {resource.label} as {shown}: link them on the links page, or {match.otherwise}",
        Audience.ACCOUNTS,
        "links",
    )


def lock(resource: Resource, target: Record) -> str:
    """Why the target cannot be changed by us, "" where it can."""
    return next((why for path, why in resource.locked.items() if dig(target, path)), "")


def locked(resource: Resource, target: Record, why: str) -> Reason:
    return Reason(
        "locked",
        f"{resource.title_of(target)} needs an update in {system(resource)}, but {why}: change it by "
        "hand, or unlink it on the links page",
        Audience.ACCOUNTS,
        resource.system,
    )


def inactive(resource: Resource, target: Record) -> Reason:
    return Reason(
        "inactive",
        f"the {resource.label} {resource.title_of(target)} needs an update but is inactive in "
        f"{system(resource)}: "
        "make it active there, or remove the contact from the group",
        Audience.ACCOUNTS,
        resource.system,
    )


def other_amount(drawn: Drawn, resource: Resource, found: Record) -> Reason:
    held = decimal(dig(found, resource.total)) or Decimal(0)
    return Reason(
        "other-amount",
        f"{resource.title_of(found)} is already in {system(resource)} with the same number but "
        "another amount or date "
        f"({held:,.2f} there, {drawn.total:,.2f} here): correct or renumber one of them",
        Audience.ACCOUNTS,
        "xero",
    )


def gone(resource: Resource, known: Known) -> Reason:
    return Reason(
        "target-gone",
        f"{known.number or 'the linked ' + resource.label} can no longer be read in "
        f"{system(resource)}: it was deleted or merged, "
        "or the connected user may not see it; restore it, or unlink it on the links page to send it again",
        Audience.ACCOUNTS,
        "links",
    )


def dead(resource: Resource, target: Record, status: str) -> Reason:
    return Reason(
        "target-voided",
        f"{resource.title_of(target)} was {status.lower()} in {system(resource)} while the record it "
        "came from still stands: "
        "unlink it on the links page to send it again, or take the record back in Procore",
        Audience.ACCOUNTS,
        "links",
    )


def by_hand(resource: Resource, target: Record, known: Known) -> Reason:
    held, sent = decimal(dig(target, resource.total)) or Decimal(0), decimal(known.amount) or Decimal(0)
    return Reason(
        "amount-by-hand",
        f"the amount of {resource.title_of(target)} was changed by hand in {system(resource)} "
        f"({sent:,.2f} was sent, it now holds "
        f"{held:,.2f}): put it back, or bring the record it came from to the same"
        f"{', line by line' if resource.lines else ''}",
        Audience.ACCOUNTS,
        "xero",
    )


def adjusted(title: str, why: str, sent: Decimal, moved: Decimal) -> str:
    """Why a document is adjusted by another one, since its own amount cannot be changed any more."""
    what = (
        f"it now comes to {sent + moved:,.2f} before tax and {sent:,.2f} was sent"
        if moved
        else "its lines or their tax are others now"
    )
    return f"the record changed after {title} {why}: {what}"


def proposal(told: str, moved: Decimal) -> Reason:
    """An adjustment that waits for a person; `told` says why."""
    what = f"an adjustment of {moved:,.2f}" if moved else "an adjustment that moves them"
    return Reason(
        "needs-adjustment",
        f"{told}, so {what} is proposed; send it from the review page, or change the record back in Procore",
        Audience.ACCOUNTS,
        "review",
    )


def adjustment_left(resource: Resource, numbers: list[str]) -> Reason:
    """What is adjusted was unlinked and its adjustments were not: together they would come to too much."""
    named = ", ".join(numbers)
    return Reason(
        "adjustment-left",
        f"the {resource.label} was unlinked while its adjustment {named} still counts, so that sending it "
        "again would come to too much: link it again, or void the adjustment and unlink it too on the links "
        "page",
        Audience.ACCOUNTS,
        "links",
    )


def cannot_follow(resource: Resource, target: Record, why: str) -> Reason:
    """A change that comes to nothing in money and that the document cannot take any more."""
    return Reason(
        "not-editable",
        f"the record changed after {resource.title_of(target)} {why}, and what changed can no longer be "
        f"written there: correct it by hand in {system(resource)}, or change the record back",
        Audience.ACCOUNTS,
        resource.system,
    )


def tracking_dropped(resource: Resource) -> Reason:
    """The other system stored a line without the tracking it was sent with."""
    return Reason(
        "tracking-dropped",
        f"the tracking of a line was dropped when the {resource.label} was stored: the option or its "
        "category may be archived; restore it in Xero, and set it on the document by hand",
        Audience.ACCOUNTS,
        resource.system,
    )


def tax_otherwise(resource: Resource) -> Reason:
    """The other system stored another tax than was sent."""
    return Reason(
        "tax-otherwise",
        f"{system(resource)} stored the {resource.label} with another tax than was sent: look at the tax of "
        "its lines there and correct it",
        Audience.ACCOUNTS,
        resource.system,
    )


def adjustment(drawn: Drawn, resource: Resource, target: Record, known: Known, why: str) -> Reason:
    """What a person has to enter, since the amount of the document cannot be changed any more."""
    sent = (decimal(known.amount) or Decimal(0)) * resource.sign
    now = (drawn.total or Decimal(0)) * drawn.resource.sign
    what = (
        f"it now comes to {now:,.2f} before tax, {sent:,.2f} was sent; enter an adjustment of "
        f"{now - sent:,.2f}"
        if now != sent
        else "its coding, tax or contact is another now; correct it by hand"
    )
    return Reason(
        "needs-adjustment",
        f"the record changed after {resource.title_of(target)} {why}: {what} in {system(resource)}",
        Audience.ACCOUNTS,
        "xero",
    )


def not_updated(resource: Resource, target: Record, status: str) -> Reason:
    return Reason(
        "not-updated",
        f"the record changed, and {resource.title_of(target)} is {status.lower()} and was not "
        "updated, as the options say: "
        "update it by hand, or allow the update in the options",
        Audience.ACCOUNTS,
        "options",
    )


def stuck(resource: Resource, target: Record, held: str, wanted: str) -> Reason:
    return Reason(
        "not-moved",
        f"the record is finished, but {resource.title_of(target)} is {held.lower()} in {system(resource)} "
        f"and cannot be marked as {wanted.lower()} from there: approve it in {system(resource)}, or mark "
        "it by hand",
        Audience.ACCOUNTS,
        resource.system,
    )


def withdrawn(resource: Resource, title: str, known: Known, why: str) -> Reason:
    return Reason(
        "withdrawn",
        f"{title} was sent as {known.number or 'a document'} and has since been taken back ({why}): "
        f"void or remove it in {system(resource)}, or restore the record",
        Audience.ACCOUNTS,
        resource.system,
    )


def cannot_remove(resource: Resource, target: Record, why: str, state: str) -> Reason:
    return Reason(
        "cannot-remove",
        f"{resource.title_of(target)} should be removed ({why}), but {state}: remove it by hand in "
        f"{system(resource)}",
        Audience.ACCOUNTS,
        resource.system,
    )


def parted(resource: Resource, found: Record, why: str) -> Reason:
    """Why a record that fits is not linked again, nor another one made beside it."""
    name = resource.title_of(found)
    return Reason(
        "unlinked",
        f"it was unlinked by hand from {name} ({why}): link it to another {resource.label} on the links "
        f"page, or void, delete or rename {name} in {system(resource)} so that it is sent again",
        Audience.ACCOUNTS,
        "links",
    )


def chosen_gone(resource: Resource, known: Known) -> Reason:
    return Reason(
        "target-gone",
        f"the {resource.label} chosen for it on the links page is no longer in {system(resource)}: choose "
        "another one there, or unlink it to have it sent",
        Audience.ACCOUNTS,
        "links",
    )


def chosen_otherwise(resource: Resource, known: Known) -> Reason:
    return Reason(
        "target-gone",
        f"what was chosen for it on the links page is no {resource.label}, which is what it has become: "
        f"choose a {resource.label} there, or unlink it to have it sent",
        Audience.ACCOUNTS,
        "links",
    )


def several_found(message: str, resource: Resource) -> Reason:
    """Several records that may be what an unanswered request made; `message` names them."""
    return Reason("several-found", message, Audience.ACCOUNTS, resource.system)


def unreadable(resource: Resource, said: str) -> Reason:
    """Records of a kind that the connected user may not read, where others may be read."""
    return Reason(
        "project-unreadable",
        f"the {resource.plural} it needs cannot be read in {system(resource)} ({said.rstrip('.')}): give the "
        "connected user access to them",
        Audience.ADMINISTRATOR,
        resource.system,
    )


def unreadable_project(number: str, said: str) -> Reason:
    """A project that the connected user may not see."""
    return Reason(
        "project-unreadable",
        f"project {number} cannot be read in Procore ({said.rstrip('.')}): give the connected user access to "
        "it, or unlink it",
        Audience.ADMINISTRATOR,
        "procore",
    )
