"""The portal's own records: invitations and, for superusers, accounts.
What could run code by form is taken out.
"""

from typing import Any

import allauth.account.admin
import allauth.mfa.admin
import allauth.socialaccount.admin
import django_q.admin
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from django.contrib import admin, messages
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.http import HttpRequest, HttpResponse
from django_q.models import Failure, OrmQ, Schedule, Success

from integrations.admin.access import ADMINISTRATORS, TenantAdmin, TenantFilter
from integrations.admin.display import chip, day, local, two_lines, when
from onecore import home, invitations, specification
from onecore.models import Choice, Invitation
from onecore.site import PortalSite
from runs.admin import choosing, linking, retention, single

# A schedule of the queue names any function to run, its tasks are pickles, and sign-in records hold secrets:
# none of them has a form here.
WITHOUT_FORM = (
    Failure,
    OrmQ,
    Schedule,
    Success,
    EmailAddress,
    Authenticator,
    SocialAccount,
    SocialApp,
    SocialToken,
)
REGISTER_FIRST = (allauth.account.admin, allauth.mfa.admin, allauth.socialaccount.admin, django_q.admin)
for model in WITHOUT_FORM:
    if admin.site.is_registered(model):
        admin.site.unregister(model)
admin.site.unregister(User)
admin.site.unregister(Group)


def single_project(request: HttpRequest, site: PortalSite) -> HttpResponse:
    """The form for one project, with what this person ticked last time."""
    person: Any = request.user
    remembered = Choice.objects.filter(user=person, form="single-project").first()
    return single.page(request, site, remembered or Choice(user=person, form="single-project"))


PortalSite.home = home.page
PortalSite.own_pages = {
    "home_of": ("tenants/<slug:slug>/", home.of),
    "single_project": ("single-project/", single_project),
    "link_decide": ("mappings/link/<int:pk>/decide/", linking.of_link),
    "warning_decide": ("runs/warning/<int:pk>/decide/", linking.of_warning),
    "warning_choose": ("runs/warning/<int:pk>/choose/", choosing.choose),
    "retention": ("retention/", retention.choose),
    "retention_of": ("retention/<slug:slug>/", retention.page),
    "retention_contract": ("retention/<slug:slug>/contract/", retention.contract),
    "retention_csv": ("retention/<slug:slug>/ledger.csv", retention.download),
    "retention_decide": ("retention/<slug:slug>/decide/", retention.decide),
    "retention_compare": ("retention/<slug:slug>/compare/", retention.compare),
    "retention_statement": ("retention/<slug:slug>/statement/", retention.statement),
    "specifications": ("specification/", specification.choose),
    "specification": ("specification/<slug:slug>/", specification.page),
}


class OnlySuperusers:
    """Accounts and groups open every door, so only superusers see them."""

    opts: Any

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.is_active and request.user.is_superuser)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_module_permission(request)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """A list is called what it lists."""
        above: Any = super()
        title = str(self.opts.verbose_name_plural).capitalize()
        answer: HttpResponse = above.changelist_view(request, {"title": title, **(extra_context or {})})
        return answer


@admin.register(User)
class AccountAdmin(OnlySuperusers, UserAdmin):
    """People who may sign in."""

    list_display = ("username", "email", "first_name", "last_name", "is_active", "is_superuser", "last_login")
    list_filter = ("is_active", "is_superuser")


@admin.register(Group)
class SupportGroupAdmin(OnlySuperusers, GroupAdmin):
    """The group “Support” sees every tenant."""


@admin.register(Invitation)
class InvitationAdmin(TenantAdmin):
    """How people come in."""

    rights = {"view": ADMINISTRATORS, "add": ADMINISTRATORS, "delete": ADMINISTRATORS}
    intro = (
        "Only invited people can sign in. With an e-mail address, they get a link to make an account; with a "
        "Procore "
        "user id, they sign in with Procore."
    )
    empty = "Nobody has been invited yet. Choose “Add invitation”."
    list_display = ("who", "tenant", "role", "may_approve", "way_in", "state")
    list_filter = (TenantFilter,)
    list_select_related = ("tenant", "accepted_by")
    search_fields = ("name", "email", "procore_user_id")
    fields = ("tenant", "name", "role", "can_approve", "email", "procore_user_id", "expires_at")

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        """The two boxes of a moment say which is which."""
        field: Any = super().formfield_for_dbfield(db_field, request, **given)
        if db_field.name == "expires_at":
            for box, words in zip(field.widget.widgets, ("day", "time"), strict=True):
                box.attrs["aria-label"] = f"Valid until, {words}"
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Keep who invited, and send the link."""
        obj.invited_by = request.user
        super().save_model(request, obj, form, change)
        if obj.email:
            invitations.send(obj)
            messages.info(request, f"The link was sent to {obj.email}.")

    @admin.display(description="person", ordering="name")
    def who(self, invitation: Invitation) -> str:
        by = f"invited by {invitation.invited_by}" if invitation.invited_by else ""
        return two_lines(invitation.name, by)

    @admin.display(description="may approve", boolean=True, ordering="can_approve")
    def may_approve(self, invitation: Invitation) -> bool:
        return invitation.can_approve

    @admin.display(description="signs in with")
    def way_in(self, invitation: Invitation) -> str:
        return invitation.email or two_lines("Procore", f"user id {invitation.procore_user_id}")

    @admin.display(description="state", ordering="accepted_at")
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return two_lines(chip("accepted", "green"), when(invitation.accepted_at, invitation.tenant))
        if not Invitation.objects.waiting().filter(pk=invitation.pk).exists():
            return chip("run out", "red")
        until = day(local(invitation.expires_at, invitation.tenant), invitation.tenant)
        return two_lines(chip("waiting", "orange"), f"until {until}")
