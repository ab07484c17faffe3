"""Every address of the site and who may use it. A new address has to be entered here before the tests pass."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.urls import get_resolver

# Open to everybody: signing in and up, the landing page, the interface's description, whether it is well.
OPEN = (
    "",
    "account/login/",
    "account/logout/",
    "account/signup/",
    "account/inactive/",
    "account/confirm-email/",
    r"^account/confirm-email/(?P<key>[-:\w]+)/$",
    "account/password/reset/",
    "account/password/reset/done/",
    r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
    "account/password/reset/key/done/",
    "demo/",
    "api/v1/auth/token/",
    "api/v1/schema/",
    "api/docs/",
    "^api/(?P<path>.*)$",
    "health/",
    "health/live/",
    "health/startup/",
    "health/ready/",
    "health/metrics/",
)
# Pages for people who are signed in: nobody else gets further than the sign-in page.
PAGES = (
    "account/password/change/",
    "account/profile/",
    "account/tokens/",
    "account/tokens/<uuid:public_id>/revoke/",
    "account/sessions/end/",
    "account/viewing/stop/",
    "account/language-model/",
    "account/language-model/check/",
    "account/language-model/forget/",
    "account/notifications/",
    "account/notifications/telegram/",
    "account/notifications/places/<uuid:place_id>/forget/",
    "inbox/",
    "inbox/read/",
    "inbox/<uuid:notification_id>/read/",
    "markets/",
    "trade/<str:symbol>/options/",
    "desk/",
    "desk/say/",
    "desk/execute/",
    "desk/again/",
    "desk/dismiss/",
    "desk/undo/",
    "desk/history/",
    "desk/history/export/",
    "desk/history/clear/",
    "desk/settings/",
    "desk/transcribe/",
    "desk/stop/",
    "desk/lines/<int:line_id>/",
    "desk/assistants/",
    "desk/assistants/new/",
    "desk/assistants/<uuid:assistant_id>/",
    "desk/assistants/<uuid:assistant_id>/delete/",
    "desk/assistants/<uuid:assistant_id>/memory/",
    "desk/assistants/<uuid:assistant_id>/memory/clear/",
    "desk/assistants/<uuid:assistant_id>/memory/<int:line_id>/",
    "alerts/",
    "alerts/<uuid:alert_id>/",
    "alerts/<uuid:alert_id>/switch/",
    "alerts/<uuid:alert_id>/delete/",
    "orders/<uuid:order_id>/condition/",
    "desk/holdings/",
    "desk/orders/",
    "desk/alerts/",
    "trade/",
    "trade/<str:symbol>/",
    "trade/<str:symbol>/estimate/",
    "trade/<str:symbol>/position/",
    "trade/<str:symbol>/orders/",
    "trade/<str:symbol>/fills/",
    "trade/<str:symbol>/stops/",
    "trade/<str:symbol>/stops/new/",
    "trade/<str:symbol>/stops/preview/",
    "trade/<str:symbol>/exercise/",
    "trade/<str:symbol>/package/",
    "trade/<str:symbol>/package/estimate/",
    "portfolio/",
    "portfolio/positions/",
    "portfolio/allocation/",
    "portfolio/closed/",
    "portfolio/export/",
    "cash/",
    "cash/deposit/",
    "cash/withdraw/",
    "cash/ledger/<int:number>/",
    "cash/settings/",
    "cash/reset/",
    "risk/",
    "risk/stops/",
    "risk/stops/<uuid:stop_id>/",
    "risk/stops/<uuid:stop_id>/cancel/",
    "risk/assessment/",
    "risk/decisions/",
    "orders/",
    "orders/export/",
    "orders/repeating/",
    "orders/repeating/new/",
    "orders/repeating/<uuid:repeating_id>/",
    "orders/repeating/<uuid:repeating_id>/change/",
    "orders/repeating/<uuid:repeating_id>/pause/",
    "orders/repeating/<uuid:repeating_id>/resume/",
    "orders/repeating/<uuid:repeating_id>/end/",
    "orders/<uuid:order_id>/",
    "orders/<uuid:order_id>/explain/",
    "orders/<uuid:order_id>/history/",
    "orders/<uuid:order_id>/replace/",
    "orders/<uuid:order_id>/cancel/",
    "risk/halt/",
    "risk/halt/<uuid:receipt_id>/",
    "risk/halt/<uuid:receipt_id>/status/",
    "risk/halt/<uuid:receipt_id>/lift/",
)
# REST for people who are signed in or bring a token: nobody else gets anything but 401.
API = (
    "api/v1/me/",
    "api/v1/me/language-model/",
    "api/v1/credentials/openai/",
    "api/v1/tokens/",
    "api/v1/tokens/<uuid:public_id>/",
    "api/v1/notifications/",
    "api/v1/notifications/unread/",
    "api/v1/notifications/read/",
    "api/v1/notifications/subscriptions/",
    "api/v1/notifications/preferences/",
    "api/v1/notifications/<uuid:notification_id>/read/",
    "api/v1/instruments/",
    "api/v1/instruments/<str:symbol>/",
    "api/v1/instruments/<str:symbol>/candles/",
    "api/v1/instruments/<str:symbol>/indicators/",
    "api/v1/instruments/<str:symbol>/chain/",
    "api/v1/quotes/",
    "api/v1/accounts/",
    "api/v1/accounts/<uuid:account_id>/",
    "api/v1/accounts/<uuid:account_id>/reset/",
    "api/v1/cash/deposit/",
    "api/v1/cash/withdraw/",
    "api/v1/cash/movements/",
    "api/v1/orders/",
    "api/v1/orders/preview/",
    "api/v1/orders/groups/",
    "api/v1/orders/<uuid:order_id>/",
    "api/v1/orders/<uuid:order_id>/cancel/",
    "api/v1/orders/<uuid:order_id>/replace/",
    "api/v1/orders/<uuid:order_id>/explain/",
    "api/v1/orders/<uuid:order_id>/events/",
    "api/v1/schedules/",
    "api/v1/schedules/preview/",
    "api/v1/schedules/<uuid:schedule_id>/",
    "api/v1/schedules/<uuid:schedule_id>/runs/",
    "api/v1/schedules/<uuid:schedule_id>/pause/",
    "api/v1/schedules/<uuid:schedule_id>/resume/",
    "api/v1/schedules/<uuid:schedule_id>/end/",
    "api/v1/fills/",
    "api/v1/fills/export/",
    "api/v1/positions/",
    "api/v1/positions/<str:symbol>/lots/",
    "api/v1/positions/<str:symbol>/exercise/",
    "api/v1/portfolio/",
    "api/v1/portfolio/history/",
    "api/v1/ledger/",
    "api/v1/ledger/export/",
    "api/v1/tax/closed-lots/",
    "api/v1/tax/dividends/",
    "api/v1/risk/halt/",
    "api/v1/risk/resume/",
    "api/v1/risk/halts/",
    "api/v1/risk/halts/<uuid:receipt_id>/",
    "api/v1/risk/stops/",
    "api/v1/risk/stops/<uuid:stop_id>/",
    "api/v1/desk/interpret/",
    "api/v1/desk/execute/",
    "api/v1/desk/history/",
    "api/v1/alerts/",
    "api/v1/alerts/<uuid:alert_id>/",
    "api/v1/orders/<uuid:order_id>/condition/",
    "api/v1/risk/limits/",
    "api/v1/risk/limits/<str:name>/",
)
# REST for superadmins alone: nobody gets anything but 401, everybody else nothing but 403.
OVERSEEN = (
    "api/v1/codex/tasks/",
    "api/v1/codex/tasks/<uuid:task_id>/",
    "api/v1/codex/tasks/<uuid:task_id>/apply/",
    "api/v1/codex/tasks/<uuid:task_id>/dismiss/",
)
# What operators find on the admin site; everything under `admin/` is for them alone.
OPERATED = {
    "accounts.ApiToken", "accounts.AuditEntry", "accounts.Delivery", "accounts.LanguageModel",
    "accounts.ModelCall", "accounts.User", "accounts.Viewing",
    "arbion.SystemLogEntry",
    "brokers.BrokerAccount", "brokers.VenueActivity", "brokers.VenueCash", "brokers.VenueFill",
    "brokers.VenueHolding", "brokers.VenueOrder", "django_celery_beat.ClockedSchedule",
    "django_celery_beat.CrontabSchedule", "django_celery_beat.IntervalSchedule",
    "django_celery_beat.PeriodicTask", "django_celery_beat.SolarSchedule", "marketdata.Candle",
    "marketdata.CorporateAction", "marketdata.Holiday", "marketdata.Instrument", "marketdata.MarketDay",
    "marketdata.OptionContract", "marketdata.Quote", "marketdata.Tape", "riskdesk.Halt", "riskdesk.RiskDecision",
    "riskdesk.RiskLimit", "trading.CashMovement", "trading.Discrepancy", "trading.Fill",
    "trading.HaltReceipt", "trading.Intent",
    "trading.Journal", "trading.LedgerAccount", "trading.Order", "trading.Position", "trading.Proposal",
    "trading.RepeatingOrder",
    "trading.Stop",
    "trading.Alert", "trading.OrderCondition",
}  # fmt: skip
# Of these an admin may not even read the list: connections of the schedule are the owner's.
# Not every order waits for a condition, and not every number is a line of one's own.
PERHAPS = {
    "orders/<uuid:order_id>/condition/", "api/v1/orders/<uuid:order_id>/condition/", "desk/lines/<int:line_id>/",
}  # fmt: skip
METHODS = ("get", "head", "options", "post", "put", "patch", "delete")
SAFE = ("get", "head", "options")


def patterns() -> Iterator[str]:
    """Every address that the site knows, as it is written in the address tables."""
    yield from _walk(get_resolver(), "")


def _walk(resolver: Any, before: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        here = f"{before}{entry.pattern}"
        if hasattr(entry, "url_patterns"):
            yield from _walk(entry, here)
        else:
            yield here


def address(pattern: str, **values: str) -> str:
    """A real address for the pattern; every part that names an object is taken from `values`."""
    known = {
        "symbol": "AAPL",
        "name": "leverage",
        "number": "1",
        "line_id": "1",
        "path": "nowhere/",
        "url": "nowhere/",
        "key": "a-key",
        "uidb36": "1",
        "app_label": "trading",
        "pk": "1",
    }
    given = {**known, **values}
    text = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: given[found[1]], re.sub(r"\(\?P(<\w+>)[^()]*\)", r"\1", pattern))
    return "/" + text.replace("^", "").replace("$", "").replace("\\", "")
