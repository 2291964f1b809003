"""A person's choice on a warning becomes a rule: which cost code fits, what becomes of a vendor's costs."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from integrations.admin.access import EDITORS, tenants_for
from integrations.admin.display import count
from mappings.reverse import chosen
from runs.models import Warning


def choose(request: HttpRequest, site: Any, pk: int) -> HttpResponse:
    """Keep what was chosen. Raises Http404 for another tenant's, PermissionDenied without the right."""
    found = Warning.objects.filter(pk=pk, tenant__in=tenants_for(request))
    warning = found.select_related("tenant").first()
    if warning is None or request.method != "POST":
        raise Http404
    if not tenants_for(request, EDITORS).filter(pk=warning.tenant_id).exists():
        raise PermissionDenied
    place = request.POST.get("choice", "")
    if not place.isdigit() or int(place) >= len(warning.choices):
        messages.error(request, "Choose one of the lines first.")
        return back_to(warning)
    words, rule = warning.choices[int(place)]
    try:
        with transaction.atomic():
            chosen(warning.tenant, rule, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return back_to(warning)
    waiting = count(len(warning.affected) or 1, "record")
    messages.success(request, f"Kept: {words}. The next run looks at {waiting} again; or run it again here.")
    return back_to(warning)


def back_to(warning: Warning) -> HttpResponse:
    """The warning's own page."""
    return HttpResponseRedirect(reverse("admin:runs_warning_change", args=[warning.pk]))
