"""Who calls the API: a program by its key, or a person by a token; what each may do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from mesproject.accounts.backends import ONLY_ADMINISTRATORS, may
from mesproject.accounts.models import ApiKey, Company, Role, User

# What operators do at their tablets, they may do over HTTP as well.
OPERATORS_CHANGE = frozenset({"downtime.issue", "quality.reject"})
# What is one station's own. A key that is limited to stations changes nothing else: others share it.
OF_A_STATION = frozenset(
    {"production.station", "production.jobrun", "production.signon", "downtime.issue", "quality.reject"}
)
_SCOPE = {"view": ApiKey.Scope.READ}


@dataclass(frozen=True, slots=True)
class Caller:
    """Either a key or a person, as REST framework wants a user to look."""

    company: Company
    key: ApiKey | None = None
    user: User | None = None
    is_authenticated: ClassVar[bool] = True
    is_active: ClassVar[bool] = True

    def __str__(self) -> str:
        return f"API key {self.key}" if self.key else str(self.user)

    @property
    def station_codes(self) -> Sequence[str]:
        """The only stations it may name; empty means all."""
        return self.key.station_codes if self.key else ()

    def may_name(self, station_code: str) -> bool:
        """Whether it may speak of this station."""
        return self.key is None or self.key.may_name(station_code)

    def may(self, action: str, model: str) -> bool:
        """Whether it may view, add, change or delete rows of `app.model`."""
        if self.key:
            return self._key_may(self.key, action, model)
        assert self.user
        if self.user.role == Role.OPERATOR and model not in ONLY_ADMINISTRATORS:
            return action == "view" or model in OPERATORS_CHANGE
        return may(self.user.role, action, model)

    def has(self, scope: ApiKey.Scope) -> bool:
        """Whether it may do everything that a key of this scope may; of people, by their role."""
        if self.key:
            return self.key.may(scope)
        assert self.user
        return self.user.role in ROLES_WITH.get(scope, ())

    @staticmethod
    def _key_may(key: ApiKey, action: str, model: str) -> bool:
        """A key that is limited to stations must not let others in, who are not."""
        if model in ONLY_ADMINISTRATORS:
            return key.may(ApiKey.Scope.ADMIN) and not key.station_codes
        if action != "view" and key.station_codes and model not in OF_A_STATION:
            return False
        return key.may(_SCOPE.get(action, ApiKey.Scope.WRITE))


ROLES_WITH: dict[ApiKey.Scope, Sequence[str]] = {
    ApiKey.Scope.READ: tuple(Role.values),
    ApiKey.Scope.WRITE: (Role.MEMBER, Role.ADMINISTRATOR),
    ApiKey.Scope.ADMIN: (Role.ADMINISTRATOR,),
}
