"""The tables of trading."""

from trading.models.cash import CashKind, CashMovement, OptionExercise, WishStatus
from trading.models.conversation import Message, Proposal, Speaker
from trading.models.fill import Fill
from trading.models.intent import Intent
from trading.models.ledger import Hold, Journal, JournalCode, LedgerAccount, LedgerHead, LedgerKind, Transfer
from trading.models.order import Order, OrderEvent, OrderGroup, OrderLeg
from trading.models.position import Lot, LotClosure, Position
from trading.models.stop import STANDING, WATCHED, Stop, StopStatus
from trading.models.sync import Discrepancy, EquityPoint, VenueCursor

__all__ = [
    "STANDING",
    "WATCHED",
    "CashKind",
    "CashMovement",
    "Discrepancy",
    "EquityPoint",
    "Fill",
    "Hold",
    "Intent",
    "Journal",
    "JournalCode",
    "LedgerAccount",
    "LedgerHead",
    "LedgerKind",
    "Lot",
    "LotClosure",
    "Message",
    "OptionExercise",
    "Order",
    "OrderEvent",
    "OrderGroup",
    "OrderLeg",
    "Position",
    "Proposal",
    "Speaker",
    "Stop",
    "StopStatus",
    "Transfer",
    "VenueCursor",
    "WishStatus",
]
