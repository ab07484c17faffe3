"""The tables of trading."""

from trading.models.cash import CashKind, CashMovement, OptionExercise, WishStatus
from trading.models.conversation import Message, Proposal, Speaker
from trading.models.fill import Fill
from trading.models.halt import HaltItem, HaltLine, HaltReceipt, HaltScope, ItemKind, ItemState, ReceiptState
from trading.models.intent import Intent
from trading.models.ledger import Hold, Journal, JournalCode, LedgerAccount, LedgerHead, LedgerKind, Transfer
from trading.models.order import Order, OrderEvent, OrderGroup, OrderLeg
from trading.models.position import Lot, LotClosure, Position
from trading.models.stop import STANDING, WATCHED, GuardedAt, Stop, StopStatus, WatchMark
from trading.models.sync import Discrepancy, EquityPoint, VenueCursor

__all__ = [
    "STANDING",
    "WATCHED",
    "CashKind",
    "CashMovement",
    "Discrepancy",
    "EquityPoint",
    "Fill",
    "GuardedAt",
    "HaltItem",
    "HaltLine",
    "HaltReceipt",
    "HaltScope",
    "Hold",
    "Intent",
    "ItemKind",
    "ItemState",
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
    "ReceiptState",
    "Speaker",
    "Stop",
    "StopStatus",
    "Transfer",
    "VenueCursor",
    "WatchMark",
    "WishStatus",
]
