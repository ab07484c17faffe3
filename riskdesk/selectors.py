"""What the desk can tell of itself: the limits in force, whose they are, and how much of each is used."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.numbers import EXACT, HUNDRED, ZERO
from brokers.models import BrokerAccount
from marketdata import hours
from riskdesk.limits import Bound, LimitName, Scope
from riskdesk.models import RiskDecision, RiskLimit
from riskdesk.terms import OFF, TERMS, Kind

DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """How an account stands at a moment, as far as it is known: worths in its currency, counts, a percent.

    `instrument_value` and `sector_value` are of the instrument and the sector with the most in it; `gross_value` is all
    that is held and owed, open orders included. None is unknown.
    """

    at: datetime
    equity: Decimal | None = None
    gross_value: Decimal | None = None
    instrument_value: Decimal | None = None
    sector_value: Decimal | None = None
    equity_value: Decimal | None = None
    option_value: Decimal | None = None
    crypto_value: Decimal | None = None
    day_loss: Decimal | None = None
    drawdown_percent: Decimal | None = None
    trades_today: int | None = None
    orders_last_minute: int | None = None
    losses_in_a_row: int | None = None

    def used(self, name: LimitName) -> Decimal | None:
        """How much of a limit is used, in the limit's own unit; None where it is unknown or is of one order."""
        shares = {
            LimitName.INSTRUMENT_PERCENT: self.instrument_value,
            LimitName.SECTOR_PERCENT: self.sector_value,
            LimitName.EQUITY_PERCENT: self.equity_value,
            LimitName.OPTION_PERCENT: self.option_value,
            LimitName.CRYPTO_PERCENT: self.crypto_value,
        }
        if name in shares:
            return self._times(shares[name], HUNDRED)
        if name is LimitName.LEVERAGE:
            return self._times(self.gross_value, Decimal(1))
        counts = {
            LimitName.TRADES_PER_DAY: self.trades_today,
            LimitName.ORDERS_PER_MINUTE: self.orders_last_minute,
            LimitName.LOSING_STREAK: self.losses_in_a_row,
        }
        if name in counts:
            count = counts[name]
            return None if count is None else Decimal(count)
        worths = {
            LimitName.POSITION_VALUE_USD: self.instrument_value,
            LimitName.DAILY_LOSS_USD: self.day_loss,
            LimitName.DRAWDOWN_PERCENT: self.drawdown_percent,
        }
        return worths.get(name)

    def _times(self, value: Decimal | None, whole: Decimal) -> Decimal | None:
        if value is None or self.equity is None or self.equity <= ZERO:
            return None
        return EXACT.divide(EXACT.multiply(value, whole), self.equity).quantize(Decimal("0.01"), context=EXACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitLine:
    """One limit as a page shows it. `scope` is whose value is in force: `house`, `person`, `account`, `strategy`, or
    `default` where nobody has set one. `own` is the account's own value, `persons` its owner's, `house` the house's.
    """

    name: LimitName
    kind: Kind
    value: Bound
    scope: str
    is_least: bool
    default: Bound
    house: Decimal | None
    persons: Decimal | None
    own: Decimal | None
    used: Decimal | None
    used_at: datetime | None

    @property
    def label(self) -> str:
        """What it limits, in words."""
        return str(self.name.label)

    @property
    def is_off(self) -> bool:
        """Whether it limits nothing."""
        return self.value is OFF

    @property
    def used_percent(self) -> Decimal | None:
        """How much of the limit is used, in percent of it; None where there is no figure or nothing to use up."""
        if self.used is None or not isinstance(self.value, Decimal) or self.value <= ZERO or self.is_least:
            return None
        share = EXACT.divide(EXACT.multiply(self.used, HUNDRED), self.value)
        return share.quantize(Decimal("0.1"), context=EXACT)


def limits_with_usage(
    account: BrokerAccount, at: datetime, *, usage: Usage | None = None, strategy: str = ""
) -> list[LimitLine]:
    """Every limit of the account with the value in force and how much of it is used, in the order of their names.

    Without `usage` the figures are those that the desk last saw on the market's day of `at`, when it judged an order.
    """
    rows: dict[str, list[RiskLimit]] = {}
    for row in Scope(account=account, strategy=strategy).rows_in_force():
        rows.setdefault(row.name, []).append(row)
    seen = usage or last_seen(account, at)
    return [_line(name, rows.get(name, []), seen) for name in LimitName]


def last_seen(account: BrokerAccount, at: datetime) -> Usage | None:
    """How the account stood when the desk last judged an order of it on the market's day; None where it has not."""
    decisions = RiskDecision.objects.filter(
        account=account, decided_at__gte=hours.local_midnight(at), decided_at__lte=at
    )
    found = decisions.order_by("-decided_at").values_list("snapshot", "decided_at").first()
    return None if found is None else usage_in(found[0], at=found[1])


def usage_in(facts: Mapping[str, object], *, at: datetime) -> Usage:
    """What a stored picture says of the account, the order that was judged left out."""
    equity, start = _figure(facts, "equity"), _figure(facts, "equity_at_day_start")
    peak, kind = _figure(facts, "equity_peak"), facts.get("asset_class")
    worth = _figure(facts, "class_value")
    return Usage(
        at=at,
        equity=equity,
        gross_value=_figure(facts, "gross_value"),
        sector_value=_figure(facts, "sector_value") if facts.get("sector") else None,
        equity_value=worth if kind == "equity" else None,
        option_value=worth if kind == "option" else None,
        crypto_value=worth if kind == "crypto" else None,
        day_loss=None if equity is None or start is None else max(start - equity, ZERO),
        drawdown_percent=None if equity is None or peak is None else drawdown(peak, equity),
        trades_today=_count(facts, "trades_today"),
        losses_in_a_row=_count(facts, "losses_in_a_row"),
    )


def drawdown(peak: Decimal, equity: Decimal) -> Decimal:
    """How far a worth is below its peak, in percent of the peak."""
    top = max(peak, equity)
    if top <= ZERO:
        return ZERO
    return EXACT.divide(EXACT.multiply(top - equity, HUNDRED), top).quantize(Decimal("0.01"), context=EXACT)


def _line(name: LimitName, rows: list[RiskLimit], usage: Usage | None) -> LimitLine:
    terms = TERMS[name]
    value = terms.tightest([row.value for row in rows]) if rows else terms.default
    used = None if usage is None else usage.used(name)
    house = next((row.value for row in rows if _word(row) == "house"), None)
    persons = next((row.value for row in rows if _word(row) == "person"), None)
    own = next((row.value for row in rows if _word(row) == "account"), None)
    return LimitLine(
        name=name,
        kind=terms.kind,
        value=value,
        scope=next((_word(row) for row in rows if row.value == value), DEFAULT),
        is_least=terms.is_least,
        default=terms.default,
        house=house,
        persons=persons,
        own=own,
        used=used,
        used_at=None if usage is None or used is None else usage.at,
    )


def _word(row: RiskLimit) -> str:
    if row.strategy:
        return "strategy"
    if row.account_id is not None:
        return "account"
    return "person" if row.user_id is not None else "house"


def _figure(facts: Mapping[str, object], name: str) -> Decimal | None:
    text = facts.get(name)
    return Decimal(text) if isinstance(text, str) else None


def _count(facts: Mapping[str, object], name: str) -> int | None:
    count = facts.get(name)
    return count if isinstance(count, int) else None
