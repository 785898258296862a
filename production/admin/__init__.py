"""The plant, its products and orders, and what could not be understood."""

from production.admin import jobs, live, plant, quarantine, sign_ons, skus, sources

__all__ = ["jobs", "live", "plant", "quarantine", "sign_ons", "skus", "sources"]
