"""Where one can go in the operators' room: its groups, in this order."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """A table, or a page of its own with the permission that shows it."""

    table: str = ""
    name: str = ""
    page: str = ""
    permission: str = ""


def _tables(*labels: str) -> tuple[Place, ...]:
    return tuple(Place(label) for label in labels)


PLACES: tuple[tuple[str, tuple[Place, ...]], ...] = (
    ("People", _tables("accounts.User", "accounts.ApiToken", "accounts.Viewing")),
    (
        "Market",
        (
            Place("marketdata.Instrument"),
            Place("marketdata.Quote"),
            Place(name="Market override", page="market_override", permission="marketdata.view_marketoverride"),
            Place("marketdata.MarketDay", "Market hours"),
            Place("marketdata.Holiday"),
            Place("marketdata.CorporateAction"),
            Place("marketdata.OptionContract"),
            Place("marketdata.Candle"),
            Place(name="Candle coverage", page="candle_coverage", permission="marketdata.view_candle"),
            Place("marketdata.Tape", "Replay"),
        ),
    ),
    (
        "Exchange",
        (
            Place(name="Models and fees", page="exchange_models", permission="brokers.view_brokeraccount"),
            *_tables(
                "brokers.BrokerAccount",
                "brokers.VenueOrder",
                "brokers.VenueFill",
                "brokers.VenueActivity",
                "brokers.VenueCash",
                "brokers.VenueHolding",
            ),
        ),
    ),
    ("Trading", _tables("trading.Order", "trading.Fill", "trading.Position", "trading.Intent", "trading.Proposal")),
    (
        "Books",
        (
            *_tables("trading.Journal", "trading.LedgerAccount", "trading.CashMovement", "trading.Discrepancy"),
            Place(name="Check the books", page="check_books", permission="trading.view_journal"),
        ),
    ),
    ("Risk", _tables("riskdesk.RiskLimit", "riskdesk.Halt", "trading.HaltReceipt", "riskdesk.RiskDecision")),
    (
        "Language models",
        (
            Place(name="Health of models", page="room_language", permission="accounts.view_modelcall"),
            *_tables("accounts.LanguageModel", "accounts.ModelCall"),
            Place(name="Code assistant", page="codex_tasks", permission="codex.view_codextask"),
        ),
    ),
    (
        "Schedules",
        _tables(
            "django_celery_beat.PeriodicTask",
            "django_celery_beat.IntervalSchedule",
            "django_celery_beat.CrontabSchedule",
            "django_celery_beat.ClockedSchedule",
            "django_celery_beat.SolarSchedule",
        ),
    ),
    (
        "System",
        (
            Place(name="Health", page="room_health", permission="arbion.view_heartbeat"),
            Place("arbion.SystemLogEntry"),
            Place("accounts.AuditEntry", "Audit log"),
        ),
    ),
)
