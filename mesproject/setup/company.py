"""The company: its name, and its code as long as no device carries it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesproject.accounts.models import Company, Device
from mesproject.accounts.models.companies import UNNAMED
from mesproject.setup.pages import administering, company_of, forward, page


class CompanyForm(forms.ModelForm):
    """What everything stands under."""

    class Meta:
        model = Company
        fields = ["name", "code"]
        labels = {"name": gettext_lazy("Name"), "code": gettext_lazy("Code")}
        help_texts = {
            "name": gettext_lazy("As it stands over every page."),
            "code": gettext_lazy(
                "Part of every MQTT topic: a-z, 0-9 and the dash. It stays once a gateway uses it."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        gateways = Device.objects.of(self.instance).filter(kind=Device.Kind.GATEWAY)
        self.fields["code"].disabled = gateways.exists()

    def clean_name(self) -> str:
        """A name of its own."""
        name: str = self.cleaned_data["name"]
        if name == UNNAMED:
            raise forms.ValidationError(_("Say how your company is called."))
        return name


@administering
def company(request: HttpRequest) -> HttpResponse:
    """Name it."""
    # A row of its own: the page shows the company's name as it is, until the form is right.
    instance = Company.objects.get(pk=company_of(request).pk)
    initial = {"name": ""} if instance.name == UNNAMED else {}
    form = CompanyForm(request.POST or None, instance=instance, initial=initial)
    if form.is_valid():
        form.save()
        return forward(request, "company", _("%(name)s is stored.") % {"name": form.instance.name})
    return page(request, "company", {"form": form})
