"""The plant, its products and orders, and what could not be understood."""

from production.admin import (
    files,
    hand_counts,
    imports,
    jobs,
    live,
    notes,
    plant,
    quarantine,
    sign_ons,
    skus,
    sources,
)

__all__ = [
    "files", "hand_counts", "imports", "jobs", "live", "notes", "plant", "quarantine", "sign_ons", "skus", "sources",
]  # fmt: skip
