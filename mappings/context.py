"""What a run and each of its batches know: options, rules, catalogues and links,
in a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from integrations import registry
from integrations.base import Integration, Record, Subject, dig
from integrations.context import PLANNED, Context, Known, Rule
from integrations.drawing import Drawing, variants
from integrations.models import Setting, Tenant
from integrations.rule_books import BOOK, RuleBook, is_faulty
from integrations.terms import SIDES, Terms, indexed
from integrations.unregistered import MARK
from mappings.contract_terms import ContractTerms
from mappings.marks import is_marked
from mappings.models import (
    CatalogueEntry,
    CatalogueKind,
    CostCodeRule,
    Link,
    LinkState,
)
from mappings.places import country, region
from mappings.rule_books import ever_on, in_force, kept
from mappings.similar import similar

SENT_AGAIN_AFTER = timedelta(days=1)  # a refused body goes out again, although nothing about it changed


@dataclass(kw_only=True)
class RunPart:
    """What stays the same for all batches of one integration in one run."""

    tenant: Tenant
    integration: type[Integration]
    options: Mapping[str, Any]
    today: date
    book: RuleBook  # today's rules and options
    cost_codes: Mapping[str, Mapping[str, Any]]
    names: Mapping[str, str]
    web: Callable[[str, Mapping[str, Any]], str]
    scope: str = "everything"
    approving: bool = False
    renewing: bool = False  # what was sent is brought to today's rules and options
    terms: Mapping[tuple[str, ...], Terms] = field(default_factory=dict)
    ever_on: frozenset[str] = frozenset()  # options of its joins that are or were on
    books: dict[str, RuleBook] = field(default_factory=dict)  # those of earlier, as far as they were needed
    # What kin share -> subject -> what the run planned for it before: nothing of that is sent yet.
    planned: dict[str, dict[str, Known]] = field(default_factory=lambda: defaultdict(dict))
    by_subject: dict[tuple[str, str], Known] = field(default_factory=dict)
    by_target: dict[tuple[str, str], Known] = field(default_factory=dict)
    owners: dict[tuple[str, str], str] = field(default_factory=dict)
    catalogues: dict[str, Mapping[str, Record]] = field(default_factory=dict)

    def catalogue_targets(self) -> list[str]:
        """Names of the targets that are read whole."""
        return [name for name, resource in self.integration.targets().items() if resource.catalogue]


def load_run(
    tenant: Tenant,
    integration: type[Integration],
    *,
    web: Callable[[str, Mapping[str, Any]], str] | None = None,
    scope: str = "everything",
    today: date | None = None,
    approving: bool = False,
    renewing: bool = False,
) -> RunPart:
    """The part of the context that holds for a whole run of one integration, in a fixed number of queries."""
    options = options_of(tenant, integration)
    part = RunPart(
        tenant=tenant,
        integration=integration,
        options=options,
        today=today or timezone.now().astimezone(ZoneInfo(tenant.time_zone)).date(),
        book=in_force(tenant, integration, options, rules_of(tenant)),
        cost_codes=cost_codes_of(tenant),
        names=registry.NAMES,
        web=web or (lambda template, ids: template),
        scope=scope,
        approving=approving,
        renewing=renewing,
        ever_on=ever_on(tenant, integration, options),
        terms=contract_terms_of(tenant, integration),
    )
    refresh_links(part)
    return part


def options_of(tenant: Tenant, integration: type[Integration]) -> dict[str, Any]:
    """The options in force: the tenant's own, then the integration's; what was chosen, else the defaults."""
    beside = ("labour",) if integration.reverse else ()  # timecards bring wages already
    slugs = [registry.TENANT, integration.slug, *integration.reads, *beside]
    found = Setting.objects.filter(tenant=tenant, integration__in=slugs)
    settings = {setting.integration: setting for setting in found}
    own, chosen = settings.get(registry.TENANT), settings.get(integration.slug)
    options: dict[str, Any] = {
        "country": tenant.country,
        "currency": tenant.currency,
        "time_zone": tenant.time_zone,
    }
    options |= registry.defaults() | (own.options if own else {})
    for slug in integration.reads:
        theirs = settings.get(slug)
        options |= registry.BY_SLUG[slug].defaults() | (theirs.options if theirs else {})
    options |= integration.defaults() | (chosen.options if chosen else {})
    options |= {f"{slug}_enabled": slug in settings and settings[slug].enabled for slug in beside}
    if chosen and chosen.start_date:
        options["start_date"] = chosen.start_date
    return options


def rules_of(tenant: Tenant) -> list[Rule]:
    """Every cost code rule of the tenant."""
    return [rule.as_rule() for rule in CostCodeRule.objects.filter(tenant=tenant)]


def contract_terms_of(tenant: Tenant, integration: type[Integration]) -> dict[tuple[str, ...], Terms]:
    """The retention terms of contracts on the integration's side; none for other integrations."""
    side = SIDES.get(integration.slug)
    rows = ContractTerms.objects.filter(tenant=tenant, side=side) if side else ()
    return indexed(row.as_terms() for row in rows)


def cost_codes_of(tenant: Tenant) -> dict[str, Mapping[str, Any]]:
    """The standard cost codes by their full code."""
    entries = CatalogueEntry.objects.filter(tenant=tenant, kind=CatalogueKind.COST_CODE)
    return {entry.code: entry.as_record() for entry in entries}


def refresh_links(part: RunPart) -> None:
    """Read anew the links of the integrations this one comes after, and who owns the catalogue targets:
    two queries.
    """
    part.by_subject, part.by_target, part.owners = {}, {}, {}
    known = (*part.integration.after, *part.integration.reads)
    before = [slug for slug in known if slug not in part.integration.follows]
    links = Link.objects.filter(tenant=part.tenant, integration__in=before).standing()
    for link in links.annotate(is_unregistered=is_marked()) if before else ():
        if link.role == registry.BY_SLUG[link.integration].main_role():
            _remember(part.by_subject, part.by_target, _marked(link))
    catalogues = part.catalogue_targets()
    if catalogues:
        part.owners.update(owners_of(part, catalogues))


def _marked(link: Any) -> Known:
    """The link as the planner sees it; one of contacts says whether its vendor is marked."""
    known: Known = link.known()
    if not link.is_unregistered:
        return known
    return replace(known, details={**known.details, MARK: True})


def owners_of(
    part: RunPart, resources: Sequence[str], ids: Iterable[str] | None = None
) -> dict[tuple[str, str], str]:
    """Whose the target records are that links lead to: (resource, target id) -> title of the subject.
    One query.
    """
    links = Link.objects.filter(tenant=part.tenant, resource__in=resources).standing().exclude(target_id="")
    if ids is not None:
        links = links.filter(target_id__in=list(ids))
    rows = links.values_list("resource", "target_id", "title", "subject")
    return {(resource, target): title or subject for resource, target, title, subject in rows}


def _remember(
    by_subject: dict[tuple[str, str], Known], by_target: dict[tuple[str, str], Known], known: Known
) -> None:
    there = by_subject.get((known.integration, known.subject))
    if there is None or (known.is_linked and not there.is_linked):
        by_subject[known.integration, known.subject] = known
    if known.target_id:
        by_target[known.integration, known.target_id] = known


def load_batch(part: RunPart, subjects: Sequence[Subject], followed: Iterable[str] = ()) -> Context:
    """The context of a batch of subjects. One query; one more each for followed targets and for kin.

    `followed` are ids of those targets, as far as the batch needs them.
    """
    by_subject, by_target = dict(part.by_subject), dict(part.by_target)
    own, parted = own_of(part, subjects)
    for known in own.values():
        _remember(by_subject, by_target, known)
    ids = sorted({*followed})
    if part.integration.follows and ids:
        wanted = Q(target_id__in=ids) | Q(subject__in=ids)
        for link in Link.objects.filter(
            wanted, tenant=part.tenant, integration__in=part.integration.follows
        ).standing():
            _remember(by_subject, by_target, link.known())
    return Context(
        options=part.options,
        today=part.today,
        own=own,
        by_subject=by_subject,
        by_target=by_target,
        kin=kin_of(part, subjects),
        owners=dict(part.owners),
        parted=parted,
        written=written_of(part, subjects),
        rules=part.book.rules,
        reverse=part.book.reverse,
        labour=part.book.labour,
        tax_codes=part.book.tax_codes,
        book=part.book.fingerprint,
        books=books_of(part, own.values()),
        renewing=part.renewing,
        catalogues=part.catalogues,
        cost_codes=part.cost_codes,
        terms=part.terms,
        names=part.names,
        web=part.web,
        similar=similar,
        country=country,
        region=region,
        scope=part.scope,
        approving=part.approving,
    )


def own_of(
    part: RunPart, subjects: Sequence[Subject]
) -> tuple[dict[tuple[str, str], Known], dict[tuple[str, str, str], str]]:
    """The own links of the subjects and of the claims before them, and why a person took apart those that no
    longer stand. One query.
    """
    own: dict[tuple[str, str], Known] = {}
    parted: dict[tuple[str, str, str], str] = {}
    before = (str(dig(subject.record, "previous.id") or "") for subject in subjects)
    now, keys = timezone.now(), {*(subject.key for subject in subjects), *before}
    links = Link.objects.of(part.tenant, part.integration.slug).exclude(state=LinkState.UNLINKED, note="")
    for link in links.filter(subject__in=keys):
        if link.state == LinkState.UNLINKED:
            parted[link.subject, link.resource, link.target_id] = link.note
        else:
            known = planned_from(link, now)
            own[known.role, known.subject] = known
    return own, parted


def books_of(part: RunPart, own: Iterable[Known]) -> Mapping[str, RuleBook]:
    """The earlier rules and options under which these were sent. Two queries where one is not known yet."""
    if part.renewing:
        return {}
    used = {str(known.details.get(BOOK) or "") for known in own} - {"", part.book.fingerprint}
    if used - part.books.keys():
        part.books = kept(part.tenant, used | part.books.keys())
    return part.books


def written_of(part: RunPart, subjects: Sequence[Subject]) -> frozenset[str]:
    """The ids of source records that OneCore wrote itself, also those unlinked since. One query.

    A record whose request is still without an answer is known by what was sent.
    """
    source = part.integration.source
    if not source.asks_who_wrote:
        return frozenset()
    records = {one.group or one.key: one.record for one in subjects}
    links = Link.objects.filter(tenant=part.tenant, resource=source.resource.name, exclusive=True).written()
    links = links.exclude(integration=part.integration.slug)
    found = set()
    for link in links.filter(Q(target_id__in=list(records)) | Q(state=LinkState.SENDING, target_id="")):
        sent = link.marker
        alike = {
            key
            for key, one in records.items()
            if not link.target_id and sent and all(str(dig(one, name)) == str(sent[name]) for name in sent)
        }
        found |= {link.target_id} if link.target_id else alike
    return frozenset(found)


def kin_of(part: RunPart, subjects: Sequence[Subject]) -> dict[str, list[Known]]:
    """By what they share, the links of the subjects' kin, like a contract's claims. One query at most."""
    shared, detail = part.integration.kin
    drawn = variants(part.integration, Context(options=part.options)).values()
    read = part.integration.slug in SIDES or any(getattr(variant, "reads", None) for variant in drawn)
    if not shared or not read:
        return {}
    values = [value for one in subjects if (value := dig(one.record, shared)) not in (None, "")]
    found: dict[str, list[Known]] = {str(value): [] for value in values}
    if not values:
        return found
    links = Link.objects.of(part.tenant, part.integration.slug).linked()
    projects = {str(dig(one.record, "project_id") or "") for one in subjects}
    if "" not in projects:
        links = links.filter(project_id__in=projects)  # an index leads there, none to the details
    for link in links.filter(**{f"details__{detail}__in": list(dict.fromkeys(values))}).order_by("pk"):
        found[str(link.details[detail])].append(link.known())
    for value, links_there in found.items():
        linked = {one.subject for one in links_there}
        links_there += [one for one in part.planned[value].values() if one.subject not in linked]
    return found


def expect(part: RunPart, context: Context, drawing: Drawing) -> None:
    """Have the kin of a subject that are planned after it know what it is about to say of itself."""
    key, detail = drawing.subject.key, part.integration.kin[1]
    if is_faulty(drawing) or drawing.against_new:
        return
    for drawn in drawing.documents.values():
        value = str(drawn.details.get(detail))
        if value not in context.kin or any(one.subject == key for one in context.kin[value]):
            return
        known = Known(
            integration=part.integration.slug, role=drawn.role, subject=key, state=PLANNED,
            details=drawn.details,
        )  # fmt: skip
        part.planned[value][key] = known
        context.kin[value].append(known)


def planned_from(link: Link, now: datetime) -> Known:
    """The link as the planner sees it; one refused more than a day ago counts as not sent yet."""
    lapsed = link.refused_at is None or now - link.refused_at >= SENT_AGAIN_AFTER
    if lapsed:
        link.refused_fingerprint = ""
        link.state = LinkState.INTENDED if link.state == LinkState.REFUSED else link.state
    return link.known()
