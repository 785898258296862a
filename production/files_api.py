"""Files over Busroot's dialect: put up as a form, listed, linked to SKUs, fetched."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from pathlib import PurePosixPath
from typing import Annotated, Any, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.http import HttpResponse, QueryDict
from django.utils.timezone import now
from msgspec import Meta
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from mesproject.accounts.callers import Caller
from mesproject.busroot import BadValue, Clash, codes_of, converted
from mesproject.resource_views import ListView, ResourceView, decoder
from mesproject.resources import PLAIN, Column, Resource, text, told
from production import files
from production.models import File, Sku

AROUND = 100_000  # bytes of a form that are not the file
SkuCodes = Annotated[list[Annotated[str, Meta(max_length=32, pattern=PLAIN)]], Meta(max_length=500)]


def _with_skus(caller: Caller, shown: list[dict[str, Any]]) -> None:
    skus = Sku.objects.of(caller.company).filter(instructions__code__in=[row["code"] for row in shown])
    found = defaultdict(list)
    for file, code in skus.order_by("code").values_list("instructions__code", "code"):
        found[file].append(code)
    for row in shown:
        row["skuCodes"] = found[row["code"]]


def _link(caller: Caller, file: File, said: Mapping[str, Any]) -> None:
    """The whole list takes the place of what was; one by one, so that each change is on record."""
    if "skuCodes" not in said:
        return
    wanted = set(said["skuCodes"])
    skus = {sku.code: sku for sku in Sku.objects.of(caller.company).filter(code__in=wanted)}
    if missing := next((code for code in sorted(wanted) if code not in skus), None):
        raise BadValue("skuCodes", f"There is no SKU {missing}.")
    changed = [
        *file.skus.exclude(code__in=wanted),
        *(sku for sku in skus.values() if sku.instructions_id != file.pk),
    ]
    for sku in changed:
        sku.instructions = file if sku.code in wanted else None
        sku.save(update_fields=["instructions"])


FILE = Resource(
    name="file", title="file", model=File,
    columns={
        "code": Column("code", text(64), required=True, once=True),
        "name": Column("name", text(128)),
        "contentType": told("content_type", str),
        "size": told("size", int),
        "accountId": told("company__code", str),
        "createdAt": told("created_at", datetime),
        "updatedAt": told("updated_at", datetime),
    },
    filters={"codes": ("code", "codes"), "skucodes": ("skus__code", "codes")},
    finish=_with_skus,
    extra={"skuCodes": list[str]},
    parts=_link,
    part_types={"skuCodes": SkuCodes},
)  # fmt: skip


_PART = {"file": {"type": "string", "format": "binary"}}
# What a form has, as OpenAPI says it.
CONTENT: dict[str, Any] = {"type": "object", "properties": _PART, "required": ["file"]}
FORM: dict[str, Any] = CONTENT | {
    "properties": {
        **_PART,
        "code": {"type": "string", "description": "Without it, the file's own name."},
        "name": {"type": "string", "description": "Without it, the file's own name."},
        "skuCodes": {
            "type": "string",
            "description": "The SKUs that it instructs, with commas between them.",
        },
    }
}


class FormView(ResourceView):
    """Takes a file as a browser's form sends it (`multipart/form-data`)."""

    resource = FILE
    parser_classes = [MultiPartParser]

    def sent(self, request: Request) -> UploadedFile:
        """The part “file”."""
        if int(request.META.get("CONTENT_LENGTH") or 0) > files.MOST_BYTES + AROUND:
            raise BadValue("file", f"At most {files.MOST_BYTES // 2**20} MB are taken.")
        sent = _form(request).get("file")
        if not isinstance(sent, UploadedFile):
            raise BadValue("file", "Send the file as the part “file” of a form (multipart/form-data).")
        return sent


class FileListView(FormView, ListView):
    """Documents and pictures to be read at machines."""

    def post(self, request: Request) -> HttpResponse:
        """Put one up: a PDF, JPEG, PNG or WebP up to 12 MB, as the part “file” of a form. Without `code` and `name`
        it has those of the file; `skuCodes` (with commas) are the SKUs that it instructs."""
        caller = self.allowed("add", self.resource.label)
        if caller.station_codes:
            raise PermissionDenied("This API key is limited to some stations, and may not make others.")
        sent = self.sent(request)
        if File.objects.of(caller.company).count() >= files.MOST_FILES:
            raise Clash("file", f"There are {files.MOST_FILES:,} files already. Delete some first.")
        content = sent.read()
        kind = _kind(content)
        with transaction.atomic():
            file = FILE.made(
                caller, _asked(request, sent.name or ""), at=now(), content_type=kind, size=len(content)
            )
            files.keep(file, content)
        return self.answer(file)


class FileContentView(FormView):
    """The file itself."""

    def get(self, request: Request, code: str) -> HttpResponse:
        """Its bytes."""
        return files.handed_out(FILE.one(self.allowed("view", FILE.label), code))

    def post(self, request: Request, code: str) -> HttpResponse:
        """Another content in its place; SKUs stay linked to it."""
        file = FILE.one(self.allowed("change", FILE.label), code)
        content = self.sent(request).read()
        file.content_type, file.size = _kind(content), len(content)
        with transaction.atomic():
            file.save()
            files.keep(file, content)
        return self.answer(file)


def _kind(content: bytes) -> str:
    try:
        return files.kind_of(content)
    except files.NotTaken as error:
        raise BadValue("file", str(error)) from None


def _asked(request: Request, name: str) -> Any:
    """What is said of a file, by default by its own name."""
    path = PurePosixPath(name)
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem)[:64].strip("-")
    said = {"code": plain or "file", "name": path.name[:128] or "file"}
    form = _form(request)
    said |= {key: str(value) for key, value in form.items() if key not in ("file", "skuCodes")}
    lists = {"skuCodes": codes_of("skuCodes", str(form["skuCodes"]))} if "skuCodes" in form else {}
    return converted(said | lists, decoder(FILE, "In").type)


def _form(request: Request) -> QueryDict:
    """The parts of a form."""
    return cast(QueryDict, request.data)
