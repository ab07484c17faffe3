"""The tables of venues."""

from brokers.models.account import BrokerAccount
from brokers.models.custody import VenueActivity, VenueCash, VenueFill, VenueHolding, VenueLiquidity, VenueOrder

__all__ = ["BrokerAccount", "VenueActivity", "VenueCash", "VenueFill", "VenueHolding", "VenueLiquidity", "VenueOrder"]
