"""Why the rules in force changed: kept in English, told in the language of whoever reads it. Pure."""

from __future__ import annotations

from mesproject.words import gettext_noop as _

APPLIED = _("Applied to the past: {reason}")
LISTED = _("List of error codes: {added} added, {changed} changed")
RULE_ADDED = _("Rule {name} added")
RULE_CHANGED = _("Rule {name} changed")
RULE_UP = _("Rule {name} moved up")
RULE_DOWN = _("Rule {name} moved down")
RULES_ARCHIVED = _("Rules archived")
RULES_RESTORED = _("Rules restored")
CODE_ADDED = _("Error code {name} added")
CODE_CHANGED = _("Error code {name} changed")
CODE_DELETED = _("Error code {name} deleted")
CODES_DELETED = _("{count} error codes deleted")
CAUSE_ARCHIVED = _("Cause {names} archived")
CAUSE_RESTORED = _("Cause {names} restored")
CAUSES_IMPORTED = _("Causes imported")
SWITCHED_ON = _("{names} switched on")
SWITCHED_OFF = _("{names} switched off")

# As they are looked for: what begins with a name comes last, and what a person wrote himself first.
ALL = (
    APPLIED, LISTED, RULE_ADDED, RULE_CHANGED, RULE_UP, RULE_DOWN, RULES_ARCHIVED, RULES_RESTORED, CODE_ADDED,
    CODE_CHANGED, CODE_DELETED, CODES_DELETED, CAUSE_ARCHIVED, CAUSE_RESTORED, CAUSES_IMPORTED, SWITCHED_ON,
    SWITCHED_OFF,
)  # fmt: skip
