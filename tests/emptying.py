"""How tables are emptied between tests that commit: the few rows they hold are deleted.

Django's own way truncates every table and makes all permissions anew, a third of a second for each test.
"""

from __future__ import annotations

from functools import cache

from django.db import connections, transaction
from django.test import TransactionTestCase

KEPT = frozenset({"django_content_type", "auth_permission"})  # the migrations fill them, and tests do not


@cache
def tables(alias: str) -> list[str]:
    """The tables that tests fill."""
    names = connections[alias].introspection.django_table_names(only_existing=True, include_views=False)
    return sorted(set(names) - KEPT)


def empty(test: TransactionTestCase) -> None:
    """Empty every table that holds rows, in each of the databases that the test may use."""
    for alias in test._databases_names(include_mirrors=False):
        connection = connections[alias]
        quoted = ((name, connection.ops.quote_name(name)) for name in tables(alias))
        asked = " UNION ALL ".join(
            f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {one})" for name, one in quoted
        )
        # Rows that refer to others may stay for a moment: the database looks at that in the end.
        with transaction.atomic(using=alias), connection.cursor() as cursor:
            cursor.execute(asked)
            for (name,) in cursor.fetchall():
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(name)}")
