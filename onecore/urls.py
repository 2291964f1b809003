"""Addresses of the portal."""

from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from onecore import invitations

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path("accounts/invitation/<str:link>/", invitations.accept, name="accept_invitation"),
    path("accounts/", include("allauth.urls")),
]
