"""A tenant's two connections: their state in words, and the way through a system's consent page and back."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import URLField
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator

from integrations import budgets, credentials, oauth, permissions
from integrations.admin.access import ADMINISTRATORS, TenantAdmin, TenantFilter, tenant_or_404
from integrations.admin.consent import (
    ASKED,
    begun,
    callback_address,
    confirmed,
    consent_address,
    credential_of,
    forget,
    keep,
    take_over,
    tokens_for_code,
    tokens_for_service,
    told,
    where,
)
from integrations.admin.display import (
    CONNECTION_COLOURS,
    CONNECTION_WORDS,
    chip,
    count,
    inside,
    two_lines,
    when,
)
from integrations.environments import SYSTEMS, environments
from integrations.errors import ApiError
from integrations.models import Connection, Credential, State, Tenant, connections_of, is_support

SYSTEM_NAMES = dict(SYSTEMS)
ADVICE = {
    State.EXPIRING: "Reconnect before it ends. Nothing is lost meanwhile.",
    State.RECONNECT: "Reconnect. Runs wait until then, and nothing is lost.",
    State.WRONG_ORGANISATION: "Reconnect, and choose {name} on the consent page.",
    State.MISSING_SCOPE: "Reconnect, and allow every permission that is asked for.",
}
WINDOWS = {"minute": "this minute", "day": "today", "hour": "this hour", "spike": "these 10 seconds"}


def ways(system: str) -> list[tuple[str, str]]:
    """How a system is connected, in the words its own pages use."""
    service = {"procore": "a service account", "xero": "a custom connection"}[system]
    return [("code", "by a person's consent"), ("client_credentials", f"by {service}")]


class CredentialForm(forms.Form):
    """The application with which a system is asked for consent. A secret is taken in, never given out."""

    environment = forms.ChoiceField(label="Where")
    kind = forms.ChoiceField(label="How", choices=())
    client_id = forms.CharField(label="Client id", max_length=200, widget=forms.TextInput(attrs={"size": 50}))
    client_secret = forms.CharField(
        label="Client secret",
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "size": 50}),
    )
    company_id = forms.CharField(
        label="Company id",
        required=False,
        max_length=20,
        help_text="For a service account: the number in the address of any page of the company in Procore.",
    )

    def __init__(self, *given: Any, system: str, credential: Credential | None, **named: Any) -> None:
        super().__init__(*given, **named)
        self.credential = credential
        self.fields["kind"].choices = ways(system)  # type: ignore[attr-defined]
        offered = [(found.key, found.label) for found in environments() if found.system == system]
        self.fields["environment"].choices = offered  # type: ignore[attr-defined]
        if system != "procore":
            del self.fields["company_id"]
        if credential and credential.client_secret:
            self.fields["client_secret"].help_text = "One is kept. Leave this empty to keep it."
        if credential:
            for name in ("environment", "kind", "client_id"):
                self.fields[name].initial = getattr(credential, name)

    def clean(self) -> dict[str, Any]:
        """A secret is needed once; it never follows another client id or host."""
        given = super().clean() or {}
        kept = self.credential if self.credential and self.credential.client_secret else None
        same = kept and all(getattr(kept, name) == given.get(name) for name in ("environment", "client_id"))
        if not given.get("client_secret") and not same:
            self.add_error("client_secret", "Type the secret that belongs to this client id.")
        company, service = given.get("company_id"), given.get("kind") == Credential.Kind.CLIENT_CREDENTIALS
        if service and company is not None and not company.strip().isdigit():
            self.add_error("company_id", "A service account needs the number of its company.")
        return given


@admin.register(Connection)
class ConnectionAdmin(TenantAdmin):
    """Connections as a list; each tenant's two as cards."""

    rights = {"view": "for_user", "change": ADMINISTRATORS}
    intro = "Where each tenant's records are, and whether OneCore can reach them."
    empty = "Nothing is connected yet. Open a tenant's connections and choose “Connect”."
    list_display = ("place", "tenant", "health", "checked")
    list_filter = (TenantFilter,)
    list_select_related = ("tenant", "credential")
    search_fields = ("name", "external_id", "tenant__name")
    fields = ("system", "external_id", "name", "web")
    readonly_fields = ("system", "external_id", "name")
    formfield_overrides = {URLField: {"assume_scheme": "https"}}

    def get_urls(self) -> list[URLPattern]:
        wrap, one = self.admin_site.admin_view, "for/<slug:tenant>/<slug:system>"
        own = [
            path("for/<slug:tenant>/", wrap(self.cards), name="connections_of"),
            path(f"{one}/connect/", wrap(self.connect), name="connect"),
            path(f"{one}/found/", wrap(self.found), name="connection_found"),
            path(f"{one}/check/", wrap(self.check_now), name="connection_check"),
            path(f"{one}/disconnect/", wrap(self.disconnect), name="disconnect"),
            path("callback/", wrap(self.callback), name="connection_callback"),
        ]
        return [*own, *super().get_urls()]

    def page(self, request: HttpRequest, template: str, **context: Any) -> TemplateResponse:
        """One of the pages around a connection."""
        known = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, f"admin/connections/{template}.html", known)

    def cards(self, request: HttpRequest, tenant: str) -> HttpResponse:
        """The tenant's two connections."""
        found = tenant_or_404(request, tenant)
        held = connections_of(found)
        cards = [card(found, system, held.get(system)) for system in SYSTEM_NAMES]
        may = self.may_connect(request, found)
        return self.page(
            request, "cards", title=f"Connections of {found}", tenant=found, cards=cards, may=may
        )

    def may_connect(self, request: HttpRequest, tenant: Tenant) -> bool:
        """Administrators of the tenant."""
        return self.tenants(request, "change").filter(pk=tenant.pk).exists()

    @method_decorator(confirmed)
    def connect(self, request: HttpRequest, tenant: str, system: str) -> HttpResponse:
        """Ask for the application's id and secret, then lead to the system's consent page."""
        found = administered(request, tenant, system)
        credential = credential_of(found, system)
        form = CredentialForm(request.POST or None, system=system, credential=credential)
        if request.method == "POST" and form.is_valid():
            credential = keep(found, system, credential, form.cleaned_data)
            if credential.kind == Credential.Kind.CLIENT_CREDENTIALS:
                company = form.cleaned_data.get("company_id", "")
                return self.connected(request, credential, found, tokens_for_service, company)
            return HttpResponseRedirect(consent_address(request, credential, found))
        title, named = f"Connect {found} to {SYSTEM_NAMES[system]}", SYSTEM_NAMES[system]
        context = {"tenant": found, "form": form, "system": named, "callback": callback_address()}
        return self.page(request, "connect", title=title, **context)

    def callback(self, request: HttpRequest) -> HttpResponse:
        """Back from the consent page. A state that this session did not ask for is refused."""
        asked = request.session.pop(ASKED, None)
        if not asked or not request.GET.get("state") or request.GET["state"] != asked["state"]:
            raise PermissionDenied("This answer was not asked for here.")
        tenant = administered(request, asked["tenant"], asked["system"])
        credential = begun(tenant, asked["system"])
        if credential is None or credential.pk != asked["credential"]:
            raise Http404
        if not request.GET.get("code"):
            messages.warning(request, "The consent was not given. Nothing was changed.")
            return HttpResponseRedirect(reverse("admin:connections_of", args=[tenant.slug]))

        def tokens(of: Credential) -> oauth.TokenSet:
            return tokens_for_code(request, of, asked["verifier"])

        return self.connected(request, credential, tenant, tokens)

    def connected(
        self, request: HttpRequest, credential: Credential, tenant: Tenant, tokens: Any, company: str = ""
    ) -> HttpResponse:
        """Keep the tokens and lead to what was found; or back, saying why not."""
        try:
            credentials.connected(credential, tokens(credential))
        except (ApiError, oauth.Unanswered) as error:
            messages.error(request, f"{SYSTEM_NAMES[credential.system]}: {told(error)}")
            return HttpResponseRedirect(reverse("admin:connect", args=[tenant.slug, credential.system]))
        found = reverse("admin:connection_found", args=[tenant.slug, credential.system])
        return HttpResponseRedirect(f"{found}?company={company.strip()}" if company else found)

    def found(self, request: HttpRequest, tenant: str, system: str) -> HttpResponse:
        """What the consent reaches, what is still missing, and the choice of company or organisation."""
        owner = administered(request, tenant, system)
        credential, held = begun(owner, system), connections_of(owner).get(system)
        if credential is None:
            return HttpResponseRedirect(reverse("admin:connections_of", args=[owner.slug]))
        try:
            access = credentials.CredentialTokens(credential).access().token
            company = request.GET.get("company", "")
            reached = oauth.targets(where(credential), access, company_id=company)
        except ApiError as error:
            messages.error(request, f"{SYSTEM_NAMES[system]}: {told(error)}")
            return HttpResponseRedirect(reverse("admin:connections_of", args=[owner.slug]))
        names = {target.external_id: target.name for target in reached}
        chosen = request.POST.get("external_id", "")
        wanted = request.method == "POST" and chosen in names
        if wanted and self.settle(request, owner, credential, chosen, names):
            return HttpResponseRedirect(reverse("admin:connections_of", args=[owner.slug]))
        other = held is not None and held.external_id not in names
        lacking = permissions.missing(credential, [owner])
        context = {"reached": reached, "held": held, "other": other, "missing": lacking}
        title = f"What {SYSTEM_NAMES[system]} offers"
        return self.page(request, "found", title=title, tenant=owner, system=SYSTEM_NAMES[system], **context)

    def settle(
        self, request: HttpRequest, tenant: Tenant, credential: Credential, chosen: str, names: dict[str, str]
    ) -> bool:
        """Connect the tenant to the chosen company; one that belongs to another tenant, or that would
        leave links behind, is refused.
        """
        held = connections_of(tenant).get(credential.system)
        taken = Connection.objects.filter(system="xero", external_id=chosen).exclude(tenant=tenant)
        if credential.system == "xero" and taken.exists():
            messages.error(request, f"{names[chosen]} belongs to another tenant.")
            return False
        links = tenant.links.exclude(state="unlinked").filter(system=credential.system)
        if held is not None and held.external_id != chosen and links.exists():
            leads, there = count(links.count(), "link"), held.name or held.external_id
            advice = f"Connect it again, or set up another tenant for {names[chosen]}."
            messages.error(request, f"{leads} of {tenant} lead to {there}. {advice}")
            return False
        take_over(tenant, credential, chosen, names[chosen])
        messages.success(request, f"{tenant} is connected to {names[chosen]}.")
        return True

    def check_now(self, request: HttpRequest, tenant: str, system: str) -> HttpResponse:
        """Ask the system now whether the connection works."""
        owner = administered(request, tenant, system)
        connection = connections_of(owner).get(system)
        if connection is None or request.method != "POST":
            raise Http404
        try:
            credentials.check(connection)
        except ApiError as error:
            messages.warning(request, f"{SYSTEM_NAMES[system]} could not be asked: {told(error)}")
        else:
            tell = messages.success if connection.state == State.OK else messages.error
            tell(request, f"{SYSTEM_NAMES[system]}: {connection.state_message or 'connected.'}")
        return HttpResponseRedirect(reverse("admin:connections_of", args=[owner.slug]))

    @method_decorator(confirmed)
    def disconnect(self, request: HttpRequest, tenant: str, system: str) -> HttpResponse:
        """Give the consent back. Links and rules stay; nothing runs until it is connected again."""
        owner = administered(request, tenant, system)
        connection = connections_of(owner).get(system)
        if connection is None:
            raise Http404
        if request.method == "POST":
            forget(connection.credential)
            messages.success(request, f"{connection} is disconnected. Links and rules were kept.")
            return HttpResponseRedirect(reverse("admin:connections_of", args=[owner.slug]))
        others = connection.credential.connections.exclude(pk=connection.pk).count()
        title = f"Disconnect {connection}"
        return self.page(
            request, "disconnect", title=title, tenant=owner, connection=connection, others=others
        )

    @admin.display(description="connection", ordering="system")
    def place(self, connection: Connection) -> str:
        return two_lines(
            connection, f"{connection.credential.get_environment_display()}, id {connection.external_id}"
        )

    @admin.display(description="state", ordering="state")
    def health(self, connection: Connection) -> str:
        words = chip(CONNECTION_WORDS[connection.state], CONNECTION_COLOURS[connection.state])
        return two_lines(words, connection.state_message)

    @admin.display(description="last looked at", ordering="checked_at")
    def checked(self, connection: Connection) -> str:
        address = reverse("admin:connections_of", args=[connection.tenant.slug])
        return two_lines(when(connection.checked_at, connection.tenant), inside(address, "Open"))


def administered(request: HttpRequest, tenant: str, system: str) -> Tenant:
    """The tenant, if the person may connect it. Raises Http404 and PermissionDenied."""
    if system not in SYSTEM_NAMES:
        raise Http404
    return tenant_or_404(request, tenant, ADMINISTRATORS)


def card(tenant: Tenant, system: str, connection: Connection | None) -> dict[str, Any]:
    """What a card shows of a connection; no secret is among it."""
    shown: dict[str, Any] = {"system": system, "name": SYSTEM_NAMES[system], "connection": connection}
    if connection is None:
        return shown
    credential = connection.credential
    worst = credential.state if credential.state != State.OK else connection.state
    shown |= {
        "state": chip(CONNECTION_WORDS[worst], CONNECTION_COLOURS[worst]),
        "message": credential.state_message or connection.state_message,
        "environment": credential.get_environment_display(),
        "kind": dict(ways(system)).get(credential.kind, credential.get_kind_display()),
        "checked": when(connection.checked_at, tenant),
        "expires": when(credential.expires_at, tenant),
        "advice": ADVICE.get(State(worst), "").format(name=connection.name or connection.external_id),
        "missing": permissions.missing(credential),
        "calls": [
            (WINDOWS.get(window, window), f"{left:,}", f"{allowed:,}")
            for window, (left, allowed) in budgets.calls_left(connection).items()
        ],
    }
    return shown


@admin.register(Credential)
class CredentialAdmin(admin.ModelAdmin):
    """Token sets, for support staff: which client, where, in what state. Nothing secret, nothing to edit."""

    list_display = ("name", "system", "environment", "how", "health", "renewed")
    fields = (
        "name", "system", "environment", "how", "client_id", "scopes", "health", "state_message", "renewed",
    )  # fmt: skip
    readonly_fields = fields

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The list under its own name."""
        answer: HttpResponse = super().changelist_view(
            request, {"title": "Credentials", **(extra_context or {})}
        )
        return answer

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.admin_site.has_permission(request) and is_support(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="how", ordering="kind")
    def how(self, credential: Credential) -> str:
        return dict(ways(credential.system)).get(credential.kind, credential.kind)

    @admin.display(description="tokens renewed", ordering="refreshed_at")
    def renewed(self, credential: Credential) -> str:
        return when(credential.refreshed_at)

    @admin.display(description="state")
    def health(self, credential: Credential) -> str:
        return chip(CONNECTION_WORDS[credential.state], CONNECTION_COLOURS[credential.state])
