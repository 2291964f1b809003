"""Tenants and the people who may see them, credentials and connections, and the choices per integration."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from simple_history.models import HistoricalRecords

from integrations.environments import SYSTEMS, environment_choices, find_environment
from integrations.secrets import EncryptedField

SUPPORT = "Support"  # the group whose members look after every tenant


def is_support(user: Any) -> bool:
    """Whether the person looks after all tenants."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.is_superuser or user.groups.filter(name=SUPPORT).exists()


def known_time_zone(name: str) -> None:
    """Refuses a time zone that the tz database does not know."""
    if name not in available_timezones():
        raise ValidationError("%(name)s is not a time zone such as Australia/Sydney.", params={"name": name})


def e_mail_list(value: Any) -> None:
    """Refuses anything but a list of e-mail addresses."""
    if not isinstance(value, list) or any(not isinstance(item, str) or "@" not in item for item in value):
        raise ValidationError("Recipients are a list of e-mail addresses.")


def option_values(value: Any) -> None:
    """Refuses options that are not named."""
    if not isinstance(value, dict):
        raise ValidationError("Options are given by their names.")


class TenantQuerySet(models.QuerySet["Tenant"]):
    """Tenants a person may see, change or approve for."""

    def active(self) -> "TenantQuerySet":
        """Tenants that are served at all."""
        return self.filter(is_active=True)

    def for_user(self, user: Any, *roles: str) -> "TenantQuerySet":
        """The person's tenants; with `roles`, those where they have one of these. Support staff have all."""
        if is_support(user):
            return self.all()
        if not user.is_authenticated or not user.is_active:
            return self.none()
        held = Membership.objects.filter(user=user)
        return self.filter(pk__in=(held.filter(role__in=roles) if roles else held).values("tenant"))

    def changeable_by(self, user: Any) -> "TenantQuerySet":
        """Tenants whose mappings the person may change."""
        return self.for_user(user, Membership.Role.ADMINISTRATOR, Membership.Role.EDITOR)

    def administered_by(self, user: Any) -> "TenantQuerySet":
        """Tenants whose options, schedules and connections the person may change, and which they may run."""
        return self.for_user(user, Membership.Role.ADMINISTRATOR)

    def approvable_by(self, user: Any) -> "TenantQuerySet":
        """Tenants whose plans the person may approve; a right of its own, also for support staff."""
        if not user.is_authenticated or not user.is_active:
            return self.none()
        if user.is_superuser:
            return self.all()
        return self.filter(pk__in=Membership.objects.filter(user=user, can_approve=True).values("tenant"))


class Tenant(models.Model):
    """One client: one Procore company with one Xero organisation."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    time_zone = models.CharField(max_length=60, default="Australia/Sydney", validators=[known_time_zone])
    country = models.CharField(
        max_length=2,
        default="AU",
        validators=[RegexValidator(r"^[A-Z]{2}$", "Write the country as two capital letters.")],
    )
    currency = models.CharField(
        max_length=3,
        default="AUD",
        validators=[RegexValidator(r"^[A-Z]{3}$", "Write the currency as three capital letters.")],
    )
    support_contact = models.CharField(max_length=200, blank=True)
    date_format = models.CharField(
        max_length=20, default="j M Y", help_text="As Django's date filter writes it."
    )
    is_active = models.BooleanField("served", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TenantQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(slug=""),
                name="tenant_has_a_name",
                violation_error_message="A tenant needs a name and a short name.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """What a person may do for a tenant. Approving plans is a right of its own, beside the role."""

    class Role(models.TextChoices):
        ADMINISTRATOR = "administrator", "Administrator"
        EDITOR = "editor", "Editor"
        VIEWER = "viewer", "Viewer"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role, default=Role.VIEWER)
    can_approve = models.BooleanField("may approve plans", default=False)

    history = HistoricalRecords()

    class Meta:
        ordering = ("tenant", "user")
        constraints = [
            models.UniqueConstraint(
                fields=("user", "tenant"),
                name="one_membership_per_person_and_tenant",
                violation_error_message="This person is a member of this tenant already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display().lower()} of {self.tenant}"


class State(models.TextChoices):
    """The health of a credential or a connection."""

    OK = "ok", "OK"
    EXPIRING = "expiring", "Expires soon"
    RECONNECT = "reconnect", "Reconnect needed"
    WRONG_ORGANISATION = "wrong_organisation", "Wrong organisation"
    MISSING_SCOPE = "missing_scope", "Missing permission"


class Credential(models.Model):
    """One token set: a consent or a service account, which may serve several connections."""

    class Kind(models.TextChoices):
        CODE = "code", "Authorisation code"
        CLIENT_CREDENTIALS = "client_credentials", "Client credentials"

    name = models.CharField(max_length=120, unique=True)
    system = models.CharField(max_length=10, choices=SYSTEMS)
    environment = models.CharField(max_length=20, choices=environment_choices)
    kind = models.CharField(max_length=20, choices=Kind, default=Kind.CODE)
    client_id = models.CharField(max_length=200)
    client_secret = EncryptedField(blank=True, default="", editable=False)
    access_token = EncryptedField(blank=True, default="", editable=False)
    refresh_token = EncryptedField(blank=True, default="", editable=False)
    scopes = models.TextField(blank=True, default="")
    expires_at = models.DateTimeField(null=True, blank=True, editable=False)
    refreshed_at = models.DateTimeField(null=True, blank=True, editable=False)
    # Whoever wins the lease by one conditional update refreshes; the others wait for the next epoch.
    epoch = models.PositiveBigIntegerField(default=0, editable=False)
    refresh_owner = models.CharField(max_length=40, blank=True, default="", editable=False)
    refresh_until = models.DateTimeField(null=True, blank=True, editable=False)
    state = models.CharField(max_length=20, choices=State, default=State.OK)
    state_message = models.TextField(blank=True, default="")
    # Where a tenant's file takes them from: names of environment variables.
    id_variable = models.CharField(max_length=120, blank=True, default="", editable=False)
    secret_variable = models.CharField(max_length=120, blank=True, default="", editable=False)
    tiers = models.JSONField(
        default=dict, blank=True, help_text="Limits other than the usual ones, by their names."
    )

    class Meta:
        ordering = ("system", "name")
        constraints = [
            models.CheckConstraint(
                condition=~Q(client_id=""),
                name="credential_has_a_client",
                violation_error_message="A credential needs the client id of its application.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_system_display()}, {self.environment})"

    def clean(self) -> None:
        """Not every environment there is has both systems."""
        if self.system and self.environment and find_environment(self.system, self.environment) is None:
            message = f"{self.get_system_display()} has no such environment here."
            raise ValidationError({"environment": message})


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Connections with what a client needs to be built."""

    def ready(self) -> "ConnectionQuerySet":
        """With their credentials, in one query."""
        return self.select_related("credential", "tenant")


class Connection(models.Model):
    """A tenant's company or organisation in one system, reached through a credential."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="connections")
    system = models.CharField(max_length=10, choices=SYSTEMS)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="connections")
    external_id = models.CharField("company or organisation id", max_length=64)
    name = models.CharField("company or organisation", max_length=200, blank=True, default="")
    web = models.URLField(
        "web address", blank=True, default="", help_text="Where people open it, if not the usual one."
    )
    state = models.CharField(max_length=20, choices=State, default=State.OK)
    state_message = models.TextField(blank=True, default="")
    checked_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = ConnectionQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ("tenant", "system")
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "system"),
                name="one_connection_per_tenant_and_system",
                violation_error_message="This tenant has a connection to this system already.",
            ),
            models.UniqueConstraint(
                fields=("external_id",),
                condition=Q(system="xero"),
                name="one_tenant_per_xero_organisation",
                violation_error_message="This Xero organisation belongs to another tenant.",
            ),
            models.CheckConstraint(
                condition=~Q(external_id=""),
                name="connection_names_a_company",
                violation_error_message="A connection needs the id of its company or organisation.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_system_display()}: {self.name or self.external_id}"

    def clean(self) -> None:
        """A Procore credential opens no Xero organisation."""
        if self.credential_id and self.credential.system != self.system:
            raise ValidationError({"credential": "This credential belongs to the other system."})


class SettingQuerySet(models.QuerySet["Setting"]):
    """Choices by integration."""

    def enabled(self) -> "SettingQuerySet":
        """Integrations that are switched on for tenants that are served."""
        return self.filter(enabled=True, tenant__is_active=True)


class Setting(models.Model):
    """What a tenant chose for one integration: on or off, its options, who is told, and from when on."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="settings")
    integration = models.SlugField(max_length=60)
    enabled = models.BooleanField(default=False)
    options = models.JSONField(default=dict, blank=True, validators=[option_values])
    recipients = models.JSONField(default=list, blank=True, validators=[e_mail_list])
    start_date = models.DateField(null=True, blank=True, help_text="Documents dated before it are not sent.")

    objects = SettingQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ("tenant", "integration")
        constraints = [
            models.UniqueConstraint(
                fields=("tenant", "integration"),
                name="one_setting_per_tenant_and_integration",
                violation_error_message="This tenant has settings for this integration already.",
            )
        ]

    def __str__(self) -> str:
        words = self.integration.replace("-", " ").capitalize()
        return f"{words} of {self.tenant}"


class CallBudget(models.Model):
    """The calls made lately to one company or organisation, shared by all processes."""

    credential = models.ForeignKey(Credential, on_delete=models.CASCADE, related_name="budgets")
    external_id = models.CharField(max_length=64)
    calls = models.JSONField(default=dict)
    version = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("credential", "external_id"), name="one_budget_per_credential_and_company"
            )
        ]

    def __str__(self) -> str:
        return f"calls to {self.external_id}"


def connections_of(tenant: Tenant) -> Mapping[str, Connection]:
    """The tenant's connections by system, each with its credential."""
    return {connection.system: connection for connection in tenant.connections.ready()}
