"""Who may what: the matrix of docs/roles.md, over every registered model, action and role."""

import pytest
from django.contrib import admin

from mesproject.accounts.backends import may
from mesproject.accounts.models import Role
from tests.admin.one_of_each import REGISTERED, address, label
from tests.make import make_user

pytestmark = pytest.mark.django_db

PRIVATE = {
    "accounts.user",
    "accounts.apikey",
    "accounts.device",
    "scheduling.calendarfeed",
    "accounts.endpoint",
    "accounts.outboxmessage",
    "outgoing.subscription",
    "outgoing.summary",
    "builder.allowedaddress",
    "auditlog.logentry",
}
FLOOR = {
    "production.job", "production.jobimport", "production.jobrun", "production.signon",
    "production.handcount", "downtime.cause",
    "downtime.issue", "quality.reject", "quality.rejectreason",
}  # fmt: skip
EVERYTHING = {label(model) for model in REGISTERED}
# Role → what it may look at, and what it may change, by label.
LOOK = {
    Role.READ_ONLY: EVERYTHING - PRIVATE,
    Role.OPERATOR: set(),
    Role.SUPERVISOR: EVERYTHING - PRIVATE,
    Role.MEMBER: EVERYTHING - PRIVATE,
    Role.ADMINISTRATOR: EVERYTHING,
}
CHANGE = {
    Role.READ_ONLY: set(),
    Role.OPERATOR: set(),
    Role.SUPERVISOR: FLOOR,
    Role.MEMBER: EVERYTHING - PRIVATE - {"accounts.company", "reports.kpidefinition"},
    Role.ADMINISTRATOR: EVERYTHING,
}
every_model = pytest.mark.parametrize("model", REGISTERED, ids=label)
every_role = pytest.mark.parametrize("role", Role)


@every_model
@every_role
def test_a_role_decides_what_may_be_done(role, model, ours):
    user = ours.people[role]
    for action in ("view", "add", "change", "delete"):
        allowed = label(model) in (LOOK if action == "view" else CHANGE)[role]
        assert may(role, action, label(model)) == allowed, action
        assert user.has_perm(f"{model._meta.app_label}.{action}_{model._meta.model_name}") == allowed, action


@every_model
@every_role
def test_pages_keep_to_the_role(role, model, ours, client):
    client.force_login(ours.people[role])
    row = ours.rows[model]
    seen = 200 if label(model) in LOOK[role] else 302 if role == Role.OPERATOR else 403
    pages = ["changelist"], ["change", row.pk], ["history", row.pk]
    assert [client.get(address(model, *page)).status_code for page in pages] == [seen] * 3
    if label(model) not in CHANGE[role]:
        for page in (["add"], ["delete", row.pk]):
            assert client.get(address(model, *page)).status_code in (302, 403)
        assert client.post(address(model, "change", row.pk), {}).status_code in (302, 403)


@every_model
@pytest.mark.parametrize("role", [Role.READ_ONLY, Role.SUPERVISOR, Role.MEMBER])
def test_actions_are_offered_only_to_those_who_may_change(role, model, ours, rf):
    request = rf.get("/")
    request.user = ours.people[role]
    offered = admin.site.get_model_admin(model).get_actions(request)
    assert bool(offered) <= (label(model) in CHANGE[role])


@every_role
def test_everybody_but_operators_enters_the_admin(role):
    user = make_user(role)
    user.refresh_from_db()
    assert user.is_staff == (role != Role.OPERATOR)


def test_a_new_role_takes_effect_on_the_door_to_the_admin():
    user = make_user(Role.MEMBER)
    user.role = Role.OPERATOR
    user.save(update_fields=["role"])
    user.refresh_from_db()
    assert not user.is_staff


def test_an_inactive_user_may_nothing():
    user = make_user(is_active=False)
    assert not user.has_perm("production.view_station")
    assert not user.has_module_perms("production")


def test_groups_and_single_grants_count_for_nothing():
    from django.contrib.auth.models import Permission

    user = make_user(Role.READ_ONLY)
    user.user_permissions.add(Permission.objects.get(codename="change_station"))
    assert not user.has_perm("production.change_station")
