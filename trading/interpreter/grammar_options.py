"""Option legs: right, strike, expiration and effect, in the many orders people say them."""

from decimal import Decimal

from trading.interpreter import lexicon
from trading.interpreter.frame import Frame
from trading.interpreter.phrases import Phrases, word_set
from trading.interpreter.reader import Reader
from trading.interpreter.spoken import is_near

RIGHTS = {"c": "call", "p": "put", "call": "call", "calls": "call", "put": "put", "puts": "put"}
NOT_BEFORE_A_RIGHT = word_set(" and then , . ; to please just also could can you let")
EXPIRING = Phrases.of(
    "expiring|expiring on|exp|expiry|expires|expires on|expiration|that expire on|that expires on|"
    "which expires on|expiring in|expiry of|expiration of|with expiration|with an expiration of|with expiry|"
    "for expiry|dated|for|due|that expire|that expires|with an expiry of|with expiration date|"
    "expiration date|expiration on|expiry on|which expire on|exp.|on|with an expiration date of|ending|"
    "maturing|maturing on|, expiring|, exp|of|with expiration of|expire|expired on|with expiration on"
)
STRIKE = Phrases.of(
    "strike|strike price|strike price of|strike of|at strike|at a strike of|at a strike|with strike|"
    "with a strike of|with a strike at|at the strike|struck at|with a strike price of|strike at|"
    "at a strike price of|with strike price|a strike of|at strike price|strike price at|strikes|"
    "with strike of|@ strike|with the strike at"
)
BEFORE_STRIKE = Phrases.of("at|the|a|@|at a|at the|with a|with the|with an|with|an|at an|on the|in the|of the")
COVERED = Phrases.of(
    "covered|a covered|cash secured|a cash secured|cash-secured|a cash-secured|cash covered|secured|fully secured"
)
TO_CLOSE = Phrases.mapping(
    {
        "to close|to close out": "close",
        "to open": "open",
    }
)


def is_option_clause(reader: Reader, start: int, end: int) -> bool:
    """Whether a call or a put is spoken of between these tokens."""
    return any(is_right(reader, at, start) for at in range(start, end)) or any(
        reader.low(at) in {"option", "options"} for at in range(start, end)
    )


def is_right(reader: Reader, at: int, start: int) -> bool:
    """Whether the token here is "call" or "put" as an option, or a figure like "200c"."""
    token = reader.tokens[at]
    if token.kind == "number":
        return token.suffix in {"c", "p"} and at > start
    if token.low in {"c", "p"}:
        return _is_letter(reader, at, start)
    if token.low in {"call", "calls", "puts"}:
        return at > start and reader.low(at + 1) not in {"it", "off"}
    return token.low == "put" and at > start and reader.low(at - 1) not in NOT_BEFORE_A_RIGHT


def _is_letter(reader: Reader, at: int, start: int) -> bool:
    """Whether "C" or "P" is a right: after a strike that is not the size, and with a date in the sentence."""
    strike = at - 1 > start and reader.tokens[at - 1].kind == "number" and not reader.tokens[at - 1].suffix
    return strike and any(reader.date(step) for step in range(start, len(reader.tokens)) if step != at - 1)


def read_option_part(reader: Reader, frame: Frame, at: int) -> int:
    """One part of an option leg that begins here; 0 when there is none."""
    if not frame.is_option:
        return 0
    for rule in (_covered, _effect, _expiration, _strike, _right, _option_word):
        if end := rule(reader, frame, at):
            return end
    return 0


def _keep(frame: Frame, slot: str, value: str, words: str) -> None:
    if getattr(frame, slot) not in {None, value}:
        frame.doubt("Orders of one option leg only: which leg do you mean?")
    setattr(frame, slot, value)
    frame.spans[slot] = words


def _covered(reader: Reader, frame: Frame, at: int) -> int:
    length = reader.is_phrase(COVERED, at)
    if not length:
        return 0
    if frame.side != "sell":
        frame.doubt("Covered and secured options are sold. Do you mean to sell?")
    _keep(frame, "effect", "open", reader.said(at, at + length))
    if reader.low(at) == "a" and not frame.has_size:
        frame.put("quantity", lexicon.ONE, "a")
    return at + length


def _effect(reader: Reader, frame: Frame, at: int) -> int:
    found = TO_CLOSE.match(reader.tokens, at)
    if not found:
        return 0
    _keep(frame, "effect", found[0], reader.said(at, at + found[1]))
    return at + found[1]


def _expiration(reader: Reader, frame: Frame, at: int) -> int:
    lead = reader.is_phrase(EXPIRING, at)
    step = at + lead
    step += reader.low(step) == "the"
    found = reader.date(step)
    if not lead and not frame.has_size and step < len(reader.tokens) and reader.tokens[step].kind == "number":
        return 0
    if found is None or (reader.low(step) in {"today", "tomorrow"} and not lead):
        return 0
    if reader.low(step) == "today" and reader.low(at) in {"for", "on", "of"}:
        return 0
    if not found.is_exact:
        frame.doubt("On which day does the option expire?")
        return step + found.length
    if found.day < reader.today:
        frame.doubt("That expiration has passed. Which date do you mean?")
    if found.day.weekday() > 4:
        frame.doubt("Options do not expire on a weekend. Which date do you mean?")
    _keep(frame, "expiration", found.day.isoformat(), reader.said(at, step + found.length))
    end = step + found.length
    return end + (reader.low(end) in {"expiry", "expiration", "expiring", "exp", "expirations", "exp."})


def _strike(reader: Reader, frame: Frame, at: int) -> int:
    lead = reader.is_phrase(STRIKE, at)
    step = at + lead
    if not lead:
        step += reader.is_phrase(BEFORE_STRIKE, step) if _is_strike_after(reader, step) else 0
    token = reader.tokens[step] if step < len(reader.tokens) else None
    if token and token.kind == "number" and token.suffix in {"c", "p"} and token.value is not None:
        _keep(frame, "right", {"c": "call", "p": "put"}[token.suffix], token.text)
        frame.put("strike", token.value, token.text)
        return step + 1
    amount = reader.amount(step)
    if amount is None or amount.kind == "percent" or amount.is_part:
        return 0
    end = step + amount.length
    if not lead and amount.kind == "plain" and _are_contracts(reader, frame, end, amount.value):
        return _contracts(reader, frame, (step, end), amount.value)
    return _strike_figure(reader, frame, (at, step, end), amount.value, is_led=bool(lead))


def _are_contracts(reader: Reader, frame: Frame, end: int, value: Decimal) -> bool:
    """Whether the figure before "calls on Apple" counts contracts."""
    if frame.has_size or frame.name is not None or reader.low(end) not in RIGHTS:
        return False
    if value > 1 and reader.low(end) in {"call", "put"} and reader.low(end + 1) not in {"option", "options"}:
        return False
    if TO_CLOSE.match(reader.tokens, end + 1):
        return True
    return reader.low(end + 1) in {"on", "of", "for", "in", "option", "options", *lexicon.CONTRACT_UNITS}


def _strike_figure(reader: Reader, frame: Frame, place: tuple[int, int, int], value: Decimal, *, is_led: bool) -> int:
    """A figure as the strike, where its neighbours or its place make it one."""
    at, step, end = place
    named = reader.low(end) == "strike" or (reader.low(end) == "dollar" and reader.low(end + 1) == "strike")
    bare = step == at and frame.strike is None and (frame.name is not None or frame.has_size)
    if bare and not frame.has_size and reader.low(end) in lexicon.CONTRACT_UNITS:
        return 0
    if not (is_led or named or reader.low(end) in RIGHTS or bare):
        return 0
    if reader.low(at) in {"a", "an"} and reader.low(end) in {"call", "put"} and not frame.has_size:
        frame.put("quantity", lexicon.ONE, reader.low(at))
    if not is_led and not named and step > at and reader.low(end) not in RIGHTS:
        return 0
    if named:
        end += 1 + (reader.low(end) == "dollar")
        end += reader.low(end) == "price"
    frame.put("strike", value, reader.said(at, end))
    if value <= 0:
        frame.doubt("A strike has to be more than zero. Which strike do you mean?")
    return end


def _is_strike_after(reader: Reader, at: int) -> bool:
    """Whether a figure called a strike, or standing before "call" or "put", follows "at the" or "with a"."""
    step = at + reader.is_phrase(BEFORE_STRIKE, at)
    amount = reader.amount(step)
    if amount is None or step == at:
        return False
    end = step + amount.length
    return reader.low(end) in {"strike", "dollar", *RIGHTS}


def _contracts(reader: Reader, frame: Frame, place: tuple[int, int], value: Decimal) -> int:
    """ "1 call on Apple": a number of contracts."""
    frame.put("quantity", value, reader.said(*place))
    if value <= 0:
        frame.doubt("The size has to be more than zero. How many contracts?")
    return place[1]


def _right(reader: Reader, frame: Frame, at: int) -> int:
    if reader.low(at) not in RIGHTS:
        return 0
    _keep(frame, "right", RIGHTS[reader.low(at)], reader.low(at))
    end = at + 1
    while reader.low(end) in {"option", "options", *lexicon.CONTRACT_UNITS}:
        end += 1
    return end


def _option_word(reader: Reader, frame: Frame, at: int) -> int:
    words = {"option", "options", *lexicon.CONTRACT_UNITS}
    return at + 1 if reader.low(at) in words else 0


def strike_from_limit(reader: Reader, frame: Frame) -> None:
    """ "Covered calls on AAPL at 260": a price near that of the underlying is the strike where none was named."""
    symbol = frame.name.symbol if frame.name else None
    if frame.strike is not None or frame.limit is None or frame.is_called_limit or symbol is None:
        return
    if is_near(frame.limit, reader.usual_price(symbol)):
        frame.strike, frame.limit = frame.limit, None
        frame.spans["strike"] = frame.spans.pop("limit", "")
