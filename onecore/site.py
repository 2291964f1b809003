"""The admin site: who may enter, how it is arranged, and the pages that are no list of records."""

from typing import Any, ClassVar

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse

from integrations.models import Tenant, is_support

# The menu: a heading, and below it models or pages (name of the address, words).
MENU: tuple[tuple[str, tuple[str | tuple[str, str], ...]], ...] = (
    (
        "Work",
        (
            ("runs.Warning", "Review"),
            "runs.Run",
            ("single_project", "Single project"),
            ("retention", "Retention"),
        ),
    ),
    (
        "Mappings",
        (
            "mappings.CostCodeRule",
            "mappings.ReverseRule",
            ("mappings.CostDecision", "Decisions about costs"),
            "mappings.ContractTerms",
            "mappings.Employee",
            "mappings.LabourRate",
            "mappings.EarningsRate",
            "mappings.Link",
            ("mappings.UnregisteredVendor", "Vendors without GST"),
            ("mappings.TaxCode", "Tax codes"),
            ("mappings.CatalogueEntry", "Codes and accounts"),
        ),
    ),
    (
        "Set-up",
        (
            ("integrations.Setting", "Integrations"),
            ("runs.Pairing", "Go-live"),
            "runs.Schedule",
            "integrations.Connection",
            "integrations.Tenant",
            ("specifications", "Specification"),
        ),
    ),
    (
        "People",
        (
            "integrations.Membership",
            "onecore.Invitation",
            "integrations.Credential",
            "auth.User",
            "auth.Group",
        ),
    ),
)


RIGHTS = {"single_project": "changeable_by"}  # pages that not every role opens, and whose tenants they ask


class PortalSite(AdminSite):
    """Django's admin, arranged by what people do, limited to the person's tenants."""

    site_header = "OneCore"
    site_title = "OneCore"
    index_title = "Home"
    empty_value_display = "–"
    site_url = None
    home: ClassVar[Any] = None  # the view of the home page
    own_pages: ClassVar[dict[str, tuple[str, Any]]] = {}  # name -> address and view

    @property
    def urls(self) -> Any:
        return self.get_urls(), "admin", self.name

    def has_permission(self, request: HttpRequest) -> bool:
        """Staff with at least one tenant, and support staff."""
        user: Any = request.user
        if not user.is_active or not user.is_staff:
            return False
        if not hasattr(request, "_belongs"):
            request._belongs = is_support(user) or Tenant.objects.for_user(user).exists()  # type: ignore[attr-defined]
        return bool(request._belongs)  # type: ignore[attr-defined]

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """The only sign-in page is allauth's, with its limits and second factor."""
        return secure_admin_login(super().login)(request, extra_context)

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Passwords are changed where second factors are."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def app_index(self, request: HttpRequest, app_label: str, extra_context: Any = None) -> Any:
        """The menu has headings of its own."""
        return HttpResponseRedirect(reverse("admin:index"))

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """Pages of our own first, then the lists."""
        return [*self.pages(), *super().get_urls()]

    def pages(self) -> list[URLPattern]:
        """Addresses that lead to no list of records, from `onecore.admin`."""
        return [
            path(address, self.shown(view), name=name) for name, (address, view) in self.own_pages.items()
        ]

    def shown(self, view: Any) -> Any:
        """A page of ours behind the site's own guard."""

        def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
            return view(request, self, **named)

        return self.admin_view(guarded)

    def index(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The home page."""
        return type(self).home(request, self)

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """The menu for this person: headings with what they may see below."""
        seen = {
            f"{app['app_label']}.{model['object_name']}": model
            for app in self._build_app_dict(request).values()
            for model in app["models"]
        }
        menu = []
        for heading, items in MENU:
            models = [shown for item in items if (shown := self.menu_item(request, item, seen))]
            if models:
                menu.append({"name": heading, "app_label": heading.lower(), "app_url": "", "models": models})
        return menu

    def menu_item(
        self, request: HttpRequest, item: str | tuple[str, str], seen: dict[str, Any]
    ) -> dict[str, Any] | None:
        """A line of the menu, or None where the person may not see it."""
        name, words = (item, "") if isinstance(item, str) else item
        if "." in name:
            shown = seen.get(name)
            return shown and (shown | {"name": words} if words else shown)
        if name in RIGHTS and not getattr(Tenant.objects, RIGHTS[name])(request.user).exists():
            return None
        address = reverse(f"admin:{name}")
        return {"name": words, "object_name": name, "admin_url": address, "add_url": None, "view_only": True}

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """What every page knows."""
        context = super().each_context(request)
        if self.has_permission(request):
            context["is_support"] = is_support(request.user)
            context["second_factor_relaxed"] = not settings.ONECORE_SECOND_FACTOR and context["is_support"]
        return context
