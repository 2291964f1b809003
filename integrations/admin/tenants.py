"""Tenants and who works for them."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils import dateformat

from integrations.admin.access import ADMINISTRATORS, TenantAdmin, TenantFilter
from integrations.admin.display import CONNECTION_COLOURS, CONNECTION_WORDS, chip, inside, joined, two_lines
from integrations.models import Membership, Tenant, is_support

DAYS = ("j M Y", "d/m/Y", "j F Y", "Y-m-d")  # ways to write a day, offered by example
EXAMPLE = date(2026, 7, 3)


class TenantForm(forms.ModelForm):
    """A tenant, with the way it writes days chosen by example."""

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        field = self.fields.get("date_format")
        if field is not None:
            ways = dict.fromkeys((*DAYS, self.instance.date_format))  # also one that came by file
            examples = [(way, dateformat.format(EXAMPLE, way)) for way in ways]
            self.fields["date_format"] = forms.ChoiceField(label="Days are written", choices=examples)


@admin.register(Tenant)
class TenantsAdmin(TenantAdmin):
    """Clients. Made by support staff, kept by their administrators."""

    form = TenantForm
    tenant_path = "pk"
    rights = {"view": "for_user", "change": ADMINISTRATORS}
    intro = "One client each: a Procore company with a Xero organisation."
    empty = "No tenants yet. Support staff add one here, or import one with “manage.py tenant import”."
    list_display = ("who", "connected", "time_zone", "served")
    search_fields = ("name", "slug", "support_contact")
    prepopulated_fields = {"slug": ("name",)}
    fieldsets = (
        (None, {"fields": ("name", "slug", "is_active", "support_contact")}),
        ("Place", {"fields": ("country", "currency", "time_zone", "date_format")}),
    )

    def tenant_of(self, row: Any) -> Any:
        return row

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A new client is taken on by support staff."""
        return self.admin_site.has_permission(request) and is_support(request.user)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change or not is_support(request.user):
            super().save_model(request, obj, form, change)
        else:
            obj.save()

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The short name stands in addresses and files, so it stays;
        only support staff switch a client off.
        """
        if obj is None:
            return ()
        return ("slug",) if is_support(request.user) else ("slug", "is_active")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("connections")

    @admin.display(description="tenant", ordering="name")
    def who(self, tenant: Tenant) -> str:
        return two_lines(tenant.name, tenant.slug)

    @admin.display(description="connections")
    def connected(self, tenant: Tenant) -> str:
        found = [
            chip(f"{row.get_system_display()} {CONNECTION_WORDS[row.state]}", CONNECTION_COLOURS[row.state])
            for row in tenant.connections.all()
        ]
        address = reverse("admin:connections_of", args=[tenant.slug])
        return joined(found) if found else inside(address, "Connect Procore and Xero")

    @admin.display(description="served", ordering="is_active")
    def served(self, tenant: Tenant) -> str:
        return chip("served", "green") if tenant.is_active else chip("switched off")


class RoleFilter(admin.SimpleListFilter):
    """By what people may do."""

    title = "role"
    parameter_name = "role"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return [*Membership.Role.choices, ("approver", "May approve plans")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "approver":
            return queryset.filter(can_approve=True)
        return queryset.filter(role=self.value()) if self.value() else queryset


@admin.register(Membership)
class MembershipAdmin(TenantAdmin):
    """Who may do what. New people come by invitation."""

    rights = {"view": "for_user", "change": ADMINISTRATORS, "delete": ADMINISTRATORS}
    intro = (
        "An editor changes rules and makes test runs; an administrator also connects, sets options, "
        "schedules and "
        "runs. Approving plans is a right of its own."
    )
    empty = "Nobody belongs to a tenant yet. Invite people on the invitations page."
    list_display = ("person", "tenant", "role", "can_approve")
    list_filter = (TenantFilter, RoleFilter)
    search_fields = ("user__username", "user__first_name", "user__last_name", "user__email", "tenant__name")
    fields = ("user", "tenant", "role", "can_approve")
    list_select_related = ("user", "tenant")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A membership keeps its person; nobody widens their own rights."""
        own = obj is not None and obj.user_id == request.user.pk and not is_support(request.user)
        return ("user", "tenant", "role", "can_approve") if own else ("user", "tenant")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody locks themselves out."""
        return super().has_delete_permission(request, obj) and (obj is None or obj.user_id != request.user.pk)

    @admin.display(description="person", ordering="user__username")
    def person(self, membership: Membership) -> str:
        user = membership.user
        return two_lines(user.get_full_name() or user.username, user.email or user.username)
