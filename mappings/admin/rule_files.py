"""Rules by file: export, a preview before anything is saved, one batch, and its undoing as one step."""

import uuid
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.module_loading import import_string

from integrations.admin.access import TenantAdmin
from integrations.admin.display import count, inside
from integrations.models import Tenant
from mappings.csv_file import Unreadable, parsed, read, written
from mappings.resources import RuleResource, apply, look_at
from mappings.undo import undo_of

BATCH = "Import"  # what a batch is called in the history


class FileForm(forms.Form):
    """The file, and whose rules it holds."""

    tenant = forms.ModelChoiceField(label="Tenant", queryset=Tenant.objects.none(), empty_label=None)
    file = forms.FileField(
        label="CSV file",
        help_text="As exported here, or with the same columns; up to 25 MB and 100,000 rows.",
        widget=forms.FileInput(attrs={"accept": ".csv,text/csv"}),
    )


class RuleFiles(TenantAdmin):
    """What a list of rules can do with files."""

    resource: ClassVar[type[RuleResource]] = RuleResource
    called: ClassVar[str] = "cost code rules"
    one: ClassVar[str] = "rule"
    many: ClassVar[str] = "rules"
    prefix: ClassVar[str] = "rules"  # of the names of its pages
    renews: ClassVar[bool] = False  # whether what was sent can be brought to it

    def file_urls(self) -> list[URLPattern]:
        """The pages around files."""
        wrap, name = self.admin_site.admin_view, self.prefix
        return [
            path("export/", wrap(self.export_rules), name=f"{name}_export"),
            path("import/", wrap(self.import_rules), name=f"{name}_import"),
            path("import/apply/", wrap(self.apply_rules), name=f"{name}_apply"),
            path("import/undo/<uuid:batch>/", wrap(self.undo_rules), name=f"{name}_undo"),
        ]

    def file_tools(self, request: HttpRequest) -> list[dict[str, str]]:
        """The ways in and out above the list."""
        tenant = self.one_tenant(request)
        end = f"?client={tenant.slug}" if tenant else ""
        export = f"{self.page('export')}?{request.GET.urlencode()}"
        tools = [{"address": export, "words": "Export CSV"}]
        if self.may(request, "change"):
            tools.append({"address": self.page("import") + end, "words": "Import CSV"})
        if self.renews and self.may(request, "change"):
            tools.append({"address": reverse("admin:run_renew") + end, "words": "Apply to what was sent"})
        return tools

    def page(self, name: str, *given: Any) -> str:
        """The address of one of the pages; "list" is the list itself."""
        if name == "list":
            return reverse(f"admin:mappings_{self.opts.model_name}_changelist")
        return reverse(f"admin:{self.prefix}_{name}", args=given)

    def storage(self, request: HttpRequest, **about: Any) -> Any:
        """Where a file waits between preview and import, for this person alone."""
        return import_string(settings.IMPORT_EXPORT_TMP_STORAGE_CLASS)(user=request.user, **about)

    def file_page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        """One of the pages around a file."""
        pages = {name: self.page(name) for name in ("list", "import", "apply")}
        called = self.called[:1].upper() + self.called[1:]
        known = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "pages": pages,
            "called": called,
            "one": self.one,
            "many": self.many,
            **context,
        }
        return TemplateResponse(request, f"admin/mappings/costcoderule/{template}.html", known)

    def spoken_reason(self, request: HttpRequest, reason: str) -> str:
        """A change by file leads to where the whole import is taken back."""
        kind, _, batch = reason.partition(" ")
        if kind != BATCH or not batch:
            return reason
        return (
            inside(self.page("undo", batch), "by an import")
            if self.may(request, "change")
            else "by an import"
        )

    def counted(self, number: int) -> str:
        """`1 rule`, `1,200 rules`."""
        return count(number, self.one, self.many)

    def one_tenant(self, request: HttpRequest) -> Tenant | None:
        """The tenant the list is about, where it is about one."""
        tenants = self.tenants(request)
        if request.GET.get("client"):
            return tenants.filter(slug=request.GET["client"]).first()
        found = list(tenants[:2])
        return found[0] if len(found) == 1 else None

    def has_import_permission(self, request: HttpRequest) -> bool:
        """Whoever may change rules of some tenant."""
        return self.may(request, "change") and self.may(request, "add")

    def has_export_permission(self, request: HttpRequest) -> bool:
        """Whoever may see rules."""
        return self.may(request, "view")

    def export_rules(self, request: HttpRequest) -> HttpResponse:
        """The rules that the list shows, of one tenant, as a file that can be imported again."""
        tenant = self.one_tenant(request)
        if not self.has_export_permission(request):
            raise PermissionDenied
        if tenant is None:
            told = f"A file holds the {self.many} of one tenant. Choose one in the filter first."
            messages.warning(request, told)
            return HttpResponseRedirect(self.page("list"))
        rules = self.get_changelist_instance(request).get_queryset(request).filter(tenant=tenant)
        table = self.resource(tenant).export(rules.order_by(*self.resource.needed, *self.resource.key))
        text = written(table.headers, table)
        answer = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
        name = f"{self.called.replace(' ', '-')}-{tenant.slug}-{timezone.localdate():%Y-%m-%d}.csv"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def import_rules(self, request: HttpRequest) -> HttpResponse:
        """Take a file and show what it would do; nothing is saved."""
        if not self.has_import_permission(request):
            raise PermissionDenied
        given = self.one_tenant(request)
        form = FileForm(request.POST or None, request.FILES or None, initial={"tenant": given})
        form.fields["tenant"].queryset = self.tenants(request, "change")  # type: ignore[attr-defined]
        if request.method == "POST" and form.is_valid():
            try:
                return self.preview(request, form.cleaned_data["tenant"], form.cleaned_data["file"])
            except Unreadable as error:
                form.add_error("file", str(error))
        about = {"columns": self.resource.file_columns(), "needed": self.resource.needed}
        return self.file_page(request, "import", title=f"Import {self.called}", form=form, **about)

    def preview(self, request: HttpRequest, tenant: Tenant, file: Any) -> HttpResponse:
        """Mistakes first, then what would be new and changed. Raises Unreadable."""
        given = read(file.read(), wanted=self.resource.file_columns(), needed=self.resource.needed)
        seen = look_at(given.table, tenant, self.resource)
        storage = self.storage(request, tenant=tenant, encoding=file.name)
        if not seen.wrong and seen.total:
            storage.save(given.text)
        context = {"seen": seen, "notices": given.notices, "token": storage.name, "tenant": tenant}
        context |= {
            "unread": self.resource(tenant).choices.unread() if self.resource.checked else [],
            "file": file.name,
            "columns": (*self.resource.key, *self.resource.values),
            "key": self.resource.key,
        }
        return self.file_page(request, "preview", title=f"What {file.name} would do", **context)

    def apply_rules(self, request: HttpRequest) -> HttpResponse:
        """Write the file that was looked at, as one batch. Raises Http404 for a token of somebody else."""
        if request.method != "POST" or not self.has_import_permission(request):
            raise PermissionDenied
        storage = self.storage(request, name=request.POST.get("token", ""))
        text = storage.read()
        tenant = self.tenants(request, "change").filter(pk=storage.tenant.pk).first()
        if tenant is None:
            raise Http404
        batch = uuid.uuid4()
        table = parsed(text, wanted=self.resource.file_columns(), needed=self.resource.needed).table
        seen = apply(table, tenant, user=request.user, reason=f"{BATCH} {batch}", of=self.resource)
        storage.remove()
        if seen.wrong:
            told = f"Some {self.many} changed since the file was looked at, so nothing was saved."
            messages.error(request, f"{told} Import it again.")
            return HttpResponseRedirect(f"{self.page('import')}?client={tenant.slug}")
        done = f"{self.counted(seen.new)} added, {self.counted(seen.changed)} changed."
        link = self.page("undo", batch)
        messages.success(request, format_html('{} <a href="{}">Undo this import</a>', done, link))
        return HttpResponseRedirect(f"{self.page('list')}?client={tenant.slug}")

    def undo_rules(self, request: HttpRequest, batch: uuid.UUID) -> HttpResponse:
        """Take a whole import back, except rules that somebody changed after it."""
        undo = undo_of(f"{BATCH} {batch}", self.tenants(request, "change"), self.resource)
        if undo is None:
            raise Http404
        if request.method == "POST":
            with transaction.atomic():
                undone = undo.carry_out(request.user)
            messages.success(request, f"The import was undone: {self.counted(undone)} as before.")
            return HttpResponseRedirect(f"{self.page('list')}?client={undo.tenant.slug}")
        return self.file_page(request, "undo", title="Undo an import", undo=undo)
