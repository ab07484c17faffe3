"""The tables of trading."""

from trading.models.alert import Alert, AlertStatus, Repeat
from trading.models.assistant import Answering, Assistant, AssistantRole, MemoryAuthor, MemoryLine
from trading.models.cash import CashKind, CashMovement, OptionExercise, WishStatus
from trading.models.condition import OrderCondition
from trading.models.conversation import DeskChoice, LineState, Message, Proposal, Speaker
from trading.models.fill import Fill
from trading.models.halt import HaltItem, HaltLine, HaltReceipt, HaltScope, ItemKind, ItemState, ReceiptState
from trading.models.intent import Intent
from trading.models.ledger import Hold, Journal, JournalCode, LedgerAccount, LedgerHead, LedgerKind, Transfer
from trading.models.order import Order, OrderEvent, OrderGroup, OrderLeg
from trading.models.position import Lot, LotClosure, Position
from trading.models.schedule import RepeatingOrder, RepeatingRun, RepeatingState, RunState
from trading.models.stop import STANDING, WATCHED, GuardedAt, Stop, StopStatus, WatchMark
from trading.models.sync import Discrepancy, EquityPoint, VenueCursor

__all__ = [
    "STANDING",
    "WATCHED",
    "Alert",
    "AlertStatus",
    "Answering",
    "Assistant",
    "AssistantRole",
    "CashKind",
    "CashMovement",
    "DeskChoice",
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
    "LineState",
    "Lot",
    "LotClosure",
    "MemoryAuthor",
    "MemoryLine",
    "Message",
    "OptionExercise",
    "Order",
    "OrderCondition",
    "OrderEvent",
    "OrderGroup",
    "OrderLeg",
    "Position",
    "Proposal",
    "ReceiptState",
    "Repeat",
    "RepeatingOrder",
    "RepeatingRun",
    "RepeatingState",
    "RunState",
    "Speaker",
    "Stop",
    "StopStatus",
    "Transfer",
    "VenueCursor",
    "WatchMark",
    "WishStatus",
]
