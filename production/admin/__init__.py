"""The plant, its products and orders, and what could not be understood."""

from production.admin import files, imports, jobs, live, plant, quarantine, sign_ons, skus, sources

__all__ = ["files", "imports", "jobs", "live", "plant", "quarantine", "sign_ons", "skus", "sources"]
