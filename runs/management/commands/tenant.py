"""`manage.py tenant import FILE`, `tenant export SLUG`, `tenant check FILE`: a tenant as a file."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from integrations.models import Tenant
from runs.tenantfile import Unreadable, import_tenant, write


class Command(BaseCommand):
    """Reads and writes tenants; described in docs/tenant-file.md."""

    help = "Import a tenant from a file, export one, or check a file and change nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        """What to do, and with which file or tenant."""
        parser.add_argument("action", choices=("import", "export", "check"))
        parser.add_argument(
            "name", help="The file (- for standard input), or the tenant's short name to export."
        )
        parser.add_argument("--to", help="The file to write an export to; without it the export is printed.")

    def handle(self, *_given: Any, action: str, name: str, to: str | None, **_options: Any) -> None:
        """Raises CommandError with every mistake of the file, each with its place."""
        if action == "export":
            self._export(name, to)
            return
        try:
            tenant, is_new = import_tenant(self._text(name), keep=action == "import")
        except Unreadable as error:
            count = len(error.problems)
            words = f"{count} mistake{'' if count == 1 else 's'} in {name}, nothing was changed:"
            raise CommandError(
                "\n".join((words, *(f"  {line}" for line in str(error).splitlines())))
            ) from None
        if action == "check":
            self.stdout.write(
                f"{name} is in order; importing it would {'create' if is_new else 'change'} {tenant}."
            )
        else:
            self.stdout.write(f"{tenant} was {'created' if is_new else 'changed'}.")

    def _export(self, slug: str, to: str | None) -> None:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is None:
            raise CommandError(f"There is no tenant with the short name {slug}.")
        if to is None:
            self.stdout.write(write(tenant), ending="")
            return
        Path(to).write_text(write(tenant), encoding="utf-8")
        self.stdout.write(f"{tenant} was written to {to}.")

    def _text(self, name: str) -> str:
        try:
            return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise CommandError(f"{name} cannot be read: {error}") from None
