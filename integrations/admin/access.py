"""One base class for every list of the portal: a person sees and changes what belongs to their tenants,
no more.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.functional import cached_property

from integrations.admin.changes import Field, changes_of, usual
from integrations.models import Tenant, is_support

CAP = 1000  # hits counted; more are "1,000+"
EVERYBODY, EDITORS, ADMINISTRATORS, APPROVERS = (
    "for_user",
    "changeable_by",
    "administered_by",
    "approvable_by",
)


class CappedPaginator(Paginator):
    """Counts no further than the cap, so that a search over millions of rows answers at once."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        return int(rows[: CAP + 1].count())

    @property
    def is_capped(self) -> bool:
        """Whether there is more than what is counted."""
        return self.count > CAP


def tenants_for(request: HttpRequest, right: str = EVERYBODY) -> "QuerySet[Tenant]":
    """The tenants for which the person of the request has a right (the name of a question to tenants)."""
    return getattr(Tenant.objects, right)(request.user)


def keys_for(request: HttpRequest, right: str) -> frozenset[int]:
    """The keys of those tenants, asked for once a request: every line of the menu asks again."""
    known: dict[str, frozenset[int]] = request.__dict__.setdefault("_tenant_keys", {})
    if right not in known:
        known[right] = (
            frozenset(tenants_for(request, right).values_list("pk", flat=True)) if right else frozenset()
        )
    return known[right]


def tenant_or_404(request: HttpRequest, slug: str, right: str = EVERYBODY) -> Tenant:
    """The person's tenant of that name. Raises Http404 for others,
    PermissionDenied where only the right lacks.
    """
    tenant = tenants_for(request).filter(slug=slug).first()
    if tenant is None:
        raise Http404
    if not tenants_for(request, right).filter(pk=tenant.pk).exists():
        raise PermissionDenied
    return tenant


def colleagues(request: HttpRequest) -> "QuerySet[User]":
    """People who share a tenant with the person of the request; support staff know everybody."""
    if is_support(request.user):
        return User.objects.filter(is_active=True)
    return User.objects.filter(is_active=True, memberships__tenant__in=tenants_for(request)).distinct()


class TenantFilter(admin.SimpleListFilter):
    """By tenant; not offered to people with one."""

    title = "tenant"
    parameter_name = "client"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The person's own tenants."""
        found = list(tenants_for(request).values_list("slug", "name"))
        return found if len(found) > 1 else []

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> "QuerySet[Any]":
        """Rows of the chosen one; the list is limited to the person's tenants already."""
        if not self.value():
            return queryset
        tenants = tenants_for(request).filter(slug=self.value())
        return queryset.filter(**{f"{self.path}__in": tenants})

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        self.path = model_admin.tenant_path
        super().__init__(request, params, model, model_admin)


class LimitedForm(forms.ModelForm):
    """A row of an edited list: each field says whose it is; those of tenants that the person may only
    see are fixed.
    """

    changeable: ClassVar[Iterable[Any]] = ()

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        for field in self.fields.values():
            field.widget.attrs.setdefault("aria-label", f"{field.label}: {self.instance}")
        if self.instance.pk and self.instance.tenant_id not in self.changeable:
            for field in self.fields.values():
                field.disabled = True


class TenantAdmin(admin.ModelAdmin):
    """A list limited to the person's tenants. `rights` says which tenants a right covers;
    none named, nobody.
    """

    tenant_path: ClassVar[str] = "tenant"
    rights: ClassVar[Mapping[str, str]] = {"view": EVERYBODY}
    least_letters: ClassVar[int] = 0
    intro: ClassVar[str] = ""
    empty: ClassVar[str] = "Nothing here yet."
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER  # counting each choice reads the whole table
    paginator = CappedPaginator
    list_per_page = 50
    list_max_show_all = 200
    save_on_top = False
    view_on_site = False

    # --- who may

    def tenants(self, request: HttpRequest, right: str = "view") -> "QuerySet[Tenant]":
        """The tenants whose rows the person may view, add, change or delete."""
        named = self.rights.get(right)
        return tenants_for(request, named) if named else Tenant.objects.none()

    def tenant_of(self, row: Any) -> Any:
        """The tenant a row belongs to (or its key)."""
        found = row
        for part in self.tenant_path.split("__"):
            found = getattr(found, part)
        return found

    def may(self, request: HttpRequest, right: str, row: Any = None) -> bool:
        """Whether the person has the right for the row; without a row, for any tenant."""
        if not self.admin_site.has_permission(request):
            return False
        keys = keys_for(request, self.rights.get(right, ""))
        if row is None:
            return bool(keys)
        tenant = self.tenant_of(row)
        return getattr(tenant, "pk", tenant) in keys

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "view")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "view", obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, "add")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "change", obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, "delete", obj)

    # --- what is seen

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Any]":
        """Rows of the person's tenants."""
        return super().get_queryset(request).filter(**{f"{self.tenant_path}__in": self.tenants(request)})

    def allowed(self, request: HttpRequest, rows: "QuerySet[Any]", right: str) -> "QuerySet[Any]":
        """Those rows for which the person has the right; every action begins with it."""
        return rows.filter(**{f"{self.tenant_path}__in": self.tenants(request, right)})

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """Another tenant's record is not found, as if it did not exist."""
        raise Http404

    def get_list_display(self, request: HttpRequest) -> Any:
        """The tenant's column only where there are several."""
        shown = super().get_list_display(request)
        return shown if self.has_several(request) else [name for name in shown if name != "tenant"]

    def has_several(self, request: HttpRequest) -> bool:
        """Whether the person looks after several tenants."""
        return len(self.tenants(request)[:2]) > 1

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """Parts of names need some letters, else the index cannot help."""
        words = search_term.split()
        if words and max(map(len, words)) < self.least_letters:
            told = f"Search with a word of at least {self.least_letters} letters or digits."
            messages.warning(request, told)
            return queryset.none(), False
        return super().get_search_results(request, queryset, search_term)

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A list with a line on what it answers, and one for when it is empty."""
        context = {
            "intro": self.intro,
            "empty": self.empty,
            "title": self.list_title(),
            **(extra_context or {}),
        }
        return super().changelist_view(request, context)

    def render_change_form(self, request: HttpRequest, context: Any, *given: Any, **named: Any) -> Any:
        """A record's page knows what its list is called."""
        context.setdefault("list_title", self.list_title())
        return super().render_change_form(request, context, *given, **named)

    def list_title(self) -> str:
        """The heading of the list."""
        name = str(self.opts.verbose_name_plural)
        return name[:1].upper() + name[1:]

    # --- what is changed

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A row never moves to another tenant."""
        fixed = list(super().get_readonly_fields(request, obj))
        return [*fixed, "tenant"] if obj is not None and self.tenant_path == "tenant" else fixed

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """Only what belongs to the person's tenants can be chosen."""
        related = db_field.remote_field.model
        given["queryset"] = self.choosable(request, related)
        if related is Tenant:
            only = list(given["queryset"][:2])
            given["initial"] = only[0].pk if len(only) == 1 else request.GET.get("tenant")
        return super().formfield_for_foreignkey(db_field, request, **given)

    def choosable(self, request: HttpRequest, related: type[Model]) -> "QuerySet[Any]":
        """Records of another model that a form of this person may name."""
        changeable = self.tenants(request, "add") | self.tenants(request, "change")
        if related is Tenant:
            return changeable.distinct()
        if related is User:
            return colleagues(request)
        if any(field.name == "tenant" for field in related._meta.get_fields()):
            return related._default_manager.filter(tenant__in=changeable)
        raise PermissionDenied(f"{related.__name__} belongs to no tenant and cannot be chosen here.")

    def get_changelist_form(self, request: HttpRequest, **given: Any) -> Any:
        """Rows the person may not change stay as they are, whatever is posted."""
        keys = frozenset(self.tenants(request, "change").values_list("pk", flat=True))
        limited = type("RowForm", (LimitedForm,), {"changeable": keys})
        return super().get_changelist_form(request, form=limited, **given)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The last word: nothing is written for a tenant without the right. Raises PermissionDenied."""
        if not self.may(request, "change" if change else "add", obj):
            raise PermissionDenied
        super().save_model(request, obj, form, change)

    def delete_queryset(self, request: HttpRequest, queryset: "QuerySet[Any]") -> None:
        """As `save_model`."""
        if self.allowed(request, queryset, "delete").count() != queryset.count():
            raise PermissionDenied
        super().delete_queryset(request, queryset)

    # --- history

    def spoken_reason(self, request: HttpRequest, reason: str) -> str:
        """Why it was changed, as a page says it."""
        return reason

    def spoken_change(self, row: Any, name: str, before: Any, after: Any) -> tuple[Field, ...]:
        """A changed field in words."""
        return usual(row, name, before, after)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Who changed what, when, with before and after. Raises Http404 for another tenant's record."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        if not hasattr(row, "history"):
            return super().history_view(request, object_id, extra_context)
        context = {
            **self.admin_site.each_context(request),
            "title": f"History of {row}",
            "list_title": self.list_title(),
            "object": row,
            "opts": self.opts,
            "changes": [
                (past, self.spoken_reason(request, past.reason))
                for past in changes_of(row, self.spoken_change)
            ],
        }
        return TemplateResponse(request, "admin/history.html", context)


def holding(field: str, slugs: Iterable[str]) -> Q:
    """Rows whose list of texts holds one of these, on every database."""
    found = Q(pk__in=[])
    for slug in slugs:
        found |= Q(**{f"{field}__icontains": f'"{slug}"'})
    return found
