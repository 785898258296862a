"""What every part of the admin shares: it shows one company, and it keeps what history refers to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from auditlog.registry import auditlog
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import BaseModelAdmin, InlineModelAdmin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst, format_lazy
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext as djangos_word
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_help import HELP
from mesproject.accounts.admin_names import NamedRows, name_cell, name_parts
from mesproject.accounts.changes import changes_in, done_in, history_of, in_seconds, seconds_of, who_did
from mesproject.accounts.models import Company, User

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

ENTRIES_PER_PAGE = 50


def user_of(request: HttpRequest) -> User:
    """The signed-in user; the admin lets nobody else in."""
    assert isinstance(request.user, User)
    return request.user


def owned(model: type[models.Model] | None) -> bool:
    """Whether rows of this model belong to a company."""
    return hasattr(model, "company_path")


class OwnFilter(admin.RelatedFieldListFilter):
    """A list filter that offers only the company's own rows. It is the filter of every foreign key here."""

    def field_choices(
        self, field: Any, request: HttpRequest, model_admin: admin.ModelAdmin
    ) -> list[tuple[Any, str]]:
        """The choices, in the order of the related admin."""
        related = field.remote_field.model
        own = {related.company_path: user_of(request).company_id} if owned(related) else {}
        ordering = self.field_admin_ordering(field, request, model_admin)
        return field.get_choices(include_blank=False, ordering=ordering, limit_choices_to=own)


admin.FieldListFilter.register(lambda field: bool(field.remote_field), OwnFilter, take_priority=True)


class SecondsField(forms.FloatField):
    """Milliseconds, typed and shown as the seconds that people think in."""

    def prepare_value(self, value: Any) -> Any:
        """As seconds; what was typed stays as it was."""
        return value if value is None or isinstance(value, str) else f"{value / 1000:g}"

    def to_python(self, value: Any) -> Any:
        """As whole milliseconds."""
        seconds = super().to_python(value)
        return None if seconds is None else round(seconds * 1000)


class OwnChoices(BaseModelAdmin):
    """Foreign keys offer, and accept, only rows of the user's company. Durations are typed in seconds."""

    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Milliseconds become seconds; what the model does not explain is explained here."""
        help_text = db_field.help_text or HELP.get(f"{db_field.model._meta.label_lower}.{db_field.name}", "")
        if not db_field.name.endswith("_ms"):
            field = super().formfield_for_dbfield(db_field, request, **kwargs)
            if field is not None:
                field.help_text = field.help_text or help_text
                name_parts(field)
            return field
        return SecondsField(
            label=capfirst(in_seconds(str(db_field.verbose_name))), help_text=help_text,
            required=not db_field.blank, initial=db_field.get_default(), min_value=0, max_value=2**31 - 1,
            widget=forms.NumberInput(attrs={"step": "any", "class": "fl-seconds"}),
        )  # fmt: skip

    def get_field_queryset(self, db: str | None, db_field: Any, request: HttpRequest) -> Any:
        """The rows a form may refer to."""
        queryset = super().get_field_queryset(db, db_field, request)
        related = db_field.remote_field.model
        if not owned(related):
            return queryset
        rows = related._default_manager.all() if queryset is None else queryset
        return rows.of(user_of(request).company_id)


class OwnedForm(forms.ModelForm):
    """A form that knows whose row it makes, so that "once per company" is checked before saving."""

    company: ClassVar[Company]

    def _get_validation_exclusions(self) -> set[str]:
        return super()._get_validation_exclusions() - {"company"}

    def _post_clean(self) -> None:
        instance = self.instance
        if hasattr(instance, "company_id") and instance.company_id is None:
            instance.company = self.company
        super()._post_clean()


class OwnedInline(OwnChoices, InlineModelAdmin):
    """Rows within the page of what they hang on."""

    extra = 0
    show_change_link = False

    def get_queryset(self, request: HttpRequest) -> Any:
        """Only the company's."""
        return super().get_queryset(request).of(user_of(request).company_id)


class OwnedTabular(OwnedInline, admin.TabularInline):
    """As a table, whose cells say to who does not see it what the head of their column says."""

    formset = NamedRows

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """With its label on the widget."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None:
            name_cell(field)
        return field


class OwnedStacked(OwnedInline, admin.StackedInline):
    """As a form."""


class Walled(OwnChoices, admin.ModelAdmin):
    """What is not there, or is another company's, is not found, whatever is asked of it."""

    def _get_obj_does_not_exist_redirect(self, request: HttpRequest, opts: Any, object_id: str) -> Any:
        raise Http404


class OwnedAdmin(Walled):
    """One company's rows of a model."""

    form = OwnedForm
    # A count of the whole table beside each search costs more than it tells.
    show_full_result_count = False
    list_per_page = 50
    # Foreign keys that lists, forms and the names of rows show; fetched in the same query everywhere.
    fetched_with: ClassVar[Sequence[str]] = ()
    # Fields of the form that are none of the model; they mean nothing to who may only look.
    only_to_enter: ClassVar[Sequence[str]] = ()

    def get_queryset(self, request: HttpRequest) -> Any:
        """The company's rows."""
        rows = super().get_queryset(request).of(user_of(request).company_id)
        return rows.select_related(*self.fetched_with) if self.fetched_with else rows

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        """The company is set by the system, never by a field."""
        hidden = ["company"] if any(f.name == "company" for f in self.model._meta.fields) else []
        return [*(super().get_exclude(request, obj) or ()), *hidden]

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """Without what only those who may change the row can use."""
        groups = super().get_fieldsets(request, obj)
        if obj is None or not self.only_to_enter or self.has_change_permission(request, obj):
            return groups
        return [
            (title, {**group, "fields": [f for f in group["fields"] if f not in self.only_to_enter]})
            for title, group in groups
        ]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A form class that carries the user's company and the user."""
        form = super().get_form(request, obj, change=change, **kwargs)
        user = user_of(request)
        return type(form.__name__, (form,), {"company": user.company, "user": user})

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Where there is nothing to fill in, there is nothing to save."""
        inlines = context.get("inline_admin_formsets", ())
        if not context["adminform"].form.fields and not any(one.has_change_permission for one in inlines):
            nothing = dict.fromkeys(
                ("show_save", "show_save_and_continue", "show_save_and_add_another"), False
            )
            context |= nothing | {"title": djangos_word("View %s") % self.opts.verbose_name}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> tuple[Any, bool]:
        """What is archived can be found in its list, but is not offered for new choices."""
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            queryset = _in_use(queryset)
        return super().get_search_results(request, queryset, search_term)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Who changed what, with before and after; where nothing is audited, Django's own page."""
        if not auditlog.contains(self.model):
            return super().history_view(request, object_id, extra_context)
        obj = self.get_object(request, unquote(object_id))
        if obj is None:
            raise Http404
        if not self.has_view_permission(request, obj):
            raise PermissionDenied
        page = self.get_paginator(request, history_of(obj), ENTRIES_PER_PAGE).get_page(request.GET.get("p"))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": str(obj),
            "object": obj,
            "opts": self.model._meta,
            "module_name": str(capfirst(self.model._meta.verbose_name_plural)),
            "page": page,
            "entries": [(entry, who_did(entry), done_in(entry), changes_in(entry)) for entry in page],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/history.html", context)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Say which kinds of row hold on to these, instead of listing a hundred thousand of them."""
        if holding := held_by(list(objs)):
            return [], {}, set(), [joined(holding)]
        return super().get_deleted_objects(objs, request)


class ReadOnly(BaseModelAdmin):
    """Nothing can be added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never."""
        return False


class MarkFilter(admin.SimpleListFilter):
    """Rows without a date in `field`, unless those with one, or all, are asked for."""

    title, parameter_name = _("state"), "state"
    field: ClassVar[str]
    unmarked: ClassVar[StrOrPromise]
    marked: ClassVar[StrOrPromise]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Beside the default."""
        return [("marked", str(self.marked)), ("all", str(_("All")))]

    def choices(self, changelist: Any) -> Any:
        """The default is called by its name."""
        first, *others = super().choices(changelist)
        return [{**first, "display": self.unmarked}, *others]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The rows in this state."""
        if self.value() == "all":
            return queryset
        return queryset.filter(**{f"{self.field}__isnull": self.value() is None})


class UseFilter(MarkFilter):
    """In use or archived."""

    field, unmarked, marked = "archived_at", _("In use"), _("Archived")


class Archivable(OwnedAdmin):
    """Rows that history refers to: archived rather than deleted, and restored when they come back."""

    actions: ClassVar[Sequence[Any]] = ["archive", "restore"]
    list_filter: ClassVar[Sequence[Any]] = [UseFilter]
    readonly_fields: ClassVar[Sequence[str]] = ["archived_at"]

    @admin.action(description=_("Archive: hide from screens, keep in history"), permissions=["change"])
    def archive(self, request: HttpRequest, queryset: Any) -> None:
        """Take out of use."""
        self._mark(request, queryset.filter(archived_at=None), now())

    @admin.action(description=_("Restore from the archive"), permissions=["change"])
    def restore(self, request: HttpRequest, queryset: Any) -> None:
        """Take into use again."""
        self._mark(request, queryset.exclude(archived_at=None), None)

    def archived(self, rows: Sequence[Any]) -> None:
        """Called after rows were archived or restored."""

    def _mark(self, request: HttpRequest, queryset: Any, at: Any) -> None:
        rows = list(queryset)
        for row in rows:
            row.archived_at = at
            row.save(update_fields=["archived_at"])  # one by one, so that each is in the audit log
        self.archived(rows)
        told = _("%(count)d archived.") if at else _("%(count)d restored.")
        self.message_user(request, told % {"count": len(rows)}, messages.SUCCESS)


def held_by(objs: Sequence[models.Model]) -> list[str]:
    """The kinds of row that refer to any of these and may not lose them; one query for all kinds."""
    if not objs:
        return []
    model, ids = type(objs[0]), [obj.pk for obj in objs]
    relations = [r for r in model._meta.related_objects if getattr(r, "on_delete", None) is models.PROTECT]
    those = (r.related_model._base_manager.filter(**{f"{r.field.name}__in": ids}) for r in relations)
    there = model._base_manager.filter(pk=ids[0]).values_list(*map(models.Exists, those)).first() or ()
    kinds = (relation.related_model._meta.verbose_name_plural for relation in relations)
    return sorted({str(kind) for kind, is_there in zip(kinds, there, strict=False) if is_there})


def seconds(field: str, label: StrOrPromise) -> Callable[[Any], str]:
    """A column that shows a duration in seconds."""

    @labelled(format_lazy("{} [s]", label), field)
    def column(row: Any) -> str:
        return seconds_of(getattr(row, field))

    return column


def labelled(description: StrOrPromise, ordering: str = "", **kwargs: Any) -> Callable[[Any], Any]:
    """Shorthand for `admin.display` on a column."""
    return admin.display(description=description, ordering=ordering or None, **kwargs)


def _in_use(queryset: Any) -> Any:
    names = {field.name for field in queryset.model._meta.fields}
    for name in names & {"archived_at", "revoked_at"}:
        queryset = queryset.filter(**{name: None})
    return queryset


def own_rows(request: HttpRequest, model: Any) -> Any:
    """The rows of any owned model that this user may refer to."""
    return model.objects.of(user_of(request).company_id)


def fieldset(
    title: StrOrPromise | None, *fields: Any, description: StrOrPromise = ""
) -> tuple[StrOrPromise | None, dict[str, Any]]:
    """One group of fields on a form."""
    return title, {"fields": fields, "description": description}


def joined(names: Iterable[str]) -> str:
    """Names as a person lists them: a, b and c."""
    *first, last = names
    return gettext("{names} and {last}").format(names=", ".join(first), last=last) if first else last
