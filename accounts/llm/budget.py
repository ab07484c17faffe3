"""What the house's key pays for in a day (UTC): tokens of one person, tokens of all, and money.

What has been used is counted from the records. What is on its way is reserved beforehand in the cache, at the most it
can come to, so that many calls at once do not pass together what one of them would not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from django.conf import settings
from django.core.cache import cache
from django.db.models import Sum
from redis.exceptions import RedisError

from accounts.llm.roles import Served
from accounts.models import KeyOwner, ModelCall, User
from arbion.domain.numbers import ZERO
from arbion.lib.llm.faults import OverBudget
from arbion.lib.llm.port import Usage

# Longer than any call lasts: what a process that died had reserved is free again after it.
RESERVED_SECONDS = 180


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What was used today."""

    tokens: int = 0
    money: Decimal = ZERO


def used_by(user: User, now: datetime, *, owner: KeyOwner = KeyOwner.HOUSE) -> Use:
    """What this person has used today with one kind of key."""
    return _used(now, user=user, key_owner=owner)


def used_by_house(now: datetime) -> Use:
    """What all people together have used of the house's key today."""
    return _used(now, key_owner=KeyOwner.HOUSE)


def check(user: User, served: Served, now: datetime) -> None:
    """Raise OverBudget where nothing more may be asked today with the house's key."""
    _refuse_beyond(user, served, now, Usage())


@contextmanager
def reserved(user: User, served: Served, now: datetime, most: Usage) -> Iterator[None]:
    """Set aside what one call can come to, or raise OverBudget; given back when the call is over and recorded."""
    amount = most.input + most.output
    names = [f"llm:reserved:{now:%Y%m%d}:{user.pk}", f"llm:reserved:{now:%Y%m%d}:house"]
    try:
        mine, all_ = (_add(name, amount) for name in names)
    except (RedisError, OSError) as error:
        raise OverBudget("The budget cannot be counted right now.") from error
    try:
        _refuse_beyond(user, served, now, most, tokens_mine=mine, tokens_all=all_)
        yield
    finally:
        for name in names:
            _give_back(name, amount)


def _refuse_beyond(
    user: User, served: Served, now: datetime, most: Usage, *, tokens_mine: int = 1, tokens_all: int = 1
) -> None:
    if used_by(user, now).tokens + tokens_mine > settings.MODEL_TOKENS_A_DAY:
        raise OverBudget("Your share of the house's key is used up for today.")
    house = used_by_house(now)
    if house.tokens + tokens_all > settings.MODEL_TOKENS_A_DAY_HOUSE:
        raise OverBudget("The house's key has no tokens left for today.")
    if not settings.MODEL_MONEY_A_DAY:
        return
    price = served.price(most)
    if price is None:  # a limit in money that cannot be counted is no limit
        raise OverBudget(f"The house has a budget in money, and the price of {served.name} is not known.")
    # What others have on its way is known in tokens only: all of it at the dearer of the two prices.
    dearest = max(served.price(Usage(input=tokens_all)) or ZERO, served.price(Usage(output=tokens_all)) or ZERO)
    if house.money + max(price, dearest) > Decimal(settings.MODEL_MONEY_A_DAY):
        raise OverBudget("The house's budget in money is used up for today.")


def _used(now: datetime, **whose: object) -> Use:
    begun = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    found = ModelCall.objects.filter(at__gte=begun, **whose).aggregate(
        read=Sum("tokens_in"), written=Sum("tokens_out"), money=Sum("price")
    )
    return Use(tokens=(found["read"] or 0) + (found["written"] or 0), money=found["money"] or ZERO)


def _add(name: str, amount: int) -> int:
    cache.add(name, 0, timeout=RESERVED_SECONDS)
    try:
        return cache.incr(name, amount)
    except ValueError:  # it ran out in between
        cache.set(name, amount, timeout=RESERVED_SECONDS)
        return amount


def _give_back(name: str, amount: int) -> None:
    try:
        if cache.incr(name, -amount) < 0:
            cache.delete(name)
    except (ValueError, RedisError, OSError):
        return
