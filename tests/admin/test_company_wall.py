"""No page of the admin shows, takes or changes another company's row: generated over all it has."""

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.admin.views.autocomplete import AutocompleteJsonView
from django.db.models import ForeignKey
from django.urls import reverse

from mesproject.accounts.admin_base import OwnFilter, owned
from mesproject.accounts.models import Company, Role
from tests.admin.one_of_each import ONE_OF_EACH, REGISTERED, address, label
from tests.make import make_user

pytestmark = pytest.mark.django_db
every_model = pytest.mark.parametrize("model", REGISTERED, ids=label)


@pytest.fixture(scope="module")
def owner(ours):
    """Of the installation, and at home in our company."""
    return make_user(company=ours.company, is_superuser=True)


@pytest.fixture(params=["administrator", "superuser"])
def user(request, ours, owner):
    return owner if request.param == "superuser" else ours.people[Role.ADMINISTRATOR]


@pytest.fixture
def signed_in(client, user):
    client.force_login(user)
    return client


def not_for_superusers(model, user):
    if model is Company and user.is_superuser:
        pytest.skip("The owner of the installation sees every company.")


def test_every_registered_model_has_an_example():
    assert set(REGISTERED) == set(ONE_OF_EACH)


@every_model
@pytest.mark.parametrize("method", ["get", "post"])
def test_another_companys_row_is_not_found(model, method, signed_in, user, theirs):
    not_for_superusers(model, user)
    pk = theirs[model].pk
    for view in ("change", "delete", "history"):
        response = getattr(signed_in, method)(address(model, view, pk), {"post": "yes"})
        assert response.status_code in ((403, 404, 405) if method == "post" else (403, 404)), view
        assert model._base_manager.filter(pk=pk).exists(), view


@every_model
def test_own_rows_are_found(model, signed_in, ours):
    pk = ours.rows[model].pk
    assert signed_in.get(address(model, "change", pk)).status_code == 200
    assert signed_in.get(address(model, "history", pk)).status_code == 200


@every_model
def test_lists_hold_own_rows_only(model, signed_in, user, ours, theirs):
    not_for_superusers(model, user)
    listed = signed_in.get(address(model, "changelist")).context["cl"].queryset
    assert ours.rows[model] in listed
    assert theirs[model] not in listed


@every_model
def test_deleting_by_action_leaves_other_companies_alone(model, signed_in, theirs):
    chosen = {"action": "delete_selected", "_selected_action": [theirs[model].pk], "post": "yes"}
    signed_in.post(address(model, "changelist"), chosen)
    assert model._base_manager.filter(pk=theirs[model].pk).exists()


@every_model
def test_every_other_action_leaves_other_companies_alone(model, signed_in, user, theirs, rf):
    not_for_superusers(model, user)
    chosen = model._base_manager.filter(pk=theirs[model].pk).values()
    before = chosen.get()
    request = rf.get("/")
    request.user = user
    for name in admin.site.get_model_admin(model).get_actions(request):
        signed_in.post(
            address(model, "changelist"), {"action": name, "_selected_action": [before["id"]], "post": "yes"}
        )
    assert chosen.all().get() == before


def references():
    """Every foreign key of every form and inline in the admin, to a row that belongs to a company."""
    for model in REGISTERED:
        if model is LogEntry:
            continue  # written by the system; its form has nothing to choose
        for where in (admin.site.get_model_admin(model), *admin.site.get_model_admin(model).inlines):
            target = where.model
            for field in target._meta.fields:
                if isinstance(field, ForeignKey) and owned(field.related_model) and field.name != "company":
                    yield pytest.param(
                        model, where, field, id=f"{label(model)}-{target.__name__}.{field.name}"
                    )


@pytest.mark.parametrize(("model", "where", "field"), list(references()))
def test_forms_offer_and_accept_own_rows_only(model, where, field, user, ours, theirs, rf):
    request = rf.get("/")
    request.user = user
    options = where if isinstance(where, admin.ModelAdmin) else where(model, admin.site)
    queryset = options.get_field_queryset(None, field, request)
    assert ours.rows[field.related_model] in queryset
    assert theirs[field.related_model] not in queryset


@every_model
def test_autocomplete_finds_own_rows_only(model, signed_in, ours, theirs, monkeypatch):
    # All of them, and not the first twenty.
    monkeypatch.setattr(AutocompleteJsonView, "paginate_by", 1000)
    for name in admin.site.get_model_admin(model).autocomplete_fields:
        related = model._meta.get_field(name).related_model
        asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": name}
        answer = signed_in.get(reverse("admin:autocomplete"), {**asked, "term": ""})
        found = {row["id"] for row in answer.json()["results"]}
        assert str(ours.rows[related].pk) in found
        assert str(theirs[related].pk) not in found


@every_model
def test_list_filters_offer_own_rows_only(model, signed_in, user, theirs):
    page = signed_in.get(address(model, "changelist"))
    for spec in page.context["cl"].filter_specs:
        if isinstance(spec, OwnFilter) and owned(spec.field.related_model):
            offered = {pk for pk, _ in spec.lookup_choices if pk}
            of_other = spec.field.related_model._base_manager.exclude(
                **{spec.field.related_model.company_path: user.company}
            )
            assert not offered & set(of_other.values_list("pk", flat=True))


@every_model
def test_every_foreign_key_filter_is_limited(model):
    """Django's own related filter would list every company's rows."""
    for entry in admin.site.get_model_admin(model).list_filter:
        assert not (isinstance(entry, tuple) and not issubclass(entry[1], OwnFilter))


@every_model
def test_anonymous_visitors_see_the_login_only(model, client):
    response = client.get(address(model, "changelist"))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))
