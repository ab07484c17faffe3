"""The tables of trading."""

from trading.models.conversation import Message, Proposal, Speaker
from trading.models.fill import Fill
from trading.models.intent import Intent
from trading.models.ledger import Hold, Journal, JournalCode, LedgerAccount, LedgerKind, Transfer
from trading.models.order import Order, OrderEvent
from trading.models.position import Lot, LotClosure, Position
from trading.models.sync import Discrepancy, EquityPoint, VenueCursor

__all__ = [
    "Discrepancy",
    "EquityPoint",
    "Fill",
    "Hold",
    "Intent",
    "Journal",
    "JournalCode",
    "LedgerAccount",
    "LedgerKind",
    "Lot",
    "LotClosure",
    "Message",
    "Order",
    "OrderEvent",
    "Position",
    "Proposal",
    "Speaker",
    "Transfer",
    "VenueCursor",
]
