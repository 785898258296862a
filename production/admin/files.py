"""Files to be read at machines."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedAdmin, OwnedForm, fieldset, labelled
from production import files
from production.models import File


class FileForm(OwnedForm):
    """A file and its name; another file takes its place."""

    content = forms.FileField(
        label=_("File"), required=False, help_text=_("A PDF, JPEG, PNG or WebP up to 12 MB.")
    )

    def clean_content(self) -> bytes | None:
        """Its bytes, of a type that is taken."""
        sent: UploadedFile | None = self.cleaned_data["content"]
        if sent is None and self.instance.pk is None:
            raise ValidationError(_("Choose a file."))
        if sent is None:
            return None
        try:
            content: bytes = sent.read(files.MOST_BYTES + 1)
            self.instance.content_type, self.instance.size = files.kind_of(content), len(content)
        except files.NotTaken as error:
            raise ValidationError(str(error)) from None
        return content


@admin.register(File)
class FileAdmin(OwnedAdmin):
    """Instructions of SKUs."""

    form = FileForm
    list_display = ["code", "name", "content_type", "size", "looked_at"]
    search_fields = ["code", "name"]
    readonly_fields = ["content_type", "size", "looked_at"]
    fieldsets = [fieldset(None, "code", "name", "content", "content_type", "size", "looked_at")]

    @labelled(_("Look at it"))
    def looked_at(self, file: File) -> str:
        """What operators see."""
        return format_html('<a href="{}">Open</a>', reverse("production:file", args=[file.uuid]))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The code is what SKUs and programs know it by."""
        return [*self.readonly_fields, *(["code"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: File, form: Any, change: bool) -> None:
        """The row and its bytes."""
        super().save_model(request, obj, form, change)
        if content := form.cleaned_data["content"]:
            files.keep(obj, content)
