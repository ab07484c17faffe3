"""Turns what was read of an order into a typed action, and says what is still missing."""

from trading.interpreter import lexicon
from trading.interpreter.assemble_checks import check, may_be_a_part
from trading.interpreter.built import HUNDRED, Build, Built
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_conditions import FALLING, RISING, ConditionRead
from trading.interpreter.grammar_options import strike_from_limit
from trading.interpreter.grammar_times import schedule_of
from trading.interpreter.interpretation import (
    Bracket,
    ClosePosition,
    Condition,
    OptionLeg,
    OrderTerms,
    PlaceOrder,
)
from trading.interpreter.lexicon_more import BREAK
from trading.interpreter.reader import Named, Reader


def build(reader: Reader, frame: Frame, *, last_symbol: str | None) -> Built:
    """The action a frame stands for."""
    missing: list[str] = []
    questions: list[str] = []
    symbol = _symbol(reader, frame, last_symbol)
    row = reader.index.row(symbol) if symbol else None
    state = Build(reader, frame, symbol, row.asset_class if row else None, missing, questions)
    if symbol is None and not frame.is_everything:
        state.lacks("symbol", _ask_symbol(frame))
    elif row and not row.tradable:
        state.lacks("symbol", f"{row.name} ({row.symbol}) is not traded here. Which symbol do you mean?")
    _default_size(state)
    if frame.is_everything and frame.verb not in lexicon.SELLS_ALL:
        frame.doubt("Do you want to sell every position you hold?")
    if frame.is_everything and may_be_a_part(reader, frame):
        frame.doubt("Only your shares, or the funds and coins you hold as well?")
    if _is_plain_close(frame):
        return _close(state)
    if frame.is_everything:
        frame.doubt("Only a plain sale of everything is possible. Which position do you mean?")
    return _order(state)


def _symbol(reader: Reader, frame: Frame, last_symbol: str | None) -> str | None:
    name = frame.name
    if name is not None and name.symbol:
        return name.symbol
    if frame.is_pronoun:
        watched = frame.condition.name.symbol if frame.condition and frame.condition.name else None
        return last_symbol or watched or reader.context.last_symbol
    if name is None and frame.condition and frame.condition.name:
        return frame.condition.name.symbol
    if name is None and frame.condition and frame.condition.is_it:
        return last_symbol or reader.context.last_symbol
    return None


def _ask_symbol(frame: Frame) -> str:
    name = frame.name
    if name is None or frame.is_pronoun:
        return "Which symbol do you mean?"
    if len(name.choices) == 1:
        return f"By “{name.words}”, do you mean the symbol {name.choices[0]}? Which symbol do you mean?"
    if name.choices:
        return f"“{name.words}” could be {_either(name.choices)}. Which one do you mean?"
    return f"I don't know “{name.words}”. Which symbol do you mean?"


def _either(choices: tuple[str, ...]) -> str:
    return ", ".join(choices[:-1]) + f" or {choices[-1]}" if len(choices) > 1 else choices[0]


def _default_size(state: Build) -> None:
    """A sale that protects or closes is of the whole position where no size is said; all else is asked."""
    frame = state.frame
    if frame.has_size:
        return
    condition = frame.condition
    protects = frame.order_type in {"stop", "stop_limit", "trailing_stop"} or frame.verb == "protect"
    stops = condition is not None and condition.metric == "price" and condition.operator == FALLING
    partial = frame.verb in lexicon.PARTIAL_SELLS and not protects and not stops
    whole = (frame.is_own and not partial) or (frame.is_close and not partial) or protects or stops
    if frame.side == "sell" and whole and not frame.is_vague and (not frame.is_option or frame.is_own):
        frame.percent_of_position = HUNDRED
        return
    who = state.symbol or "it"
    row = state.reader.index.row(state.symbol) if state.symbol else None
    what = "contracts" if frame.is_option else "coins" if state.asset_class == "crypto" else "shares"
    verb = f"How many {what} of {row.name if row else who}?" if state.symbol else f"How many {what}?"
    state.lacks("quantity", verb)


def _is_plain_close(frame: Frame) -> bool:
    sized = frame.quantity is not None or frame.notional is not None
    return (frame.is_close or frame.is_everything) and not sized and not frame.is_option and not frame.has_prices


def _close(state: Build) -> Built:
    frame = state.frame
    _doubts(state)
    percent = frame.percent_of_position if frame.percent_of_position is not None else HUNDRED
    symbol = None if frame.is_everything else state.symbol
    action = ClosePosition(symbol=symbol, percent=percent, missing=tuple(state.missing), spans=frame.spans)
    return Built(action, state.questions, _sureness(frame.name), state.symbol)


def _order(state: Build) -> Built:
    frame = state.frame
    if frame.side is None:
        state.lacks("side", "Do you want to buy or to sell?")
    if frame.is_option:
        strike_from_limit(state.reader, frame)
    when = _condition(state)
    order_type = _order_type(state)
    option = _option(state)
    every = schedule_of(frame)
    bracket = _bracket(frame)
    check(state, order_type)
    if option is None and frame.unit in lexicon.CONTRACT_UNITS:
        frame.doubt("Contracts of which option: a call or a put, at which strike, until when?")
    if every is not None and when is not None:
        frame.doubt("On a schedule, or when that happens?")
    terms = OrderTerms(
        symbol=state.symbol,
        asset_class="option" if option else state.asset_class,
        side=frame.side,
        quantity=frame.quantity,
        notional=frame.notional,
        percent_of_position=frame.percent_of_position,
        percent_of_cash=frame.percent_of_cash,
        order_type=order_type,
        limit_price=frame.limit,
        stop_price=frame.stop,
        trail_amount=frame.trail_amount,
        trail_percent=frame.trail_percent,
        time_in_force=_time_in_force(state, option is not None),
        option=option,
    )
    _doubts(state)
    action = PlaceOrder(
        order=terms, when=when, bracket=bracket, every=every, missing=tuple(state.missing), spans=frame.spans
    )
    sureness = min(_sureness(frame.name), _sureness(frame.condition.name if frame.condition else None))
    return Built(action, state.questions, sureness, state.symbol)


def _sureness(name: Named | None) -> float:
    return name.score if name is not None and name.symbol else 1.0


def _doubts(state: Build) -> None:
    for doubt in state.frame.doubts:
        if "clarification" not in state.missing:
            state.missing.append("clarification")
        state.questions.append(doubt)


def _condition(state: Build) -> Condition | None:
    """The condition, or None where it makes the order a stop order instead."""
    read = state.frame.condition
    if read is None:
        return None
    symbol = _condition_symbol(state, read)
    own = symbol == state.symbol
    rises = {"sell": "", "buy": BREAK}.get(state.frame.side or "") == read.manner
    rises = rises and state.frame.verb.split()[:1] not in (["get"], ["bail"])
    operator = read.operator or (RISING if rises else "")
    if not operator:
        state.lacks("when", f"Should it fall to {read.value:f}, or rise to it?")
        return None
    if read.metric == "price" and own and _is_stop(state.frame, read, operator):
        if state.frame.stop is not None:
            state.frame.doubt("There are two stop prices. Which one do you mean?")
        state.frame.stop = read.value
        state.frame.spans["stop_price"] = state.frame.spans.get("when", "")
        return None
    if read.value <= 0 and read.metric != "percent_change":
        state.frame.doubt("At which price exactly?")
    return Condition(symbol=symbol, metric=read.metric, operator=operator, value=read.value, reference=read.reference)


def _condition_symbol(state: Build, read: ConditionRead) -> str | None:
    if read.name is None:
        return state.symbol
    if read.name.symbol is None:
        state.lacks("when", f"I don't know “{read.name.words}”. Which symbol do you mean?")
    return read.name.symbol


def _is_stop(frame: Frame, read: ConditionRead, operator: str) -> bool:
    """Selling as it falls, or buying as it breaks above, is a stop order; the rest waits for its price."""
    if frame.is_option or frame.time_in_force in {"opg", "cls"}:
        return False
    if frame.side == "sell":
        return operator == FALLING and bool(read.operator)
    return operator == RISING


def _order_type(state: Build) -> str:
    frame = state.frame
    kind = frame.order_type or ""
    if frame.side == "buy" and frame.stop is not None and not frame.is_called_limit and kind != "stop_limit":
        kind = _entry_stop(frame, kind)
    if kind == "trailing_stop":
        return _trailing(state)
    if kind == "market" and (frame.limit is not None or frame.stop is not None):
        frame.doubt("At the market, or at your price?")
    if frame.verb == "protect" and not kind and frame.stop is None and not frame.is_called_limit:
        frame.stop, frame.limit = frame.limit, None
    if frame.stop is not None or kind in {"stop", "stop_limit"} or (frame.verb == "protect" and kind != "limit"):
        if frame.stop is None:
            state.lacks("stop_price", "At which stop price?")
        if kind == "stop_limit" and frame.limit is None:
            state.lacks("limit_price", "At which limit price?")
        return "stop_limit" if frame.limit is not None or kind == "stop_limit" else "stop"
    if frame.limit is not None or kind == "limit":
        if frame.limit is None:
            state.lacks("limit_price", "At which limit price?")
        return "limit"
    return "market"


def _trailing(state: Build) -> str:
    frame = state.frame
    if frame.trail_amount is None and frame.trail_percent is None:
        state.lacks("trail_percent", "How far should the stop trail, in percent or dollars?")
    if frame.side != "sell" or frame.limit is not None or frame.stop is not None:
        frame.doubt("A trailing stop is an order to sell what you hold. Shall I buy first?")
    return "trailing_stop"


def _entry_stop(frame: Frame, kind: str) -> str:
    """ "buy at 240, stop 220, target 280" names a stop loss; without the rest it could be either, and is asked."""
    has_entry = frame.limit is not None and (frame.condition is None)
    if has_entry and frame.take_profit_price is not None and frame.stop_loss_price is None:
        frame.stop_loss_price, frame.stop = frame.stop, None
        return "limit"
    has_target = frame.take_profit_price is not None or frame.take_profit_percent is not None
    if has_target and frame.limit is None and frame.condition is None and "order_type" not in frame.spans:
        frame.stop_loss_price, frame.stop = frame.stop, None
        return "market"
    if has_entry or frame.take_profit_price is not None or frame.take_profit_percent is not None:
        frame.doubt("Is that stop the price to enter at, or a stop loss?")
    return kind


def _option(state: Build) -> OptionLeg | None:
    frame = state.frame
    if not frame.is_option and frame.right is None and frame.effect is None:
        return None
    if frame.right is None:
        state.lacks("right", "A call or a put?")
    if frame.strike is None:
        state.lacks("strike", "At which strike?")
    if frame.expiration is None:
        state.lacks("expiration", "Which expiration date?")
    effect = frame.effect or ("open" if frame.side == "buy" else "close" if frame.is_own else None)
    if effect is None:
        state.lacks("effect", "Is that to open a new position or to close one you hold?")
    if state.asset_class == "crypto":
        frame.doubt("There are no options on coins here.")
    if frame.quantity is not None and frame.quantity != frame.quantity.to_integral_value():
        frame.doubt("Options come in whole contracts. How many?")
    if frame.notional is not None or frame.percent_of_cash is not None or frame.unit in {"share", "shares"}:
        frame.doubt("How many contracts?")
    return OptionLeg(right=frame.right, strike=frame.strike, expiration=frame.expiration, effect=effect)


def _bracket(frame: Frame) -> Bracket | None:
    bracket = Bracket(
        stop_loss_price=frame.stop_loss_price,
        stop_loss_percent=frame.stop_loss_percent,
        take_profit_price=frame.take_profit_price,
        take_profit_percent=frame.take_profit_percent,
    )
    return None if bracket == Bracket() else bracket


def _time_in_force(state: Build, is_option: bool) -> str:
    frame = state.frame
    is_crypto = state.asset_class == "crypto" and not is_option
    if frame.time_in_force in {"opg", "cls"} and is_crypto:
        frame.doubt("Coins trade around the clock: there is no open or close to wait for. Shall I place it now?")
    return frame.time_in_force or ("gtc" if is_crypto else "day")
