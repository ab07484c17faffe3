"""REST: the desk's doors of limits, with the books behind them, so that what is used is what it is now."""

from __future__ import annotations

from datetime import datetime

from brokers.models import BrokerAccount
from riskdesk.api import limits
from riskdesk.selectors import Usage
from trading.execution.usage import usage_of


class _Books(limits.LimitsDoor):
    def usage(self, account: BrokerAccount, at: datetime) -> Usage:
        """How the account stands now."""
        return usage_of(account, at=at)


class LimitsView(_Books, limits.LimitsView):
    """`risk/limits/`: the limits in force for an account, whose they are, and how much of each is used."""


class LimitView(_Books, limits.LimitView):
    """`risk/limits/{name}/`: sets or takes away one's own limit."""


limit_list = LimitsView.as_view()
limit_detail = LimitView.as_view()
