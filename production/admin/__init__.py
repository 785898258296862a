"""The plant, its products and orders, and what could not be understood."""

from production.admin import imports, jobs, live, plant, quarantine, sign_ons, skus, sources

__all__ = ["imports", "jobs", "live", "plant", "quarantine", "sign_ons", "skus", "sources"]
