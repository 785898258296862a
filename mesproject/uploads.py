"""Files that people send: none is read that nobody could have meant."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

# What takes files has limits of its own, with a sentence; this one keeps disks from being filled before they ask.
MOST_BYTES = 64 * 1024 * 1024


class NotTooMuch(FileUploadHandler):
    """The first of the handlers: refuses a request of too many bytes (400) before its first file is read."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803  (Django's name for it)
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Look at what the request says of itself; no more than that is ever read."""
        if content_length > MOST_BYTES:
            raise RequestDataTooBig(f"At most {MOST_BYTES // 2**20} MB are taken at once.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        """Hand the bytes on to the next handler."""
        return raw_data

    def file_complete(self, file_size: int) -> None:
        """Leave the file to the next handler."""
