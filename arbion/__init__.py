"""Arbion: the roof (urls, asgi, engine, embedded, health) and the floor (domain, lib) of the house."""

from arbion.celery import app as celery_app

__all__ = ["celery_app"]
