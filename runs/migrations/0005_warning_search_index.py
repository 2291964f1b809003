"""An index for parts of words in the search over warnings: PostgreSQL only, where it has the extension."""

from typing import Any

from django.db import migrations

MAY = """
SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')
    OR EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm')
       AND (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
    OR EXISTS (SELECT 1 FROM pg_available_extension_versions WHERE name = 'pg_trgm' AND trusted)
       AND has_database_privilege(current_database(), 'CREATE')
"""


def add(apps: Any, schema_editor: Any) -> None:
    """Make it where the database may; the search works without it, only slower."""
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(MAY)
        if not cursor.fetchone()[0]:
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute(
            "CREATE INDEX IF NOT EXISTS warning_search_parts ON runs_warning USING gin (search gin_trgm_ops)"
        )


def take_away(apps: Any, schema_editor: Any) -> None:
    """The extension stays: somebody else may use it."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS warning_search_parts")


class Migration(migrations.Migration):
    dependencies = [("runs", "0004_pairings")]
    operations = [migrations.RunPython(add, take_away)]
