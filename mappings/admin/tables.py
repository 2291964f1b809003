"""Lists that are edited in place and by file."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern

from integrations.admin.access import EDITORS, LimitedForm, TenantAdmin
from mappings.admin.rule_files import RuleFiles
from mappings.catalogue import Choices


class CheckedForm(forms.ModelForm):
    """A row whose codes, accounts and types exist in the tenant's catalogue."""

    checked: ClassVar[Mapping[str, str]] = {}  # field -> what it may name

    def clean(self) -> dict[str, Any]:
        """Refuse what the catalogue does not know, at the field, with the nearest match."""
        given = super().clean() or {}
        tenant = given.get("tenant") or (self.instance.tenant if self.instance.tenant_id else None)
        choices = Choices(tenant) if tenant is not None and self.changed_data else None
        for name, named in self.checked.items():
            changed = name in self.changed_data and given.get(name)
            if choices and changed and (told := choices.wrong(named, given[name])):
                self.add_error(name, told)
        return given


class FiledTable(RuleFiles):
    """A list that is edited in place and by file, both with their history."""

    rights: ClassVar[Mapping[str, str]] = {
        "view": "for_user",
        "change": EDITORS,
        "add": EDITORS,
        "delete": EDITORS,
    }
    narrow: tuple[str, ...] = ()  # columns whose width is given
    width: ClassVar[int] = 20  # letters of those
    list_select_related = ("tenant",)

    def get_urls(self) -> list[URLPattern]:
        return [*self.file_urls(), *super().get_urls()]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list with its ways in and out."""
        return super().changelist_view(request, {"tools": self.file_tools(request), **(extra_context or {})})

    def get_changelist_form(self, request: HttpRequest, **given: Any) -> Any:
        """Rows of tenants that the person may change, checked as in the form."""
        keys = frozenset(self.tenants(request, "change").values_list("pk", flat=True))
        limited = type("LimitedRow", (LimitedForm, self.form), {"changeable": keys})
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
