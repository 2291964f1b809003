"""The search over warnings looks for parts of words, by an index where the database has one."""

from __future__ import annotations

import pytest
from django.db import connection

from integrations.models import Tenant
from runs.models import Warning

pytestmark = pytest.mark.django_db


def test_every_word_is_looked_for_in_any_part() -> None:
    """Small and capital letters are alike; one word that is nowhere finds nothing."""
    tenant = Tenant.objects.create(name="T", slug="t")
    given = {"tenant": tenant, "integration": "progress-claims", "code": "no-date", "message": "no date"}
    for number in (1, 2):
        warning = Warning(record_key=str(number), record_title=f"Harris Concrete, claim {number}", **given)
        warning.search = warning.words()
        warning.save()
    assert [one.record_key for one in Warning.objects.mentioning("arRis 2")] == ["2"]
    assert not Warning.objects.mentioning("harris 3").exists()


@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="the index is PostgreSQL's")
def test_the_index_is_used_for_parts_of_words() -> None:
    """Where reading the whole table is not to be had for nothing."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN SELECT id FROM runs_warning WHERE search LIKE '%harris%'")
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "warning_search_parts" in plan
