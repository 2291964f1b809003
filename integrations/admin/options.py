"""What a tenant chose for an integration: a form made from the integration's declared options."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.text import capfirst

from integrations.admin.access import ADMINISTRATORS, TenantAdmin, TenantFilter, tenant_or_404
from integrations.admin.changes import Field
from integrations.admin.display import chip, count, two_lines
from integrations.base import Option
from integrations.models import Setting, Tenant
from integrations.registry import BY_SLUG, NAMES, TENANT, options_of

PREFIX = "option_"
NAMED = re.compile(r"\{\s*[A-Za-z][\w. ]*\}")  # a field of the record in a template
COMMON = "Common to all integrations"
START = "start_date"  # kept in a column of its own
TOLD = (
    "Changed options hold for documents not yet sent. What was sent stays as it is, unless you "
    '<a href="{}?client={}{}">plan what would change there</a>.'
)


def name_of(slug: str) -> str:
    """The integration's name; its slug when it is no longer declared."""
    return COMMON if slug == TENANT else NAMES.get(slug, slug)


def query_of(setting: Setting) -> str:
    """The integration in the query of an address; "" for what is common to all."""
    return "" if setting.integration == TENANT else f"&integration={setting.integration}"


def describe(slug: str) -> str:
    """The sentence a bookkeeper understands, from the declaration."""
    if slug == TENANT:
        return "Choices that hold for everything OneCore does for this tenant."
    return " ".join((BY_SLUG[slug].__doc__ or "").split()) if slug in BY_SLUG else ""


def declared(slug: str) -> tuple[Option, ...]:
    """The options the form shows; none for an integration that is no longer declared."""
    known = slug == TENANT or slug in BY_SLUG
    return tuple(option for option in options_of(slug) if option.name != START) if known else ()


def field_for(option: Option, tenant: Tenant, value: Any) -> forms.Field:
    """A form field for an option, by its kind; the declared default stands in the help text."""
    shared: dict[str, Any] = {"label": option.label, "initial": value, "required": False}
    match option.kind:
        case "choice":
            field: forms.Field = forms.ChoiceField(choices=option.choices, **shared | {"required": True})
        case "yes-no":
            field = forms.BooleanField(**shared)
        case "number":
            field = forms.IntegerField(min_value=0, **shared | {"required": option.default != ""})
        case "account":
            field = account_field(tenant, value, shared)
        case "template":
            asked = shared | {"required": option.default != "", "validators": [well_formed]}
            field = forms.CharField(max_length=500, widget=forms.TextInput(attrs={"size": 60}), **asked)
        case "date":
            field = forms.DateField(widget=AdminDateWidget, **shared)
        case _:
            field = forms.CharField(max_length=500, widget=forms.TextInput(attrs={"size": 60}), **shared)
    field.help_text = help_for(option, str(field.help_text))
    return field


def well_formed(template: str) -> None:
    """Refuse a template whose braces do not match: what stands in them would be left out."""
    without = NAMED.sub("", template)
    if "{" in without or "}" in without:
        raise ValidationError("The braces do not match: each field of the record is written as {name}.")


def account_field(tenant: Tenant, value: Any, shared: dict[str, Any]) -> forms.Field:
    """A choice of the tenant's own accounts, as last read from Xero."""
    accounts = tenant.catalogue.filter(kind="account", is_active=True).values_list("code", "name")
    choices = [(code, f"{code} {name}") for code, name in accounts.order_by("code")]
    if not choices:
        told = "The chart of accounts has not been read yet: make a test run first, or type the code."
        return forms.CharField(max_length=20, help_text=told, **shared)
    if value and value not in dict(choices):
        choices.append((value, f"{value} (no longer an active account)"))
    return forms.ChoiceField(choices=[("", "not chosen"), *choices], **shared)


def help_for(option: Option, already: str) -> str:
    """The declaration's help and its default, in words."""
    parts = [already, option.help]
    if option.kind == "yes-no":
        parts.append(f"Usually {'on' if option.default else 'off'}.")
    elif option.default not in ("", None):
        standard = dict(option.choices).get(option.default, option.default)
        parts.append(f"Usually {standard:,}." if isinstance(standard, int) else f"Usually {standard}.")
    return " ".join(part for part in parts if part)


class RecipientsField(forms.CharField):
    """E-mail addresses, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "cols": 60})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [line.strip() for line in str(value or "").replace(",", "\n").splitlines() if line.strip()]

    def validate(self, value: Any) -> None:
        for address in value:
            try:
                validate_email(address)
            except ValidationError:
                raise ValidationError(f"“{address}” is not an e-mail address.") from None

    def run_validators(self, value: Any) -> None:
        """Each address was looked at above."""


class SettingForm(forms.ModelForm):
    """Switch, start date, recipients, and the declared options."""

    recipients = RecipientsField(
        required=False,
        help_text="One address a line. They get the summary after each run of this integration.",
    )

    class Meta:
        model = Setting
        fields = ("enabled", "start_date", "recipients")
        widgets: ClassVar = {"start_date": forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})}

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen = self.instance.options or {}
        for option in declared(self.instance.integration):
            value = chosen.get(option.name, option.default)
            self.fields[PREFIX + option.name] = field_for(option, self.instance.tenant, value)
        if self.instance.integration == TENANT:
            self.fields["recipients"].help_text = "One address a line. They get the summary of every run."
            for name in ("enabled", "start_date"):
                self.fields.pop(name, None)

    def clean(self) -> dict[str, Any]:
        """Options that do not fit each other are refused at the option that says so."""
        given = super().clean() or {}
        self.chosen = self.choices(given)
        options = {
            option.name: option.default for option in declared(self.instance.integration)
        } | self.chosen
        for option in declared(self.instance.integration):
            wrong = option.needs(options) if option.needs else ""
            if wrong:
                self.add_error(PREFIX + option.name, f"{capfirst(wrong.rstrip('.'))}.")
        return given

    def choices(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Values that differ from the standard, and those of options no longer declared, as they were."""
        options = declared(self.instance.integration)
        kept = {
            key: value
            for key, value in (self.instance.options or {}).items()
            if key not in {o.name for o in options}
        }
        for option in options:
            value = given.get(PREFIX + option.name, option.default)
            value = value.isoformat() if isinstance(value, date) else value
            if value is not None and value != option.default:
                kept[option.name] = value
        return kept

    def save(self, commit: bool = True) -> Any:
        self.instance.options = self.chosen
        return super().save(commit)


@admin.register(Setting)
class SettingAdmin(TenantAdmin):
    """One row per integration that was set up."""

    form = SettingForm
    rights = {"view": "for_user", "change": ADMINISTRATORS}
    intro = (
        "What each integration does for a tenant, and who is told. Set up a further one from the home page."
    )
    empty = (
        "No integration is set up yet. Open a tenant's home page and choose “Set up” beside an integration."
    )
    list_display = ("what", "tenant", "switched", "changed_options", "told")
    list_filter = (TenantFilter,)
    list_select_related = ("tenant",)

    def list_title(self) -> str:
        return "Integrations"

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "for/<slug:tenant>/<slug:integration>/", self.admin_site.admin_view(self.of), name="setting_of"
        )
        return [own, *super().get_urls()]

    def of(self, request: HttpRequest, tenant: str, integration: str) -> HttpResponse:
        """To the tenant's settings for an integration, made with the standard options at the first visit."""
        found = tenant_or_404(request, tenant, ADMINISTRATORS)
        if integration != TENANT and integration not in BY_SLUG:
            return HttpResponseRedirect(reverse("admin:index"))
        setting, _made = Setting.objects.get_or_create(tenant=found, integration=integration)
        return HttpResponseRedirect(reverse("admin:integrations_setting_change", args=[setting.pk]))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **given: Any) -> Any:
        """The declared options are fields of the form class, so that the admin's own pages know them."""
        if obj is None or not self.has_change_permission(request, obj):
            return super().get_form(request, obj, change, **given)
        own = {
            PREFIX + option.name: field_for(
                option, obj.tenant, (obj.options or {}).get(option.name, option.default)
            )
            for option in declared(obj.integration)
        }
        return type("DeclaredForm", (SettingForm,), own)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The switch first, then the options, then who is told."""
        if obj is None:
            return ()
        if not self.has_change_permission(request, obj):
            return ((None, {"fields": ("in_words",), "description": describe(obj.integration)}),)
        options = tuple(PREFIX + option.name for option in declared(obj.integration))
        first = () if obj.integration == TENANT else ("enabled", "start_date")
        sets = [(None, {"fields": first, "description": describe(obj.integration)})] if first else []
        about = {} if first else {"description": describe(obj.integration)}
        return (
            *sets,
            ("Options", {"fields": options, **about}),
            ("After a run", {"fields": ("recipients",)}),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is not None and self.has_change_permission(request, obj) else ("in_words",)

    def render_change_form(self, request: HttpRequest, context: Any, *given: Any, **named: Any) -> Any:
        setting = named.get("obj")
        if setting is not None:
            context["title"] = f"{name_of(setting.integration)} for {setting.tenant}"
            context["named"] = name_of(setting.integration)
            context["subtitle"] = None
        return super().render_change_form(request, context, *given, **named)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        later = {PREFIX + option.name for option in declared(obj.integration) if not option.at_once}
        if later.intersection(form.changed_data):
            messages.info(
                request, format_html(TOLD, reverse("admin:run_renew"), obj.tenant.slug, query_of(obj))
            )

    def spoken_change(self, row: Any, name: str, before: Any, after: Any) -> tuple[Field, ...]:
        """Changed options one by one, under their labels."""
        if name != "options":
            return super().spoken_change(row, name, before, after)
        was, now = before or {}, after or {}
        return tuple(
            Field(option.label, worded(option, was), worded(option, now))
            for option in declared(row.integration)
            if was.get(option.name, option.default) != now.get(option.name, option.default)
        )

    @admin.display(description="in words")
    def in_words(self, setting: Setting) -> str:
        lines = [f"{label}: {value}" for label, value in spoken(setting)]
        return "; ".join(lines) or "The standard options are in force."

    @admin.display(description="integration", ordering="integration")
    def what(self, setting: Setting) -> str:
        return two_lines(name_of(setting.integration), describe(setting.integration))

    @admin.display(description="state", ordering="enabled")
    def switched(self, setting: Setting) -> str:
        if setting.integration == TENANT:
            return ""
        return chip("on", "green") if setting.enabled else chip("off")

    @admin.display(description="options")
    def changed_options(self, setting: Setting) -> str:
        number = len(setting.options or {})
        return count(number, "differs", "differ") + " from the standard" if number else "standard"

    @admin.display(description="told by e-mail")
    def told(self, setting: Setting) -> str:
        return ", ".join(setting.recipients or ()) or "nobody"


def spoken(setting: Setting) -> Iterable[tuple[str, str]]:
    """The chosen options with their labels and values in words."""
    for option in declared(setting.integration):
        if option.name in (setting.options or {}):
            yield option.label, worded(option, setting.options)


def worded(option: Option, chosen: Mapping[str, Any]) -> str:
    """The value of an option in words."""
    value = chosen.get(option.name, option.default)
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(dict(option.choices).get(value, value))
