"""The tables of the risk desk."""

from riskdesk.models.decision import RiskDecision
from riskdesk.models.halt import Halt, HaltCode
from riskdesk.models.limit import RiskLimit

__all__ = ["Halt", "HaltCode", "RiskDecision", "RiskLimit"]
