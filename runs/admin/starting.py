"""Start a run from a page."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from integrations.models import Tenant
from runs import dispatch


def started(request: HttpRequest, tenant: Tenant, integrations: Any, **asked: Any) -> HttpResponse:
    """Start a run and lead to its page; or back to the tenant's home page, saying why not."""
    try:
        run = dispatch.start(
            tenant, integrations, started_by=request.user.get_username(), user=request.user, **asked
        )
    except dispatch.NothingToRun as error:
        messages.error(request, str(error))
        return HttpResponseRedirect(reverse("admin:home_of", args=[tenant.slug]))
    return HttpResponseRedirect(reverse("admin:runs_run_change", args=[run.pk]))
