"""Lists that are edited in place and by file."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from integrations.admin.access import EDITORS, LimitedForm, TenantAdmin
from mappings.admin.rule_files import RuleFiles


class RowForm(LimitedForm, forms.ModelForm):
    """A row of a list, limited to the person's tenants."""


class FiledTable(RuleFiles):
    """A list that is edited in place and by file, both with their history."""

    rights: ClassVar[Mapping[str, str]] = {
        "view": "for_user",
        "change": EDITORS,
        "add": EDITORS,
        "delete": EDITORS,
    }
    row_form: ClassVar[type[LimitedForm]] = RowForm
    narrow: tuple[str, ...] = ()  # columns whose width is given
    width: ClassVar[int] = 20  # letters of those
    list_select_related = ("tenant",)

    def get_urls(self) -> list[URLPattern]:
        return [*self.file_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list with its ways in and out."""
        return super().changelist_view(request, {"tools": self.file_tools(request), **(extra_context or {})})

    def get_changelist_form(self, request: HttpRequest, **given: Any) -> Any:
        """Rows of tenants that the person may change."""
        keys = frozenset(self.tenants(request, "change").values_list("pk", flat=True))
        limited = type("LimitedRow", (self.row_form,), {"changeable": keys})
        return super(TenantAdmin, self).get_changelist_form(request, form=limited, **given)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """Columns of a given width."""
        field: Any = super().formfield_for_dbfield(db_field, request, **given)
        if db_field.name in self.narrow:
            field.widget.attrs |= {"size": self.width}
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The history names the person."""
        obj._history_user = request.user
        super().save_model(request, obj, form, change)
