"""How a person's limits on the portal are taken away, one kind of page at a time.

Most pages are limited twice, by what is read and by what is allowed: both go.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import Http404, HttpRequest

from integrations.admin import access
from integrations.admin.access import TenantAdmin
from integrations.models import Tenant, TenantQuerySet
from mappings.admin.rule_files import RuleFiles
from runs.admin import single
from runs.admin.review import WarningAdmin


def everybodys_rows(self: TenantAdmin, request: HttpRequest) -> Any:
    """Rows of every tenant."""
    return admin.ModelAdmin.get_queryset(self, request)


def any_row(self: TenantAdmin, request: HttpRequest, right: str, row: Any = None) -> bool:
    """Whether the person has the right at all, whoever's row it is."""
    return bool(access.keys_for(request, self.rights.get(right, "")))


def all_tenants(*_given: Any) -> Any:
    """Every tenant, whoever asks."""
    return Tenant.objects.all()


def no_lists() -> None:
    """Lists show what the database holds."""
    TenantAdmin.get_queryset = everybodys_rows  # type: ignore[method-assign]


def no_pages() -> None:
    """A record is found by its key alone."""

    def found(self: TenantAdmin, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        row = self.model._default_manager.filter(pk=object_id).first() if object_id.isdigit() else None
        if row is None:
            raise Http404
        return row

    TenantAdmin.get_object = found  # type: ignore[method-assign,assignment]
    TenantAdmin.may = any_row  # type: ignore[method-assign]


def no_actions() -> None:
    """An action takes every row that is named."""
    no_lists()
    WarningAdmin.rows_for = lambda self, request, rows, right: list(rows)  # type: ignore[method-assign,assignment]


def no_forms() -> None:
    """A form offers every record, and saves for every tenant."""

    def all_of(self: TenantAdmin, request: HttpRequest, related: Any) -> Any:
        return related._default_manager.all()

    TenantAdmin.choosable = all_of  # type: ignore[method-assign]


def no_files() -> None:
    """Files are written and taken for every tenant."""
    RuleFiles.tenants = all_tenants  # type: ignore[method-assign,assignment]


def no_single_form() -> None:
    """The form for one project offers every tenant."""
    single.tenants_for = all_tenants  # type: ignore[attr-defined,assignment]


def no_members() -> None:
    """Everybody has every tenant."""
    TenantQuerySet.for_user = lambda self, user, *roles: self.all()  # type: ignore[method-assign]
