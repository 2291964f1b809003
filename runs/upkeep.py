"""Look after connections that no run uses: each is asked once a day, and idle consents are kept alive."""

from __future__ import annotations

from datetime import timedelta

from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from integrations.credentials import STOPPED, check, keep_alive
from integrations.errors import ApiError
from integrations.models import Connection, State
from runs import reports

DAY = timedelta(days=1)
AT_ONCE = 5  # connections looked at in one minute: a large installation spreads them over the day
KEPT_ALIVE = "onecore-kept-alive"


def look_after() -> list[Connection]:
    """The connections found to need a person; their administrators have been told.

    A connection that runs use tells by itself when it breaks, so only those idle for a day are asked.
    """
    ago = timezone.now() - DAY
    idle = Q(credential__refreshed_at__lt=ago) & (Q(checked_at__isnull=True) | Q(checked_at__lt=ago))
    found = Connection.objects.filter(idle, tenant__is_active=True).exclude(credential__state__in=STOPPED)
    broken = []
    for connection in found.select_related("credential", "tenant")[:AT_ONCE]:
        before = connection.state
        try:
            check(connection)
        except ApiError:  # busy or unreadable just now: asked again in a minute
            continue
        if connection.state != State.OK and connection.state != before:
            broken.append(connection)
            reports.connection_failed(connection.tenant, connection.state_message)
    if cache.add(KEPT_ALIVE, True, DAY.total_seconds()):
        keep_alive()
    return broken
