"""Which record here is which record there: read, searched, opened in both systems."""

from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from integrations.admin.access import EDITORS, EVERYBODY, TenantAdmin, TenantFilter
from integrations.admin.display import SYSTEM_NAMES, amount, chip, count, outside, two_lines, when
from integrations.admin.options import name_of
from integrations.base import fill
from integrations.environments import find_environment
from integrations.models import Tenant, connections_of
from integrations.registry import BY_SLUG, NAMES
from integrations.unregistered import CONTACTS
from mappings.marks import is_marked, mark, unmark, vendors_of
from mappings.models import CatalogueEntry, CatalogueKind, Link, LinkState

COLOURS = {
    "linked": "green",
    "sending": "blue",
    "refused": "red",
    "intended": "grey",
    "unlinked": "grey",
    "already": "grey",
}


class IntegrationFilter(admin.SimpleListFilter):
    """By integration, under its name."""

    title = "integration"
    parameter_name = "integration"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return list(NAMES.items())

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(integration=self.value()) if self.value() else queryset


class LinkStateFilter(admin.SimpleListFilter):
    """By state."""

    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return LinkState.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(state=self.value()) if self.value() else queryset


class Addresses:
    """Web addresses of both ends of links; connections are read once per tenant."""

    def __init__(self) -> None:
        self.hosts: dict[int, dict[str, tuple[str, str]]] = {}

    def of(self, tenant: Tenant, system: str) -> tuple[str, str]:
        """The system's web host and the tenant's company or organisation id there."""
        if tenant.pk not in self.hosts:
            self.hosts[tenant.pk] = {
                name: (held.web or (found.web if found else ""), held.external_id)
                for name, held in connections_of(tenant).items()
                for found in [find_environment(name, held.credential.environment)]
            }
        return self.hosts[tenant.pk].get(system, ("", ""))

    def target(self, link: Link) -> str:
        """Where people see the target record; "" where its resource has no page."""
        integration = BY_SLUG.get(link.integration)
        resource = integration.targets().get(link.resource) if integration else None
        host, company = self.of(link.tenant, link.system)
        if resource is None or not resource.web or not host or not link.target_id:
            return ""
        names = {"company_id": company, "id": link.target_id, resource.key: link.target_id, **link.scope}
        return host.rstrip("/") + fill(resource.web, {**names, "project": {"id": link.project_id}}).replace(
            " ", ""
        )

    def source(self, link: Link) -> str:
        """Where people see the source record."""
        integration = BY_SLUG.get(link.integration)
        resource = integration.source.resource if integration else None
        host, company = self.of(link.tenant, resource.system) if resource else ("", "")
        if resource is None or not resource.web or not host:
            return ""
        known = link.group or link.subject.partition(":")[0]
        names = {"company_id": company, "id": known, resource.key: known, "project_id": link.project_id}
        address = fill(resource.web, {**names, **link.details, "project": {"id": link.project_id}})
        return host.rstrip("/") + address.replace(" ", "")


@admin.register(Link)
class LinkAdmin(TenantAdmin):
    """Links: made by runs, taken apart and chosen by people on a page of their own."""

    intro = (
        "Which record in one system is which record in the other. OneCore makes links and never guesses one. "
        "Open one to unlink it, or to link it to another record; in the links of contacts, vendors can be "
        "marked as not registered for GST."
    )
    empty = "No links yet. They appear with the first run of contacts or projects."
    list_display = ("record", "tenant", "kind", "there", "amount_before_tax", "how_far", "changed")
    list_display_links = ("changed",)
    list_filter = (TenantFilter, IntegrationFilter, LinkStateFilter)
    list_select_related = ("tenant",)
    search_fields = ("title", "number", "subject", "target_id")
    least_letters = 2
    rights: ClassVar[Mapping[str, str]] = {"view": EVERYBODY, "mark": EDITORS}
    actions = ("mark_unregistered", "take_mark_off")
    fields = (
        "tenant",
        "kind",
        "record",
        "there",
        "how_far",
        "amount_before_tax",
        "made",
        "changed",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> Any:
        """Links between the two systems; those into our own catalogue show there."""
        self.__dict__.pop("addresses", None)
        found = super().get_queryset(request).exclude(system="onecore")
        return found.annotate(is_unregistered=is_marked())

    def get_actions(self, request: HttpRequest) -> Any:
        """Vendors are marked where the list shows links of contacts alone."""
        shown = request.GET.get("integration") == CONTACTS
        return super().get_actions(request) if shown else {}

    def has_mark_permission(self, request: HttpRequest) -> bool:
        """Whoever may decide about links of some tenant's contacts."""
        return self.may(request, "mark")

    @admin.action(description="Mark as not registered for GST", permissions=["mark"])
    def mark_unregistered(self, request: HttpRequest, rows: Any) -> None:
        """Nothing taxed is sent for them from the next run on."""
        done = sum(
            mark(link.tenant, link.target_id, link.title, request.user)
            for link in self.vendors(request, rows)
        )
        words = f"{count(done, 'vendor', 'vendors')} marked as not registered for GST."
        messages.success(request, words)

    @admin.action(description="Take off the mark “not registered for GST”", permissions=["mark"])
    def take_mark_off(self, request: HttpRequest, rows: Any) -> None:
        """What was held back goes with the next run."""
        done = sum(
            unmark(link.tenant, vendors_of(link), request.user) for link in self.vendors(request, rows)
        )
        messages.success(request, f"The mark was taken off {count(done, 'vendor', 'vendors')}.")

    def vendors(self, request: HttpRequest, rows: Any) -> Any:
        """The links of contacts among the rows that lead to a vendor, of tenants the person may change."""
        return self.allowed(request, rows, "mark").filter(integration=CONTACTS).exclude(target_id="")

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The list leads to the marks, which come and go by file too."""
        client = request.GET.get("client")
        address = reverse("admin:mappings_unregisteredvendor_changelist")
        tool = {
            "address": address + (f"?{urlencode({'client': client})}" if client else ""),
            "words": "Vendors not registered for GST",
        }
        return super().changelist_view(request, {"tools": [tool], **(extra_context or {})})

    @cached_property
    def addresses(self) -> Addresses:
        return Addresses()

    @admin.display(description="record", ordering="title")
    def record(self, link: Link) -> str:
        return two_lines(
            outside(self.addresses.source(link), link.title or link.subject), f"id {link.subject}"
        )

    @admin.display(description="integration", ordering="integration")
    def kind(self, link: Link) -> str:
        return two_lines(
            name_of(link.integration), "" if link.role == "record" else link.role.replace("_", " ")
        )

    @admin.display(description="is linked to")
    def there(self, link: Link) -> str:
        if not link.target_id:
            return ""
        words = link.number or link.title or link.target_id
        system, resource = SYSTEM_NAMES.get(link.system, link.system), link.resource.replace("_", " ")
        place = f"{system} {resource}, id {link.target_id}"
        return two_lines(outside(self.addresses.target(link), words), place)

    @admin.display(description="before tax", ordering="amount")
    def amount_before_tax(self, link: Link) -> str:
        return amount(link.amount)

    @admin.display(description="state", ordering="state")
    def how_far(self, link: Any) -> str:
        words = "linked by the next run" if link.known().is_chosen else link.get_state_display()
        about = "not registered for GST" if link.is_unregistered else ""
        return two_lines(chip(words, COLOURS[link.state]), link.message or link.note or about)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> Any:
        """A link is called what its record is called."""
        link = self.get_object(request, object_id)
        title = (link.title or link.subject) if link is not None else ""
        return super().change_view(
            request, object_id, form_url, {"title": title, "subtitle": None, **(extra_context or {})}
        )

    @admin.display(description="made")
    def made(self, link: Link) -> str:
        return when(link.created_at, link.tenant)

    @admin.display(description="changed", ordering="updated_at")
    def changed(self, link: Link) -> str:
        return when(link.updated_at, link.tenant)


class KindFilter(admin.SimpleListFilter):
    """By kind of entry."""

    title = "kind"
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [(value, words.capitalize()) for value, words in CatalogueKind.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(CatalogueEntry)
class CatalogueEntryAdmin(TenantAdmin):
    """Codes that rules are chosen from, as last read."""

    intro = (
        "Codes, accounts and tax types as last read from Procore and Xero. "
        "Rules and options choose from them."
    )
    empty = "Nothing has been read yet. Run the chart of accounts and cost codes once."
    list_display = ("code", "name", "tenant", "kind", "used_for", "updated")
    list_filter = (TenantFilter, KindFilter)
    list_select_related = ("tenant",)
    search_fields = ("code", "name", "key")
    fields = ("tenant", "kind", "code", "name", "key", "is_leaf", "is_active", "updated")
    readonly_fields = fields

    def list_title(self) -> str:
        return "Codes and accounts"

    @admin.display(description="")
    def used_for(self, entry: CatalogueEntry) -> str:
        if not entry.is_active:
            return chip("no longer active")
        return "" if entry.is_leaf else chip("heading")

    @admin.display(description="last read", ordering="updated_at")
    def updated(self, entry: CatalogueEntry) -> str:
        return when(entry.updated_at, entry.tenant)
