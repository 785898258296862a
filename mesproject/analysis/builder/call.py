"""The call of the API that a report makes, to be copied. Pure."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Call:
    """Method, address and body; the key is the caller's own."""

    kind: str
    body: Mapping[str, Any]
    method: str = "POST"

    @property
    def path(self) -> str:
        """The address below the site's."""
        return f"/reports/{self.kind}"

    @property
    def text(self) -> str:
        """The body as people read it: what is short on one line."""
        lines = [
            f"  {json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}"
            for name, value in self.body.items()
        ]
        return "{\n" + ",\n".join(lines) + "\n}"

    def curl(self, site: str) -> str:
        """The same for a shell, which knows the key as $KEY."""
        return (
            f'curl -s {shlex.quote(site + self.path)} -H "Authorization: Bearer $KEY" \\\n'
            f'  -H "Content-Type: application/json" \\\n'
            f"  -d {shlex.quote(json.dumps(self.body, ensure_ascii=False))}"
        )
