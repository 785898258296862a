"""The tablet as an app of its own: over https a browser keeps its empty page, and opens it without network."""

from __future__ import annotations

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

SHELL = "boards/shell.html"
WORKER = "floorlight/worker.js"


@require_safe
def shell(request: HttpRequest) -> HttpResponse:
    """The tablet's page without anybody's data: script fills it with what this browser saw last."""
    answer = render(request, SHELL)
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The script that opens the empty page without network. A change of any file or of language is another version."""
    answer = HttpResponse(_worker(get_language() or ""), content_type="text/javascript; charset=utf-8")
    answer["Cache-Control"] = "no-cache"
    return answer


@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """What a browser asks before it puts the tablet on the home screen."""
    start = reverse("boards:stations")
    icons = [
        ("icon.svg", "any", "image/svg+xml"),
        *((f"icon-{n}.png", f"{n}x{n}", "image/png") for n in (192, 512)),
    ]
    said = {
        "id": start, "name": "Floorlight", "short_name": "Floorlight", "start_url": start, "scope": start,
        "display": "standalone", "background_color": "#131517", "theme_color": "#131517",
        "icons": [{"src": static(f"floorlight/{name}"), "sizes": sizes, "type": kind} for name, sizes, kind in icons],
    }  # fmt: skip
    return JsonResponse(said, content_type="application/manifest+json", headers={"Cache-Control": "no-cache"})


@cache
def _worker(language: str) -> str:
    page = render_to_string(SHELL)  # in the language that is spoken, which is this one
    files = sorted(set(re.findall(rf'(?:src|href)="({re.escape(settings.STATIC_URL)}[^"#?]+)', page)))
    version = _version(page, [*files, settings.STATIC_URL + WORKER])
    kept = {"version": version, "shell": reverse("boards:shell"), "files": files}
    return f"const KEPT = {json.dumps(kept)};\n{_read(settings.STATIC_URL + WORKER).decode()}"


def _version(page: str, files: list[str]) -> str:
    """A short name for all that is kept."""
    seen = hashlib.sha256(page.encode())
    for address in files:
        seen.update(_read(address))
    return seen.hexdigest()[:16]


def _read(address: str) -> bytes:
    found = finders.find(address.removeprefix(settings.STATIC_URL))
    if not isinstance(found, str):
        raise FileNotFoundError(address)
    return Path(found).read_bytes()
