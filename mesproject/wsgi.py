"""Pages and API."""

import gc
import os

from django.core.wsgi import get_wsgi_application

from mesproject.patient.base import DatabaseWrapper

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesproject.settings")
# Longer than the longest report may take; where nothing answers for so long, nothing will.
DatabaseWrapper.patience = 30
application = get_wsgi_application()

# What is loaded now stays for ever: without this, each collection walks through all of it again, which
# costs a batch of signals a quarter of its time.
gc.collect()
gc.freeze()
