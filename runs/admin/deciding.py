"""What the review page lets people decide about many records at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse

from integrations.admin.access import ADMINISTRATORS, TenantAdmin
from integrations.admin.display import amount, count
from mappings import decisions
from mappings.decisions import Place, Undecided
from runs import linking
from runs.admin.linking import ReasonForm
from runs.models import Warning


class Deciding(TenantAdmin):
    """Actions on warnings that settle what their records are."""

    @admin.action(description="Mark as already in the other system…")
    def mark_already(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Records that were entered by hand are never sent."""
        says = "They were entered by hand: OneCore never sends them and does not look after them."
        return self.decide(request, queryset, "mark_already", "Mark as already there", says)

    @admin.action(description="Send although dated before the start…")
    def send_although(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Records dated before the start go with the next run all the same."""
        early = queryset.filter(code="before-start")
        says = "The next run sends them although they are dated before the start."
        return self.decide(request, early, "send_although", "Send with the next run", says)

    def decide(
        self, request: HttpRequest, queryset: Any, action: str, words: str, says: str
    ) -> HttpResponse | None:
        """Ask for a reason with counts and amounts, then decide for each record that it suits."""
        review: Any = self  # the page these actions belong to
        rows = review.rows_for(request, queryset.select_related("tenant"), ADMINISTRATORS)
        if not rows and queryset.exists():
            raise PermissionDenied
        places = {row.pk: place for row in rows if (place := money_place(row)) is not None}
        chosen = [row for row in rows if row.pk in places]
        if not chosen:
            messages.warning(request, "None of these speaks of one document that could be decided about so.")
            return None
        form = ReasonForm(request.POST if "apply" in request.POST else None)
        if "apply" not in request.POST or not form.is_valid():
            total = sum((abs(row.amount) for row in chosen if row.amount is not None), Decimal(0))
            told = f"{count(len(chosen), 'document')}, {amount(total)} before tax. {says}"
            asked: HttpResponse = review.asked(request, chosen, form, action, words, words, told)
            return asked
        reason = form.cleaned_data["reason"]
        done = [one for one in places.values() if carried_out(request, one, action, reason)]
        messages.success(request, f"{count(len(done), 'document')} decided about.")
        return None


def money_place(warning: Warning) -> Place | None:
    """The record of a warning, where it is drawn as a document with an amount."""
    place = linking.place_of_warning(warning)
    document = linking.document_of(place) if place is not None else None
    return place if document is not None and document.target.total else None


def carried_out(request: HttpRequest, place: Place, action: str, reason: str) -> bool:
    """Whether the decision was taken; why not is shown to the person."""
    decide = {"mark_already": decisions.mark_already, "send_although": decisions.send_although}[action]
    try:
        decide(place, reason=reason, user=request.user)
    except Undecided as why:
        messages.warning(request, f"{place.title}: {why}")
        return False
    linking.look_again(place, settled=action == "mark_already")
    return True
