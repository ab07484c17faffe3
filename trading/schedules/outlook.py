"""What a repeating order would do, before anybody keeps it: its first dates, its cost, and the risk checks of now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import User
from arbion.domain.enums import AssetClass, TimeInForce
from arbion.domain.errors import ArbionError, InvalidInput
from arbion.domain.numbers import EXACT, money, plain
from arbion.lib.clock import SYSTEM, Clock
from brokers.models import BrokerAccount
from marketdata import hours
from marketdata.instruments import get_instrument
from marketdata.models import Instrument
from trading.errors import StaleQuote
from trading.execution.preview import Preview, as_json, preview_order
from trading.instruction import Instruction
from trading.schedules.occurrences import Occurrence, upcoming, usual_time
from trading.schedules.rule import Rule, read_rule
from trading.schedules.terms import Json, instruction_for, read_terms, size_in_words

DATES_SHOWN = 4
COUNT_MAX = 10_000
PREVIEW_KEY = "preview"
_MONTHS = Decimal(12)
# How often a rule comes round in a year.
_A_YEAR = {"week": Decimal(52), "month": _MONTHS}
_DAYS_A_YEAR = {True: Decimal(252), False: Decimal(365)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Until:
    """Where it ends by itself: after a moment, after so many orders, or (both None) never."""

    at: datetime | None = None
    count: int | None = None

    @property
    def last_day(self) -> date | None:
        """The last day, by the market's calendar, where it ends with a day; None where with an hour, or never."""
        day = None if self.at is None else hours.local_date(self.at)
        return day if day is not None and self.at == hours.end_of(day) else None


NO_END = Until()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """A repeating order as it would be kept; `preview` is None where no price could be had just now.

    `dates` are the first four times at most, the holidays that are left out among them. `per_month` is about what an
    average month costs at the price of now, or brings where it is below zero; None where the size depends on what there
    is.
    """

    terms: Json
    rule: Rule
    instruction: Instruction
    instrument: Instrument
    dates: tuple[Occurrence, ...]
    preview: Preview | None
    until: Until

    @property
    def in_words(self) -> str:
        """`Buy $100.00 of BTC-USD: every Monday at 09:35 New York time`."""
        rule = self.rule.in_words(trading_days=trading_days(self.instrument))
        what = size_in_words(self.terms, self.instrument)
        return f"{self.instruction.side.label} {what}, {rule[0].lower()}{rule[1:]}"

    @property
    def due(self) -> tuple[datetime, ...]:
        """When orders would be placed, the first four."""
        return tuple(one.due_at for one in self.dates if not one.is_skipped)

    @property
    def notes(self) -> tuple[str, ...]:
        """What holidays change among those dates, in sentences."""
        return tuple(note for one in self.dates if (note := holiday_note(one)))

    @property
    def cost(self) -> Decimal | None:
        """What one time costs at the price of now, fees included; below zero where it brings money."""
        return None if self.preview is None else self.preview.cost

    @property
    def per_month(self) -> Decimal | None:
        """About what a month costs, at cents."""
        if self.cost is None or {"percent_of_cash", "percent_of_position"} & self.terms.keys():
            return None
        times = _A_YEAR.get(self.rule.interval, _DAYS_A_YEAR[trading_days(self.instrument)])
        return money(EXACT.divide(EXACT.multiply(self.cost, times), _MONTHS)).quantize(Decimal("0.01"), context=EXACT)

    @property
    def checks(self) -> list[Json]:
        """Every risk check as of now; none where there is no price."""
        return [] if self.preview is None else [check.as_json() for check in self.preview.decision.checks]

    def as_json(self) -> Json:
        """The outlook as JSON values, as REST and the conversation show it."""
        return {
            "order": self.terms,
            "every": self.rule.body(),
            "in_words": self.in_words,
            "first": wire_time(self.due[0]) if self.due else None,
            "next": [wire_time(at) for at in self.due[1:]],
            "notes": list(self.notes),
            "cost": None if self.cost is None else plain(self.cost),
            "per_month": None if self.per_month is None else plain(self.per_month),
            "ends_at": None if self.until.at is None else wire_time(self.until.at),
            "count_max": self.until.count,
            "preview": None if self.preview is None else as_json(self.preview),
        }


def propose(
    user: User,
    account: BrokerAccount,
    instruction_data: Mapping[str, Any],
    every: Mapping[str, Any],
    *,
    words: str = "",
    until: Until = NO_END,
    clock: Clock = SYSTEM,
) -> Outlook:
    """Read the order and the rule and show what they come to; keeps nothing.

    `instruction_data` is an order in the words of the contract, with `bracket` where it has one; `every` is the
    contract's schedule. Raises InvalidInput or UnknownSymbol for what cannot be kept.
    """
    now = clock.now()
    terms = read_terms(instruction_data)
    instrument = get_instrument(terms["symbol"])
    rule = read_rule(
        every,
        today=hours.local_date(now),
        usual=usual_time(at_the_open=terms["time_in_force"] == TimeInForce.OPG),
    )
    check_end(until, now=now)
    instruction = instruction_for(terms, user=user, account=account, key=PREVIEW_KEY, words=words)
    dates = [
        one
        for one in upcoming(rule, AssetClass(instrument.asset_class), after=now, count=DATES_SHOWN)
        if until.at is None or one.due_at <= until.at
    ]
    if not any(not one.is_skipped for one in dates):
        raise InvalidInput.of("ends_at", "never_due", "It would never be placed: it ends before it is due.")
    return Outlook(
        terms=terms,
        rule=rule,
        instruction=instruction,
        instrument=instrument,
        dates=_at_most(dates, until.count),
        preview=_preview(instruction, clock=clock),
        until=until,
    )


def check_end(until: Until, *, now: datetime) -> None:
    """Refuse an end that has passed, or a number that cannot be meant."""
    if until.at is not None and until.at <= now:
        raise InvalidInput.of("ends_at", "past", "This date has passed.")
    if until.count is not None and not 1 <= until.count <= COUNT_MAX:
        raise InvalidInput.of("count_max", "out_of_range", f"So many times is a whole number from 1 to {COUNT_MAX}.")


def trading_days(instrument: Instrument) -> bool:
    """Whether its market keeps days of trading, and no others."""
    return not hours.always_open(AssetClass(instrument.asset_class))


def holiday_note(one: Occurrence) -> str:
    """`Thursday 26 November is Thanksgiving: nothing is placed that day`; nothing for a common day."""
    if not one.closed:
        return ""
    day = f"{one.day:%A} {one.day.day} {one.day:%B}"
    because = f"{day} is a weekend" if one.closed == "weekend" else f"{day} is a holiday ({one.closed})"
    if one.is_skipped:
        return f"{because}: nothing is placed that day."
    moved = hours.local_date(one.due_at)
    return f"{because}: it is placed on {moved:%A} {moved.day} {moved:%B} instead."


def wire_time(at: datetime) -> str:
    """A moment as REST writes it, to the second."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _at_most(dates: list[Occurrence], count_max: int | None) -> tuple[Occurrence, ...]:
    """The dates up to the last order that it places."""
    kept: list[Occurrence] = []
    for one in dates:
        if count_max is not None and sum(not each.is_skipped for each in kept) >= count_max:
            break
        kept.append(one)
    return tuple(kept)


def _preview(instruction: Instruction, *, clock: Clock) -> Preview | None:
    """The order as it would be placed now; what only a price or a position of later can tell is not held against it."""
    try:
        return preview_order(instruction, clock=clock)
    except StaleQuote:
        return None
    except ArbionError as refusal:
        if any(error.code == "no_position" for error in refusal.errors):
            return None
        raise
