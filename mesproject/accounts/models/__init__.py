"""Who may do what: companies, users and their roles, API keys, devices; and what leaves the building."""

from mesproject.accounts.models.companies import Company, Owned, OwnedQuerySet, index_where_given
from mesproject.accounts.models.devices import Device
from mesproject.accounts.models.endpoints import Endpoint
from mesproject.accounts.models.keys import ApiKey
from mesproject.accounts.models.logins import Login, LoginLink, Tries
from mesproject.accounts.models.outbox import OutboxMessage
from mesproject.accounts.models.pairings import Pairing
from mesproject.accounts.models.processes import ProcessLife
from mesproject.accounts.models.saved import Dashboard, SavedFilter
from mesproject.accounts.models.users import Role, User, Users

__all__ = [
    "ApiKey",
    "Company",
    "Dashboard",
    "Device",
    "Endpoint",
    "Login",
    "LoginLink",
    "OutboxMessage",
    "Owned",
    "OwnedQuerySet",
    "Pairing",
    "ProcessLife",
    "Role",
    "SavedFilter",
    "Tries",
    "User",
    "Users",
    "index_where_given",
]
