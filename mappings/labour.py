"""Who works for us, what an hour is charged at, and which earnings rate a time type has in payroll."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from simple_history.models import HistoricalRecords

from integrations.labour_book import LabourBook, Rate, Worker, book
from integrations.models import Tenant


class EmployeeKind(models.TextChoices):
    """Whether we pay a person ourselves."""

    OWN = "own", "own employee"
    LABOUR_HIRE = "labour_hire", "labour hire"


class Employee(models.Model):
    """A person of Procore's directory whose time is costed or paid."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="employees", db_index=False)
    person = models.CharField(
        "id in Procore", max_length=40, help_text="The person's number in the directory."
    )
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=EmployeeKind, default=EmployeeKind.OWN)
    trade = models.CharField(max_length=100, blank=True)
    payroll_employee = models.CharField(
        "in payroll",
        max_length=200,
        blank=True,
        help_text="Full name or id of the employee in Xero payroll. Empty: no timesheets.",
    )
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "person"],
                name="employee_once",
                violation_error_message="There is an employee with this id in Procore already.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def as_worker(self) -> Worker:
        """The employee as planning reads it."""
        return Worker(
            person=self.person,
            name=self.name,
            is_own=self.kind == EmployeeKind.OWN,
            trade=self.trade,
            payroll=self.payroll_employee,
        )


RATE_KEY = ["tenant", "employee", "trade", "project", "time_type"]
TWICE = "There is a rate for this employee, trade, project, time type and day already."


class LabourRate(models.Model):
    """What an hour is charged to a project; empty columns fit anything, the most specific rate wins."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="labour_rates", db_index=False)
    employee = models.CharField(
        max_length=200, blank=True, help_text="Name or id in Procore. Empty: every employee."
    )
    trade = models.CharField(max_length=100, blank=True, help_text="Empty: every trade.")
    project = models.CharField(max_length=100, blank=True, help_text="Project number. Empty: every project.")
    time_type = models.CharField(max_length=100, blank=True, help_text="Empty: every time type.")
    valid_from = models.DateField(
        null=True, blank=True, help_text="First day on which the rate holds. Empty: from the beginning."
    )
    rate = models.DecimalField(
        "rate an hour", max_digits=9, decimal_places=2, validators=[MinValueValidator(0)]
    )
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "employee", "trade", "project", "time_type", "valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=[*RATE_KEY, "valid_from"], name="labour_rate_once", violation_error_message=TWICE
            ),
            models.UniqueConstraint(
                fields=RATE_KEY,
                condition=models.Q(valid_from__isnull=True),
                name="labour_rate_once_from_beginning",
                violation_error_message=TWICE,
            ),
        ]

    def __str__(self) -> str:
        parts = [self.employee or self.trade or "every employee", self.project, self.time_type]
        return ", ".join(part for part in parts if part)

    def as_rate(self) -> Rate:
        """The rate as planning reads it."""
        return Rate(
            amount=self.rate,
            employee=self.employee,
            trade=self.trade,
            project=self.project,
            time_type=self.time_type,
            starts=self.valid_from,
        )


class EarningsRate(models.Model):
    """Which earnings rate of payroll a time type of Procore is paid by."""

    tenant = models.ForeignKey(Tenant, models.CASCADE, related_name="earnings_rates", db_index=False)
    time_type = models.CharField(max_length=100, help_text="As in Procore: Regular Time, Overtime ...")
    earnings_rate = models.CharField(
        max_length=100, help_text="Name or id of the earnings rate in Xero payroll."
    )
    note = models.CharField(max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()

    class Meta:
        ordering = ["tenant", "time_type"]
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "time_type"],
                name="earnings_rate_once",
                violation_error_message="This time type has an earnings rate already.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.time_type}: {self.earnings_rate}"


def labour_of(tenant: Tenant) -> LabourBook:
    """The three mappings as planning asks them. Three queries."""
    return book(
        (one.as_worker() for one in Employee.objects.filter(tenant=tenant)),
        (one.as_rate() for one in LabourRate.objects.filter(tenant=tenant)),
        {one.time_type: one.earnings_rate for one in EarningsRate.objects.filter(tenant=tenant)},
    )
