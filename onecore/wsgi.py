"""Entry point of the web server; a wrong configuration stops it here instead of at the first request."""

import os

from django.core.management import call_command
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "onecore.settings")

application = get_wsgi_application()
call_command("check", databases=["default"])
