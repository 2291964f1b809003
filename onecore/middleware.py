"""What every request to the portal passes: the second factor of support staff, and the tenant's time zone."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone

from integrations.models import Tenant, is_support

Respond = Callable[[HttpRequest], HttpResponse]
GUARDED = "/admin/"


class SecondFactorMiddleware:
    """Support staff reach the portal with a second factor only; without one they are led to set it up."""

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.is_missing(request):
            messages.warning(request, "Support staff need a second factor. Set one up to go on.")
            return HttpResponseRedirect(reverse("mfa_index"))
        return self.respond(request)

    def is_missing(self, request: HttpRequest) -> bool:
        """Whether this person has to set up a second factor first. Signing out stays possible."""
        guarded = request.path.startswith(GUARDED) and request.path != f"{GUARDED}logout/"
        if not settings.ONECORE_SECOND_FACTOR or not guarded or not request.user.is_authenticated:
            return False
        return is_support(request.user) and not is_mfa_enabled(request.user)


class TimeZoneMiddleware:
    """Times are shown in the zone of the person's tenant;
    who looks after several zones sees UTC, named as such.
    """

    def __init__(self, respond: Respond) -> None:
        self.respond = respond

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = self.zone(request)
        if zone is None:
            return self.respond(request)
        with timezone.override(zone):
            return self.respond(request)

    def zone(self, request: HttpRequest) -> ZoneInfo | None:
        """The one zone of the person's tenants."""
        if not request.path.startswith(GUARDED) or not request.user.is_authenticated:
            return None
        zones = (
            Tenant.objects.for_user(request.user).order_by().values_list("time_zone", flat=True).distinct()
        )
        found = list(zones[:2])
        return ZoneInfo(found[0]) if len(found) == 1 else None
