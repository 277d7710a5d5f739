"""Syncs the generated event by django-program into a database of its own, and prints how long each sync took.

The arguments are the number of syncs; PEER_DATABASE and PEER_PRETALX say where from and where to. django-program 0.1.2
needs Python 3.14; see django-program.ts.
"""

import json
import os
import sys
import time
from urllib.parse import urlsplit

import django
from django.conf import settings

database = urlsplit(os.environ["PEER_DATABASE"])
settings.configure(
    SECRET_KEY="only-for-the-bench",
    SALT_KEY="only-for-the-bench",
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django_program.conference",
        "django_program.registration",
        "django_program.pretalx",
        "django_program.programs",
        "django_program.sponsors",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": database.hostname,
            "PORT": database.port or 5432,
            "USER": database.username,
            "PASSWORD": database.password,
            "NAME": database.path[1:],
        }
    },
    DJANGO_PROGRAM={
        "pretalx": {
            "base_url": os.environ["PEER_PRETALX"],
            "token": "generated",
            # It deletes and makes anew the breaks of an unchanged programme, and would refuse to.
            "schedule_delete_guard_enabled": False,
        }
    },
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django_program.conference.models import Conference  # noqa: E402
from django_program.pretalx.sync import PretalxSyncService  # noqa: E402

call_command("migrate", verbosity=0)
conference, _ = Conference.objects.get_or_create(
    slug="bench",
    defaults={
        "name": "bench",
        "start_date": "2027-05-01",
        "end_date": "2027-05-09",
        "pretalx_event_slug": "generated",
    },
)
times = []
for _ in range(int(sys.argv[1])):
    started = time.perf_counter()
    PretalxSyncService(conference).sync_all()
    times.append((time.perf_counter() - started) * 1_000)
print(json.dumps(times))
