"""The tables of venues."""

from brokers.models.account import BrokerAccount
from brokers.models.custody import VenueCash, VenueFill, VenueHolding, VenueOrder

__all__ = ["BrokerAccount", "VenueCash", "VenueFill", "VenueHolding", "VenueOrder"]
