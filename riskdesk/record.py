"""Keeping a verdict: the row that an order must point at."""

from __future__ import annotations

from brokers.models import BrokerAccount
from riskdesk.decision import Decision
from riskdesk.models import RiskDecision


def keep(decision: Decision, *, account: BrokerAccount) -> RiskDecision:
    """Store the verdict with each check and the figures it saw."""
    refusal = decision.refusal
    return RiskDecision.objects.create(
        account=account,
        approved=decision.is_approved,
        code=refusal.code if refusal else "",
        detail=refusal.detail if refusal else "",
        checks=[check.as_json() for check in decision.checks],
        snapshot=decision.snapshot.facts(),
        decided_at=decision.decided_at,
    )
