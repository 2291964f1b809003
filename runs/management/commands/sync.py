"""`manage.py sync TENANT INTEGRATION|nightly`: start a run, and print what it came to."""

from __future__ import annotations

import json
import time
from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from integrations.models import Tenant
from runs import approvals, dispatch, reports, runner
from runs.models import Heartbeat, Mode, Run, RunState, Scope, StartedFrom

PATIENCE = 10  # seconds without a worker before that is said
ALIVE = timedelta(seconds=60)


class Command(BaseCommand):
    """Starts a run for a tenant: one integration, several, or nightly."""

    help = (
        "Run integrations of a tenant: everything, one project or one record; "
        "live, or as a test that sends nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("tenant", help="the tenant's short name")
        parser.add_argument("integrations", nargs="*", help="slugs of integrations, or nightly for all")
        parser.add_argument("--project", metavar="N", help="only the project with this number")
        parser.add_argument("--record", metavar="X", help="only this record: id, number or pasted address")
        parser.add_argument("--debug", action="store_true", help="a test: read and plan, send nothing")
        parser.add_argument(
            "--renew", action="store_true",
            help="plan what today's rules and options would change in what was sent; --approve sends it",
        )  # fmt: skip
        parser.add_argument(
            "--approve", metavar="RUN", type=int, help="apply the plan of this run as it stands"
        )
        parser.add_argument("--user", metavar="NAME", help="with --approve: the person who approves")
        parser.add_argument("--wait", action="store_true", help="wait for the end and print the summary")
        parser.add_argument("--here", action="store_true", help="work in this process, without a worker")
        parser.add_argument("--json", action="store_true", help="print the run as JSON; waits")

    def handle(self, *args: Any, **options: Any) -> None:
        tenant = Tenant.objects.filter(slug=options["tenant"]).first()
        if tenant is None:
            known = ", ".join(Tenant.objects.values_list("slug", flat=True)) or "none yet"
            raise CommandError(f"There is no tenant {options['tenant']}. There are: {known}.")
        run = self.approved(tenant, options) if options["approve"] else self.started(tenant, options)
        if options["here"]:
            work_here(run)
        elif options["wait"] or options["json"]:
            self.wait(run)
        else:
            self.stdout.write(f"Run {run.pk} is queued.")
            return
        run.refresh_from_db()
        if options["json"]:
            self.stdout.write(json.dumps(reports.document(run), indent=2, default=str))
        else:
            self.stdout.write("\n".join(reports.summary_lines(run)))
        if run.state in (RunState.FAILED, RunState.CANCELLED):
            raise SystemExit(1)

    def started(self, tenant: Tenant, options: dict[str, Any]) -> Run:
        """A new run as the options say."""
        if options["project"] and options["record"]:
            raise CommandError("Name a project or a record, not both.")
        scope, value = Scope.EVERYTHING, ""
        if options["project"]:
            scope, value = Scope.PROJECT, options["project"]
        elif options["record"]:
            scope, value = Scope.RECORD, options["record"]
        planned = options["debug"] or options["renew"]
        try:
            return dispatch.start(
                tenant, options["integrations"] or [dispatch.NIGHTLY], scope=scope, value=value,
                mode=Mode.DEBUG if planned else Mode.LIVE, renews=options["renew"],
                source=StartedFrom.COMMAND, started_by="command line",
            )  # fmt: skip
        except dispatch.NothingToRun as error:
            raise CommandError(str(error)) from error

    def approved(self, tenant: Tenant, options: dict[str, Any]) -> Run:
        """A run that applies the plan of an earlier one."""
        plan = Run.objects.of(tenant).filter(pk=options["approve"]).first()
        if plan is None:
            raise CommandError(f"{tenant} has no run {options['approve']}.")
        user = None
        if options["user"]:
            user = get_user_model().objects.filter(username=options["user"]).first()
            if user is None or not Tenant.objects.approvable_by(user).filter(pk=tenant.pk).exists():
                raise CommandError(f"{options['user']} may not approve plans of {tenant}.")
        try:
            run = approvals.approve(plan, user, by="command line")
        except approvals.NotApproved as error:
            raise CommandError(str(error)) from error
        dispatch.enqueue(run)
        return run

    def wait(self, run: Run) -> None:
        """Until the run is finished; says so when no worker shows up."""
        begun, told = time.monotonic(), False
        while True:
            run.refresh_from_db()
            if run.is_finished:
                return
            if (
                not told
                and time.monotonic() - begun > PATIENCE
                and run.state == RunState.QUEUED
                and not worker_lives()
            ):
                self.stderr.write(
                    f"Run {run.pk} waits: no worker has been seen in the last minute. Start one with: "
                    "manage.py worker"
                )
                told = True
            time.sleep(0.3)


def worker_lives() -> bool:
    """Whether a worker has shown a sign of life lately."""
    return Heartbeat.objects.filter(seen_at__gt=timezone.now() - ALIVE).exists()


def work_here(run: Run) -> None:
    """Work on a run in this process until it is finished; runs it waits for are worked on as well."""
    while not run.is_finished:
        if not runner.work(run.pk):
            time.sleep(0.2)
        run.refresh_from_db()
