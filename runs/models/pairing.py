"""Documents that are in both systems already, as far as one can tell, for people to decide about."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from integrations.adoption import SURE
from integrations.models import Tenant
from runs.models.run import Run


class PairState(models.TextChoices):
    """What a person said of a pair."""

    PROPOSED = "proposed", "to be decided"
    ACCEPTED = "accepted", "the same"
    DISMISSED = "dismissed", "not the same"


class PairingQuerySet(models.QuerySet["Pairing"]):
    """Named questions about pairs."""

    def proposed(self) -> PairingQuerySet:
        """Pairs nobody has decided about."""
        return self.filter(state=PairState.PROPOSED)

    def sure(self) -> PairingQuerySet:
        """Pairs that may be approved together."""
        return self.filter(confidence__gte=SURE, rivals=0)


class Pairing(models.Model):
    """A document there that may be what a record here would be sent as. Amounts are before tax."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="pairings", db_index=False)
    run = models.ForeignKey(Run, models.SET_NULL, null=True, blank=True, related_name="pairings")
    integration = models.CharField(max_length=50)
    role = models.CharField(max_length=50)
    subject = models.CharField(max_length=200)
    group = models.CharField(max_length=200, blank=True)
    project_id = models.CharField(max_length=60, blank=True)
    project = models.CharField(max_length=100, blank=True)
    title = models.CharField("record", max_length=300)
    number = models.CharField(max_length=255, blank=True)
    amount = models.DecimalField(max_digits=18, decimal_places=2)
    day = models.DateField("date", null=True, blank=True)
    source_url = models.CharField(max_length=500, blank=True)
    system = models.CharField(max_length=20)
    resource = models.CharField(max_length=60)
    scope_id = models.CharField(max_length=60)
    target_id = models.CharField(max_length=100)
    target_title = models.CharField(max_length=300)
    target_number = models.CharField(max_length=255, blank=True)
    target_amount = models.DecimalField(max_digits=18, decimal_places=2)
    target_day = models.DateField(null=True, blank=True)
    target_url = models.CharField(max_length=500, blank=True)
    confidence = models.PositiveSmallIntegerField(help_text="How sure it is, from 0 to 100.")
    words = models.CharField("agrees in", max_length=200)
    rivals = models.PositiveSmallIntegerField(default=0, help_text="How many others fit as well.")
    state = models.CharField(max_length=10, choices=PairState, default=PairState.PROPOSED)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    found_at = models.DateTimeField(auto_now_add=True)

    objects = PairingQuerySet.as_manager()

    class Meta:
        ordering = ["-confidence", "title"]
        verbose_name = "pair"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "integration", "role", "subject", "target_id"],
                name="pairing_once",
                violation_error_message="These two are a pair already.",
            )
        ]
        indexes = [models.Index(fields=["tenant", "state", "-confidence"], name="pairing_by_state")]

    def __str__(self) -> str:
        return f"{self.title} and {self.target_title}"

    @property
    def is_sure(self) -> bool:
        """Whether it may be approved without a look of its own."""
        return self.confidence >= SURE and not self.rivals
