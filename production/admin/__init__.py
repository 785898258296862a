"""The plant, its products and orders, and what could not be understood."""

from production.admin import (
    connection,
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
    "connection", "files", "hand_counts", "imports", "jobs", "live", "notes", "plant", "quarantine", "sign_ons",
    "skus", "sources",
]  # fmt: skip
