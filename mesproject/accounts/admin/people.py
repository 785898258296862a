"""Companies and users."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from mesproject.accounts.admin_base import OwnedAdmin, OwnedForm, fieldset, user_of
from mesproject.accounts.models import Company, Role, User

admin.site.unregister(Group)  # roles decide, groups would only seem to


class NewCompanyForm(OwnedForm):
    """A company and its first administrator: nobody else could make one."""

    username = forms.CharField(
        label=_("User name"), max_length=150, help_text=_("The company's first administrator.")
    )
    email = forms.EmailField(label=_("E-mail address"))
    password = forms.CharField(
        label=_("Password"), widget=forms.PasswordInput(attrs={"autocomplete": "new-password"})
    )

    class Meta:
        model = Company
        fields = ["code", "name"]

    def clean_username(self) -> str:
        """Logins are unique over all companies."""
        username = self.cleaned_data["username"]
        if User.objects.filter(username=username).exists():
            raise forms.ValidationError(_("Somebody has this username already."))
        return username

    def clean_password(self) -> str:
        """As strong as everybody's."""
        validate_password(self.cleaned_data["password"])
        return self.cleaned_data["password"]


@admin.register(Company)
class CompanyAdmin(OwnedAdmin):
    """The user's own company; for superusers, every company of the installation."""

    list_display = ["name", "code", "created_at"]
    search_fields = ["name", "code"]
    fields = ["code", "name"]

    def get_queryset(self, request: HttpRequest) -> Any:
        """All of them for the owner of the installation."""
        if user_of(request).is_superuser:
            return Company.objects.all()
        return super().get_queryset(request)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A new company comes with its first administrator."""
        if obj is None:
            kwargs["form"] = NewCompanyForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """The administrator is asked for only once."""
        company = fieldset(None, "code", "name", "language", "ends_on_quantity")
        return [company] if obj else [company, fieldset(_("Administrator"), "username", "email", "password")]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Topics and device ids contain the code."""
        return ["code"] if obj else []

    def save_model(self, request: HttpRequest, obj: Company, form: Any, change: bool) -> None:
        """Make the administrator with the company."""
        super().save_model(request, obj, form, change)
        if not change:
            who = {name: form.cleaned_data[name] for name in ("username", "email", "password")}
            User.objects.create_user(**who, company=obj, role=Role.ADMINISTRATOR)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only the owner of the installation."""
        return user_of(request).is_superuser

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: everything hangs on it."""
        return False


class NewUserForm(OwnedForm, AdminUserCreationForm):
    """Name, password and role."""

    class Meta:
        model = User
        fields = ["username", "role"]


class UserForm(OwnedForm, UserChangeForm):
    """A user, who cannot lock himself out."""

    user: User

    class Meta:
        model = User
        fields = ["username", "role"]

    def clean(self) -> dict[str, Any]:
        """Refuse to take one's own administration away."""
        data = super().clean() or self.cleaned_data
        if self.instance == self.user and {"role", "is_active"} & set(self.changed_data):
            raise forms.ValidationError(
                _("You cannot change your own role or close your own account. Ask another administrator.")
            )
        return data


@admin.register(User)
class UserAdmin(OwnedAdmin, DjangoUserAdmin):
    """People with a login. The role decides; whoever leaves is made inactive: history keeps the name."""

    form, add_form = UserForm, NewUserForm
    list_display = ["username", "first_name", "last_name", "email", "role", "is_active", "last_login"]
    list_filter = ["role", "is_active"]
    search_fields = ["username", "first_name", "last_name", "email"]
    filter_horizontal = []
    actions = ["deactivate"]
    readonly_fields = ["last_login", "date_joined"]
    fieldsets = [
        fieldset(None, "username", "password"),
        fieldset(_("Person"), "first_name", "last_name", "email", "language"),
        fieldset(
            _("Role"), "role", "is_active", description=_("What each role may do is told in docs/roles.md.")
        ),
        fieldset(_("Dates"), "last_login", "date_joined"),
    ]
    add_fieldsets = [
        fieldset(None, "username", "role", "usable_password", "password1", "password2"),
        fieldset(_("Person"), "first_name", "last_name", "email", "language"),
    ]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An administrator may not take over the account of the owner of the installation."""
        above = obj is not None and obj.is_superuser and not user_of(request).is_superuser
        return not above and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Never: the audit log would forget who it was."""
        return False

    @admin.action(description=_("Make inactive: no login any more, the name stays"), permissions=["change"])
    def deactivate(self, request: HttpRequest, queryset: Any) -> None:
        """Close accounts, except one's own and the installation's owner's."""
        others = queryset.exclude(pk=user_of(request).pk).filter(is_active=True)
        users = list(others if user_of(request).is_superuser else others.filter(is_superuser=False))
        for user in users:
            user.is_active = False
            user.save(update_fields=["is_active"])
        self.message_user(request, _("%(count)d made inactive.") % {"count": len(users)}, messages.SUCCESS)
