"""People invited to the portal, and files waiting to be imported."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from integrations.models import Membership, Tenant

INVITED_FOR = timedelta(days=14)
KEPT_FOR = timedelta(hours=2)


def two_weeks() -> datetime:
    """When an invitation made now runs out."""
    return timezone.now() + INVITED_FOR


def two_hours() -> datetime:
    """When a file uploaded now is forgotten."""
    return timezone.now() + KEPT_FOR


def token() -> str:
    """What the link of an invitation carries."""
    return secrets.token_urlsafe(24)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Named questions about invitations."""

    def waiting(self) -> "InvitationQuerySet":
        """Invitations that may still be taken up."""
        return self.filter(accepted_at__isnull=True, expires_at__gt=timezone.now(), tenant__is_active=True)

    def for_procore_user(self, user_id: str) -> list["Invitation"]:
        """What a Procore user was invited to."""
        return list(self.waiting().exclude(procore_user_id="").filter(procore_user_id=user_id))

    def by_link(self, signed: str) -> "Invitation | None":
        """The waiting invitation whose link this is."""
        try:
            plain = Signer(salt="invitation").unsign(signed)
        except BadSignature:
            return None
        return self.waiting().exclude(email="").filter(token=plain).select_related("tenant").first()


class Invitation(models.Model):
    """A person asked to work for a tenant. Only an invitation opens the portal to somebody."""

    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField(max_length=150)
    role = models.CharField(max_length=20, choices=Membership.Role, default=Membership.Role.VIEWER)
    can_approve = models.BooleanField("may approve plans", default=False)
    email = models.EmailField(
        "e-mail address", blank=True, help_text="For an account with a password: the link is sent there."
    )
    procore_user_id = models.CharField(
        "Procore user id",
        max_length=30,
        blank=True,
        help_text=(
            "For signing in with Procore: "
            "the number at the end of the person's address in Procore's directory."
        ),
    )
    token = models.CharField(max_length=64, default=token, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="invitations_sent"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField("valid until", default=two_weeks)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="invitations"
    )

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(email="") ^ Q(procore_user_id=""),
                name="invitation_names_one_way_in",
                violation_error_message="Fill in either the e-mail address or the Procore user id.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.get_role_display().lower()} of {self.tenant}"

    def clean(self) -> None:
        """A Procore user id is a number."""
        if self.procore_user_id and not self.procore_user_id.isdigit():
            raise ValidationError({"procore_user_id": "A Procore user id holds digits only."})

    @property
    def link(self) -> str:
        """The signed end of the address that is sent by e-mail."""
        return Signer(salt="invitation").sign(self.token)

    @transaction.atomic
    def accept(self, user: Any) -> Membership:
        """Give the person what the invitation promises; once."""
        taken = Invitation.objects.filter(pk=self.pk, accepted_at__isnull=True).update(
            accepted_at=timezone.now(), accepted_by=user
        )
        if taken and not user.is_staff:
            user.is_staff = True
            user.save(update_fields=["is_staff"])
        promised = {"role": self.role, "can_approve": self.can_approve}
        return Membership.objects.get_or_create(user=user, tenant=self.tenant, defaults=promised)[0]


class UploadQuerySet(models.QuerySet["Upload"]):
    """Named questions about uploaded files."""

    def held_for(self, user: Any) -> "UploadQuerySet":
        """The person's files that have not run out."""
        return self.filter(user=user, expires_at__gt=timezone.now())

    def forget_old(self) -> None:
        """Remove files nobody confirmed in time."""
        self.filter(expires_at__lte=timezone.now()).delete()


class Upload(models.Model):
    """A file between its preview and its import, bound to person, tenant and content."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    content = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(default=two_hours)

    objects = UploadQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name


class Choice(models.Model):
    """What a person ticked last time in a form, to be ticked again."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="choices")
    form = models.CharField(max_length=60)
    ticked = models.JSONField(default=list)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "form"],
                name="choice_once_per_form",
                violation_error_message="This form is remembered already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.form} of {self.user}"
