"""The tables of the risk desk."""

from riskdesk.models.decision import RiskDecision
from riskdesk.models.halt import Halt
from riskdesk.models.limit import RiskLimit

__all__ = ["Halt", "RiskDecision", "RiskLimit"]
