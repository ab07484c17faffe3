"""Which limits hold for an account: of the house, the person and the account, the tightest wins."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Q

from brokers.models import BrokerAccount
from riskdesk.models.limit import LimitName, RiskLimit


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Values in US dollars, and a count."""

    order_value_usd: Decimal
    position_value_usd: Decimal
    daily_loss_usd: Decimal
    orders_per_minute: Decimal


# For everybody who has set nothing else.
DEFAULTS: dict[str, Decimal] = {
    LimitName.ORDER_VALUE_USD: Decimal(50_000),
    LimitName.POSITION_VALUE_USD: Decimal(75_000),
    LimitName.DAILY_LOSS_USD: Decimal(10_000),
    LimitName.ORDERS_PER_MINUTE: Decimal(30),
}


def effective_limits(account: BrokerAccount) -> Limits:
    """The limits in force for the account."""
    rows = RiskLimit.objects.filter(
        Q(user=None, account=None) | Q(user_id=account.user_id) | Q(account=account)
    ).values_list("name", "value")
    tightest = dict(DEFAULTS)
    own: dict[str, Decimal] = {}
    for name, value in rows:
        own[name] = min(value, own.get(name, value))
    tightest.update(own)
    return Limits(**{str(LimitName(name).value): value for name, value in tightest.items()})
