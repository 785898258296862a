"""Files of jobs over HTTP: sent, checked, taken; how far a large one is."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpResponse
from django.utils.timezone import now
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from mesproject.erp.described import import_described, import_state_described
from mesproject.erp.shapes import ImportAnswer, ImportFault, ImportQuery, ImportRefusal
from mesproject.erp.views import NULL, Conflict, ErpView
from mesproject.words import Said
from production.job_import import keeping
from production.job_import.taking import Busy
from production.models import JobImport
from scheduling.api.machinemetrics_edge import Invalid, TooLarge, answer, whole

FILE, FLAGS = "csvFile", ("autoArchive", "dryRun")
SAID = {"true": True, "1": True, "false": False, "0": False, "": False}
# What multipart needs besides the file.
AROUND = 1024 * 1024


class TooLargeAFile(TooLarge):
    """As far as one file goes."""

    default_detail = keeping.TOO_LARGE


class ImportView(ErpView):
    """Sending a file."""

    for_all_machines = True
    parser_classes = [MultiPartParser]

    @import_described()
    def post(self, request: Request) -> HttpResponse:
        """Takes all jobs of a CSV file, or none and says why not. The same file again changes nothing.

        A file of more than 10 MB is taken later: 202 says where to ask how far it is.
        """
        layout, at = self.query(ImportQuery).type, now()
        length = request.META.get("CONTENT_LENGTH") or ""
        if length.isdecimal() and int(length) > keeping.LARGEST + AROUND:
            raise TooLargeAFile
        upload, flags = self._sent(request)
        try:
            kept = keeping.keep(
                self.company, upload.chunks(), by=f"API key {self.key}", at=at, layout=layout,
                file_name=upload.name or "", auto_archive=flags["autoArchive"], dry_run=flags["dryRun"],
            )  # fmt: skip
        except keeping.TooLarge:
            raise TooLargeAFile from None
        if kept.size > keeping.AT_ONCE:
            return HttpResponse(
                msgspec.json.encode(told(kept)), content_type="application/json", status=202,
                headers={"Location": f"/erp/jobs/import/{kept.pk}"},
            )  # fmt: skip
        return self._taken(kept)

    def _sent(self, request: Request) -> tuple[Any, dict[str, bool]]:
        if request.headers.get("Content-Encoding", "identity") != "identity":
            raise ParseError("Send the file as it is, without Content-Encoding.")
        files, fields = request.FILES, request.POST
        for name in fields:
            if name not in (FILE, *FLAGS):
                raise Invalid(name[:64], "InvalidValue", f"There is only {FILE}, autoArchive and dryRun.")
        if FILE not in files or len(files) != 1 or len(files.getlist(FILE)) != 1:
            raise Invalid(FILE, "Missing", f"{FILE} is one CSV file.")
        return files[FILE], {name: _flag(name, fields.get(name, "")) for name in FLAGS}

    def _taken(self, kept: JobImport) -> HttpResponse:
        at = now()
        try:
            keeping.run(kept, now=at)
        except Busy as error:
            keeping.refuse(kept, Said(error.detail), now=at)
            raise Conflict(error.detail) from None
        if kept.fault_count:
            return HttpResponse(
                msgspec.json.encode(refusal(kept)), content_type="application/json", status=400
            )
        if kept.dry_run:
            return answer(told(kept))
        return HttpResponse(NULL, content_type="application/json")


class ImportStateView(ErpView):
    """One file."""

    for_all_machines = True

    @import_state_described()
    def get(self, request: Request, importRef: str) -> HttpResponse:  # noqa: N803  as the address has it
        """How far it is, and what became of it."""
        found = JobImport.objects.of(self.company).filter(pk=whole("importRef", importRef)).first()
        if found is None:
            raise NotFound(f"There is no import {importRef[:20]}.")
        return answer(told(found))


def told(kept: JobImport) -> ImportAnswer:
    """An import as it stands."""
    return ImportAnswer(
        import_ref=kept.pk, state=kept.state, dry_run=kept.dry_run, rows=kept.rows, added=kept.added,
        changed=kept.changed, unchanged=kept.unchanged, archived=kept.archived, ignored_columns=kept.ignored,
        fault_count=kept.fault_count, errors=faults(kept),
    )  # fmt: skip


def refusal(kept: JobImport) -> ImportRefusal:
    """All that is wrong with a file, as far as it is told."""
    count = kept.fault_count
    said = f"The file has {count:,} fault{'s' if count != 1 else ''}; nothing of it is stored."
    return ImportRefusal("ValidationError", said, faults(kept))


def faults(kept: JobImport) -> list[ImportFault]:
    """Line, column and reason of each."""
    return [
        ImportFault(
            one["column"],
            "InvalidValue",
            (f"Line {one['line']}: " if one["line"] else "") + one["reason"],
            one["line"],
        )
        for one in kept.faults
    ]


def _flag(name: str, said: str) -> bool:
    if said.lower() not in SAID:
        raise Invalid(name, "InvalidValue", f"{name} is true or false.")
    return SAID[said.lower()]
