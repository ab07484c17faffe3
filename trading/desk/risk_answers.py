"""The answer about risk: how much of each limit is used, what a bad day could cost, what no stop guards."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from arbion.domain.numbers import HUNDRED
from brokers.models import BrokerAccount
from riskdesk.analytics import history, picture
from riskdesk.analytics.var import ValueAtRisk
from riskdesk.selectors import limits_with_usage
from trading import selectors
from trading.desk.naming import called
from trading.desk.pictures import Answer, money
from trading.execution.usage import usage_of
from trading.selectors.risk import book_of
from trading.templatetags.limits import bound

BENCHMARK = "SPY"


def risk_answer(user: User, account: BrokerAccount, *, at: datetime) -> Answer:
    """Limits with their use, value at risk of a day, standing stops, and the positions that none guards."""
    unguarded = [row for row in selectors.unguarded_positions(user) if row.account_id == account.pk]
    names = ", ".join(called(row.instrument) for row in unguarded)
    lines = [
        [str(line.label), bound(line.used, line.kind), bound(line.value, line.kind)]
        for line in limits_with_usage(account, at, usage=usage_of(account, at=at))
        if line.used is not None and not line.is_off
    ]
    guarded = f"No stop guards {names}." if unguarded else "Every position that you hold is guarded by a stop."
    held = selectors.positions(account)
    return Answer(
        text=guarded if held else "You hold nothing, so there is nothing to lose but what you buy next.",
        rows=[
            *_value_at_risk(account, at=at),
            ["Stops standing", str(selectors.standing_stops(user).filter(account=account).count())],
        ],
        columns=("Limit", "Used", "Of"),
        figures=(1, 2),
        lines=lines,
        links=(("Risk", "/risk/"),),
        source="your books, last prices, daily candles",
        at=at,
    )


def _value_at_risk(account: BrokerAccount, *, at: datetime) -> list[list[str]]:
    book = book_of(account, at=at)
    if not book.lines:
        return []
    found = picture.assess(book, history.closes(picture.symbols_needed(book, BENCHMARK), until=at), BENCHMARK)
    if not isinstance(found.historical, ValueAtRisk):
        return []
    sure = f"{found.confidence * HUNDRED:.0f}%"
    return [[f"Loss of a bad day ({sure} sure it is less)", money(found.historical.value_at_risk)]]
