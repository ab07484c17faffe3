"""The closed vocabularies of the trade, each word with one meaning."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What a person may do in this installation."""

    STANDARD = "standard", "Standard"
    ADMIN = "admin", "Admin"
    SUPERADMIN = "superadmin", "Superadmin"


class Venue(TextChoices):
    """Where an order can be carried out."""

    SIMULATED = "simulated", "Simulated exchange"
    SCHWAB = "schwab", "Schwab"
    COINBASE = "coinbase", "Coinbase"
    ETRADE = "etrade", "E*TRADE"
    CDP = "cdp", "Coinbase Developer Platform"


class RunMode(TextChoices):
    """Whether an account's money is practice money or real."""

    PAPER = "paper", "Paper"
    LIVE = "live", "Live"


class AssetClass(TextChoices):
    """What kind of thing an instrument is."""

    EQUITY = "equity", "Equity"
    ETF = "etf", "ETF"
    CRYPTO = "crypto", "Crypto"
    OPTION = "option", "Option"


class Side(TextChoices):
    """Which way an order goes."""

    BUY = "buy", "Buy"
    SELL = "sell", "Sell"


class OrderType(TextChoices):
    """How an order meets the market."""

    MARKET = "market", "Market"
    LIMIT = "limit", "Limit"
    STOP = "stop", "Stop"
    STOP_LIMIT = "stop_limit", "Stop limit"
    TRAILING_STOP = "trailing_stop", "Trailing stop"


class TimeInForce(TextChoices):
    """How long an order works."""

    DAY = "day", "Day"
    GTC = "gtc", "Good till canceled"
    GTD = "gtd", "Good till date"
    IOC = "ioc", "Immediate or cancel"
    FOK = "fok", "Fill or kill"
    OPG = "opg", "At the open"
    CLS = "cls", "At the close"


# Orders that trade at a session's opening or closing price, and those that never rest.
AUCTION = frozenset({TimeInForce.OPG, TimeInForce.CLS})
IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})


class PositionEffect(TextChoices):
    """Whether an order makes a position larger (long or short) or smaller."""

    OPEN = "open", "Open"
    CLOSE = "close", "Close"


class OptionRight(TextChoices):
    """What an option entitles its holder to: to buy, or to sell."""

    CALL = "call", "Call"
    PUT = "put", "Put"


class FillModel(TextChoices):
    """How faithfully the simulated exchange imitates a real one for an account."""

    IDEAL = "ideal", "Ideal: at the quote, whole, at once, free"
    REALISTIC = "realistic", "Realistic: depth, slippage, latency, fees"
    HARSH = "harsh", "Harsh: thin depth, wide spreads, slow, dear"


class LotMethod(TextChoices):
    """Which lots a closing fill closes first."""

    FIFO = "fifo", "First in, first out"
    LIFO = "lifo", "Last in, first out"
    HIFO = "hifo", "Highest cost first"
    CHOSEN = "chosen", "The lots that were chosen"


class GroupKind(TextChoices):
    """How orders of one group depend on each other."""

    BRACKET = "bracket", "Bracket: an entry with its stop loss and take profit"
    OCO = "oco", "One cancels the other"
    OTO = "oto", "One triggers the other"


class GroupRole(TextChoices):
    """The part that an order plays in its group."""

    NONE = "", "None"
    ENTRY = "entry", "Entry"
    STOP_LOSS = "stop_loss", "Stop loss"
    TAKE_PROFIT = "take_profit", "Take profit"
    ALTERNATIVE = "alternative", "One of two"
    FOLLOWER = "follower", "Follows the entry"


class Waiting(TextChoices):
    """What an order that is held here waits for."""

    NONE = "", "Nothing"
    MARKET_OPEN = "market_open", "The market's opening"
    CONDITION = "condition", "Another order, or a price"


class ActivityKind(TextChoices):
    """What can happen to an account at its venue without an order."""

    DEPOSIT = "deposit", "Deposit"
    WITHDRAWAL = "withdrawal", "Withdrawal"
    DIVIDEND = "dividend", "Dividend"
    SPLIT = "split", "Split"
    EXERCISE = "exercise", "Exercise"
    ASSIGNMENT = "assignment", "Assignment"
    EXPIRY = "expiry", "Expiry"


class SessionPhase(TextChoices):
    """The part of its day that a market is in."""

    PRE = "pre", "Pre-market"
    REGULAR = "regular", "Open"
    POST = "post", "After hours"
    CLOSED = "closed", "Closed"


class Source(TextChoices):
    """Which door an order came in by."""

    TICKET = "ticket", "Ticket"
    API = "api", "API"
    DESK = "desk", "Desk"
    STRATEGY = "strategy", "Strategy"
    AGENT = "agent", "Agent"
    WEBHOOK = "webhook", "Webhook"
    RISK = "risk", "Risk desk"
    SCHEDULE = "schedule", "Schedule"


class OrderStatus(TextChoices):
    """What is true of an order."""

    INITIALIZED = "initialized", "Initialized"
    DENIED = "denied", "Denied by the risk desk"
    HELD = "held", "Held for a condition"
    SUBMITTED = "submitted", "Submitted"
    UNKNOWN = "unknown", "Unknown: the venue's answer was lost"
    ACCEPTED = "accepted", "Working at the venue"
    PARTIALLY_FILLED = "partially_filled", "Partially filled"
    FILLED = "filled", "Filled"
    CANCELED = "canceled", "Canceled"
    EXPIRED = "expired", "Expired"
    REJECTED = "rejected", "Rejected by the venue"


TERMINAL = frozenset(
    {OrderStatus.DENIED, OrderStatus.REJECTED, OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED}
)
OPEN = frozenset(OrderStatus) - TERMINAL


class Trigger(TextChoices):
    """What can happen to an order."""

    DENY = "deny", "The risk desk refused it"
    HOLD = "hold", "It waits for a condition"
    SUBMIT = "submit", "On its way to the venue"
    LOSE = "lose", "The venue's answer was lost"
    ACCEPT = "accept", "The venue took it"
    REJECT = "reject", "The venue refused it"
    FILL_PART = "fill_part", "A part was filled"
    FILL_ALL = "fill_all", "Filled in full"
    CANCEL = "cancel", "It was canceled"
    EXPIRE = "expire", "Its time ran out"


class PendingRequest(TextChoices):
    """What we have asked of the venue and not yet heard about."""

    NONE = "", "Nothing"
    CANCEL = "cancel", "Cancel"
    REPLACE = "replace", "Replace"


class Interval(TextChoices):
    """The widths of a candle."""

    M1 = "1m", "1 minute"
    M5 = "5m", "5 minutes"
    H1 = "1h", "1 hour"
    H4 = "4h", "4 hours"
    D1 = "1d", "1 day"


INTERVAL_SECONDS = {Interval.M1: 60, Interval.M5: 300, Interval.H1: 3600, Interval.H4: 14400, Interval.D1: 86400}
