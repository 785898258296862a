"""Files that people put beside SKUs: what is taken, and how it is handed out."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.http import content_disposition_header

from production.models.files import File, FileContent

MOST_BYTES = 12 * 1024 * 1024
MOST_FILES = 1000  # of a company
# What it is follows from its bytes, never from its name: nothing that a browser runs is among these.
BEGINNINGS = {
    b"%PDF-": "application/pdf",
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n\x1a\n": "image/png",
}
KINDS = (*BEGINNINGS.values(), "image/webp")


class NotTaken(ValueError):
    """What was sent cannot be kept; the sentence says why."""


def kind_of(content: bytes) -> str:
    """The type of a file, or NotTaken."""
    if len(content) > MOST_BYTES:
        raise NotTaken(f"This file is too large: at most {MOST_BYTES // 2**20} MB are taken.")
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    for beginning, kind in BEGINNINGS.items():
        if content.startswith(beginning):
            return kind
    raise NotTaken("This is no PDF, JPEG, PNG or WebP. Nothing else is taken.")


def keep(file: File, content: bytes) -> None:
    """Store its bytes, in place of those it had."""
    FileContent.objects.update_or_create(file=file, defaults={"content": content})


def handed_out(file: File) -> HttpResponse:
    """Its bytes, to be looked at and never to be run."""
    response = HttpResponse(file.stored.content, content_type=file.content_type)
    shown = content_disposition_header(as_attachment=False, filename=file.name)
    response["Content-Disposition"] = shown or "inline"
    response["X-Content-Type-Options"] = "nosniff"
    # Who may see it is asked each time.
    response["Cache-Control"] = "private, no-cache"
    return response
