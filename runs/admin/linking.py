"""The page to decide about one record: unlink, link to another, there already, send all the same."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from integrations.admin.access import ADMINISTRATORS, EDITORS, tenants_for
from integrations.admin.display import SYSTEM_NAMES
from integrations.admin.options import name_of
from integrations.errors import ApiError
from integrations.sentences import sentence
from mappings import decisions
from mappings.decisions import Place, Undecided
from mappings.models import Link, LinkState
from runs import linking
from runs.models import Warning

UNPLACED = (
    "It is not known yet in which project of {system} it belongs. Start a run for this record, and look "
    "again once it is done."
)
TAKEN_APART = frozenset({LinkState.LINKED, LinkState.ALREADY})
DONE = {
    "unlink": "Unlinked. What is in {system} stays as it is, and no run links the two again by itself.",
    "choose": "The next run links it to {title}. Nothing is changed there.",
    "mark": "Marked as already in {system}: it is not sent. Unlink it to take the mark off.",
    "send": "The next run sends it although it is dated before the start.",
}


class ReasonForm(forms.Form):
    """Why, in a person's words; it stands in the history."""

    reason = forms.CharField(
        label="Reason",
        min_length=3,
        max_length=decisions.REASON,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text="It is kept with your name in the history.",
        error_messages={"required": "Give a reason: it stands in the history."},
    )


class TargetForm(forms.Form):
    """The record to link to."""

    target = forms.CharField(
        label="Id, or the address of its page",
        max_length=500,
        widget=forms.TextInput(attrs={"size": 60}),
        error_messages={"required": "Paste the address of the record, or its id."},
    )


def of_link(request: HttpRequest, site: Any, pk: int) -> HttpResponse:
    """The page for a link. Raises Http404 for another tenant's."""
    link = Link.objects.filter(pk=pk, tenant__in=tenants_for(request)).select_related("tenant").first()
    if link is None or link.system == "onecore":
        raise Http404
    back = reverse("admin:mappings_link_change", args=[pk])
    return Page(request, site, linking.place_of_link(link), back).answer()


def of_warning(request: HttpRequest, site: Any, pk: int) -> HttpResponse:
    """The page for the record of a warning. Raises Http404 for another tenant's."""
    found = Warning.objects.filter(pk=pk, tenant__in=tenants_for(request))
    warning = found.select_related("tenant").first()
    if warning is None:
        raise Http404
    place = linking.place_of_warning(warning)
    if place is None:
        return HttpResponseRedirect(reverse("admin:mappings_link_changelist"))
    back = reverse("admin:runs_warning_change", args=[pk])
    return Page(request, site, place, back, warning).answer()


class Page:
    """One request for the page."""

    def __init__(
        self, request: HttpRequest, site: Any, place: Place, back: str, warning: Warning | None = None
    ) -> None:
        self.request, self.site, self.place, self.back, self.warning = request, site, place, back, warning
        self.link, self.document = place.link(), linking.document_of(place)
        self.is_money = bool(self.document and self.document.target.total)
        self.system = SYSTEM_NAMES.get(place.system, place.system)
        self.wrong: dict[str, str] = {}
        self.found: linking.Found | None = None
        self.reason, self.target = ReasonForm(), TargetForm()

    def answer(self) -> HttpResponse:
        """Show the page, or carry out what was decided. Raises PermissionDenied."""
        asked = self.request.POST.get("do", "") if self.request.method == "POST" else ""
        if asked and not self.may():
            raise PermissionDenied
        if asked in ("look", "choose"):
            self.look()
        carried = asked in self.offered() and asked != "look" and self.carry_out(asked)
        return HttpResponseRedirect(self.back) if carried else self.page()

    def may(self) -> bool:
        """Editors decide about names and projects, administrators about what carries money."""
        right = ADMINISTRATORS if self.is_money else EDITORS
        return tenants_for(self.request, right).filter(pk=self.place.tenant.pk).exists()

    def offered(self) -> list[str]:
        """What can be decided about the record as it is."""
        state = self.link.state if self.link else ""
        chosen = bool(self.link and self.link.known().is_chosen)
        if state == LinkState.SENDING or self.document is None:
            return []
        offered = ["unlink"] if state in TAKEN_APART or chosen else []
        offered += ["look", "choose"]
        if self.is_money and state not in TAKEN_APART:
            offered.append("mark")
        if self.warning is not None and self.warning.code == "before-start" and state not in TAKEN_APART:
            offered.append("send")
        return offered

    def look(self) -> None:
        """Read what the person named, in its own system."""
        self.target = TargetForm(self.request.POST)
        if not self.target.is_valid():
            return
        if not linking.is_placed(self.place):
            self.target.add_error("target", UNPLACED.format(system=self.system))
            return
        try:
            self.found = linking.find(self.place, self.target.cleaned_data["target"])
        except ApiError as error:
            said = getattr(error, "message", "") or "It did not answer."
            self.target.add_error("target", f"{self.system} could not be asked: {said}")
            return
        if self.found is None:
            assert self.document is not None
            self.target.add_error("target", f"{self.system} has no such {self.document.target.label}.")

    def carry_out(self, asked: str) -> bool:
        """Whether the decision was taken; what is in the way stands on the page."""
        self.reason = ReasonForm(self.request.POST)
        if not self.reason.is_valid() or (asked == "choose" and (not self.found or self.found.problem)):
            self.wrong[asked] = " ".join(map(str, self.reason.errors.get("reason", ())))
            return False
        given = {"reason": self.reason.cleaned_data["reason"], "user": self.request.user}
        try:
            match asked:
                case "unlink" if self.link is not None:
                    decisions.unlink(self.link, **given)
                case "choose" if self.found is not None:
                    decisions.choose(self.place, self.found.id, **given)
                case "mark":
                    decisions.mark_already(self.place, **given)
                case "send":
                    decisions.send_although(self.place, **given)
        except Undecided as why:
            self.wrong[asked] = str(why)
            return False
        linking.look_again(self.place, settled=asked in ("mark", "choose"))
        told = DONE[asked].format(system=self.system, title=self.found.title if self.found else "")
        messages.success(self.request, told)
        return True

    def page(self) -> HttpResponse:
        """What is known, what can be decided, and what was decided before."""
        sent = self.link.amount if self.link else None
        amount = sent if sent is not None else self.warning.amount if self.warning else None
        found = self.found.amount if self.found else None
        context = {
            **self.site.each_context(self.request),
            "title": self.place.title or self.place.subject,
            "place": self.place,
            "link": self.link,
            "label": self.document.target.label if self.document else "record",
            "system": self.system,
            "integration": name_of(self.place.integration),
            "warning": self.warning,
            "says": sentence(self.warning.message) if self.warning else "",
            "offered": self.offered() if self.may() else [],
            "may": self.may(),
            "wrong": self.wrong,
            "reason": self.reason,
            "target": self.target,
            "found": self.found,
            "amount": amount,
            "differs": amount is not None and found is not None and abs(amount) != abs(found),
            "decided": decisions.decided(self.place),
            "back": self.back,
        }
        return TemplateResponse(self.request, "admin/mappings/link/decide.html", context)
