"""The tables of the risk desk."""

from riskdesk.models.decision import RiskDecision
from riskdesk.models.halt import Halt, HaltCode
from riskdesk.models.limit import LimitName, RiskLimit
from riskdesk.models.peak import EquityPeak
from riskdesk.models.silence import Silence

__all__ = ["EquityPeak", "Halt", "HaltCode", "LimitName", "RiskDecision", "RiskLimit", "Silence"]
