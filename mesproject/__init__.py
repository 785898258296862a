"""Floorlight: the project that composes the domain apps."""

from mesproject.celery import app as celery_app

__all__ = ["celery_app"]
