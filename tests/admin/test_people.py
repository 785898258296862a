"""Users and companies: roles, passwords, and nobody who locks himself out."""

import pytest

from mesproject.accounts.models import Company, OutboxMessage, Role, User
from tests.admin.one_of_each import address
from tests.admin.posting import errors_of, send
from tests.make import PASSWORD, make_company, make_outbox_message, make_user


def test_a_new_user_belongs_to_the_company_and_enters_by_his_role(admin_client, company, client):
    new = {"username": "ann", "role": "supervisor", "password1": PASSWORD, "password2": PASSWORD}
    assert send(admin_client, address(User, "add"), new).status_code == 302
    ann = User.objects.get(username="ann")
    assert (ann.company, ann.is_staff, ann.is_superuser) == (company, True, False)
    assert client.login(username="ann", password=PASSWORD)


def test_nobody_is_made_a_superuser_through_a_form(admin_client, company):
    user = make_user(Role.MEMBER, company=company)
    send(
        admin_client,
        address(User, "change", user.pk),
        {"is_superuser": "on", "is_staff": "on", "groups": "1"},
    )
    user.refresh_from_db()
    assert not user.is_superuser


def test_an_administrator_changes_a_password(admin_client, company, client):
    user = make_user(Role.MEMBER, company=company)
    page = f"/admin/accounts/user/{user.pk}/password/"
    assert send(admin_client, page, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 302
    assert client.login(username=user.username, password=PASSWORD)


def test_a_short_password_is_refused(admin_client):
    new = {"username": "ann", "role": "member", "password1": "short", "password2": "short"}
    assert any("too short" in error for error in errors_of(send(admin_client, address(User, "add"), new)))


@pytest.mark.django_db
def test_everybody_changes_his_own_password(client):
    user = make_user(Role.READ_ONLY, password=PASSWORD)
    client.force_login(user)
    changed = {"old_password": PASSWORD, "new_password1": PASSWORD + "!", "new_password2": PASSWORD + "!"}
    assert client.post("/admin/password_change/", changed).status_code == 302
    user.refresh_from_db()
    assert user.check_password(PASSWORD + "!")


@pytest.mark.parametrize("change", [{"role": "member"}, {"is_active": []}])
def test_nobody_takes_his_own_administration_away(change, admin_client, administrator):
    refused = send(admin_client, address(User, "change", administrator.pk), change)
    assert any("your own" in error for error in errors_of(refused))


def test_an_administrator_cannot_take_over_the_owner_of_the_installation(admin_client, company):
    owner = make_user(company=company, is_superuser=True)
    for page in (address(User, "change", owner.pk), f"/admin/accounts/user/{owner.pk}/password/"):
        assert admin_client.post(page, {"password1": PASSWORD, "password2": PASSWORD}).status_code == 403
    chosen = {"action": "deactivate", "_selected_action": [owner.pk]}
    admin_client.post(address(User, "changelist"), chosen)
    owner.refresh_from_db()
    assert owner.is_active


def test_whoever_leaves_is_made_inactive_and_stays_on_record(admin_client, company, administrator):
    user = make_user(Role.MEMBER, company=company)
    assert admin_client.post(address(User, "delete", user.pk), {"post": "yes"}).status_code == 403
    chosen = {"action": "deactivate", "_selected_action": [user.pk, administrator.pk]}
    admin_client.post(address(User, "changelist"), chosen)
    assert list(User.objects.filter(is_active=False)) == [user]


@pytest.mark.django_db
def test_the_owner_of_the_installation_makes_companies_with_their_administrator(client):
    client.force_login(make_user(is_superuser=True))
    new = {
        "code": "newco",
        "name": "New",
        "username": "zoe",
        "email": "zoe@example.com",
        "password": PASSWORD,
    }
    assert send(client, address(Company, "add"), new).status_code == 302
    zoe = User.objects.get(username="zoe")
    assert (zoe.company.code, zoe.role, zoe.is_superuser) == ("newco", Role.ADMINISTRATOR, False)
    assert client.login(username="zoe", password=PASSWORD)


@pytest.mark.django_db
def test_a_username_that_is_taken_is_refused_with_a_sentence(client):
    owner = make_user(is_superuser=True)
    client.force_login(owner)
    new = {
        "code": "newco",
        "name": "New",
        "username": owner.username,
        "email": "a@b.de",
        "password": PASSWORD,
    }
    assert errors_of(send(client, address(Company, "add"), new)) == ["Somebody has this username already."]


def test_administrators_rename_their_company_and_make_no_other(admin_client, company):
    assert admin_client.get(address(Company, "add")).status_code == 403
    send(admin_client, address(Company, "change", company.pk), {"name": "Renamed", "code": "other"})
    renamed = Company.objects.get(pk=company.pk)
    assert (renamed.name, renamed.code) == ("Renamed", company.code)


@pytest.mark.django_db
def test_a_superuser_from_the_command_line_is_an_administrator():
    owner = User.objects.create_superuser("root", "root@example.com", PASSWORD, company=make_company().pk)
    assert (owner.role, owner.is_staff, owner.is_superuser) == (Role.ADMINISTRATOR, True, True)


def test_mail_that_failed_is_sent_again(admin_client, company):
    message = make_outbox_message(company=company, state="failed")
    chosen = {"action": "send_again", "_selected_action": [message.pk]}
    admin_client.post(address(OutboxMessage, "changelist"), chosen)
    message.refresh_from_db()
    assert message.state == "waiting"
