"""The addresses of the room's pages that belong to no single table."""

from __future__ import annotations

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from arbion.room import books, candles, codex, exchange, health, language, market


def pages(site: AdminSite) -> list[URLPattern]:
    """Every page, behind the room's door."""
    views = {
        "market/override/": (market.override_page, "market_override"),
        "market/coverage/": (candles.coverage_page, "candle_coverage"),
        "exchange/models/": (exchange.models_page, "exchange_models"),
        "books/check/": (books.check_page, "check_books"),
        "system/language/": (language.models_page, "room_language"),
        "system/codex/": (codex.tasks_page, "codex_tasks"),
        "system/codex/<uuid:task_id>/": (codex.task_page, "codex_task"),
        "system/health/": (health.health_page, "room_health"),
    }
    return [path(address, site.admin_view(view), name=name) for address, (view, name) in views.items()]
