"""The button that sends a proposed adjustment: one decision of one person who may approve plans."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from integrations.admin.access import APPROVERS, tenants_for
from runs import approvals, dispatch
from runs.models import Warning, WarningState


def may_send(request: HttpRequest, warning: Warning) -> bool:
    """Whether the warning proposes an adjustment that this person may send."""
    proposes = warning.code == approvals.PROPOSES and warning.state != WarningState.RESOLVED
    return proposes and tenants_for(request, APPROVERS).filter(pk=warning.tenant_id).exists()


def send_adjustment(request: HttpRequest, warnings: Any, pk: int) -> HttpResponse:
    """Send what a warning proposes, exactly as it was shown. Raises Http404 for another tenant's."""
    warning = warnings.filter(pk=pk).select_related("tenant", "run").first()
    if warning is None or request.method != "POST":
        raise Http404
    if not may_send(request, warning):
        raise PermissionDenied
    try:
        run = approvals.approve_adjustment(warning, request.user)
    except approvals.NotApproved as reason:
        messages.error(request, str(reason))
        return HttpResponseRedirect(reverse("admin:runs_warning_change", args=[pk]))
    dispatch.enqueue(run)
    return HttpResponseRedirect(reverse("admin:runs_run_change", args=[run.pk]))
