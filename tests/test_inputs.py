"""Inputs that are written without a template read as Django's templates write them."""

import pytest
from django import forms
from django.forms.renderers import DjangoTemplates
from django.utils.safestring import mark_safe

from mesproject.inputs import Renderer

GROUPS = [("", "-----"), ("Metal <&>", [(1, "1 < 2"), ("b", mark_safe("<b>safe</b>"))]), (1000, 1000)]


class Everything(forms.Form):
    text = forms.CharField(
        widget=forms.TextInput(attrs={"title": '"quoted" <&>', "disabled": True, "list": False})
    )
    number = forms.IntegerField(min_value=1, required=False)
    ratio = forms.FloatField(localize=True, initial=1234.5)
    day = forms.DateField(initial="2026-03-04")
    at = forms.TimeField(required=False)
    moment = forms.SplitDateTimeField(required=False)
    hidden = forms.CharField(widget=forms.HiddenInput, initial="<x>")
    tick = forms.BooleanField(initial=True)
    mail = forms.EmailField()
    address = forms.URLField(assume_scheme="https")
    one = forms.ChoiceField(choices=GROUPS, initial="b")
    many = forms.MultipleChoiceField(choices=GROUPS, initial=[1, 1000])
    known = forms.NullBooleanField()
    picked = forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    story = forms.CharField(widget=forms.Textarea, initial="<x>")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    "data", [None, {}, {"text": '<"&>', "number": "x", "one": "1", "many": ["b"], "tick": "on"}]
)
def test_every_input_reads_as_django_writes_it(data, language, settings):
    settings.LANGUAGE_CODE = language
    quick, slow = (Everything(data, renderer=renderer()) for renderer in (Renderer, DjangoTemplates))
    for name in quick.fields:
        assert (str(quick[name]), str(quick[name].errors)) == (str(slow[name]), str(slow[name].errors))
    assert quick.as_p() == slow.as_p()
