"""`manage.py demo`: the main job on this machine, with the sandbox for Procore and Xero."""

import signal
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.models import Membership, Tenant
from onecore.demo import Demonstration, Failed, Surroundings

PASSWORD = "bright-build-demo"
LOGINS = (
    ("support@onecore.example", "support staff", "sees every tenant"),
    ("admin@brightbuild.example", Membership.Role.ADMINISTRATOR, "connects, chooses options, approves plans"),
    ("accounts@brightbuild.example", Membership.Role.EDITOR, "edits mappings, makes test runs"),
    ("viewer@brightbuild.example", Membership.Role.VIEWER, "looks"),
)


class Command(BaseCommand):
    """Shows the main job: test, send, pay, edit, send again. Stays up unless asked not to."""

    help = "Show the main job against the sandbox; without --once portal, worker and sandbox stay up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="end by itself")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.ONECORE_LOCAL_SANDBOX:
            raise CommandError("The demo needs the local sandbox: start it with script/demo.")
        began = time.monotonic()
        with Surroundings(Path(settings.STATE)) as around:
            demonstration = Demonstration(around, lambda text: self.stdout.write(str(text)))
            try:
                demonstration.prepare()
                demonstration.show()
                self.stdout.write(f"\nAll as it must be, after {time.monotonic() - began:.0f} seconds.")
                if not options["once"]:
                    self.stay(around)
            except Failed as failure:
                raise CommandError(str(failure)) from failure

    def stay(self, around: Surroundings) -> None:
        """Portal, worker and sandbox until Ctrl-C, with addresses and logins."""
        invite()
        around.start("portal", "runserver", "--noreload", around.portal.removeprefix("http://"))
        around.ready("portal", around.portal + "/accounts/login/")
        self.stdout.write(
            f"\nPortal   {around.portal}/admin/\nSandbox  {around.address}/   (token: {around.token})\n"
        )
        for login, role, sentence in LOGINS:
            self.stdout.write(f"  {login:<32} {PASSWORD}   {str(role):<14} {sentence}")
        self.stdout.write("\nCtrl-C ends portal, worker and sandbox.")
        signal.signal(signal.SIGTERM, lambda *_: signal.raise_signal(signal.SIGINT))
        try:
            signal.pause()
        except KeyboardInterrupt:
            self.stdout.write("\nEnding.")


def invite() -> None:
    """The people of the demo."""
    users = get_user_model().objects
    tenant = Tenant.objects.get(slug=Demonstration.tenant)
    for login, role, _ in LOGINS:
        if users.filter(username=login).exists():
            continue
        if role == "support staff":
            users.create_superuser(login, login, PASSWORD)
            continue
        user = users.create_user(login, login, PASSWORD, is_staff=True)
        Membership.objects.create(
            user=user, tenant=tenant, role=role, can_approve=role == Membership.Role.ADMINISTRATOR
        )
