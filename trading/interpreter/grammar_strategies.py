"""Strategies: "start the wheel on F with $5,000", "pause my wheel strategy", "stop all strategies"."""

from trading.interpreter import lexicon_commands as words
from trading.interpreter.grammar_commands import CommandRead, skip
from trading.interpreter.interpretation import StrategyCommand
from trading.interpreter.numbers import Amount
from trading.interpreter.reader import Named, Reader


def read_strategy(reader: Reader, start: int) -> CommandRead | None:
    """ "start the wheel on F with $5,000", "pause my wheel strategy", "stop all strategies"."""
    if held := _put_on_hold(reader, start):
        return held
    found = words.STRATEGY_COMMANDS.match(reader.tokens, start) or _let(reader, start)
    if not found:
        return None
    at = start + found[1]
    every = reader.is_phrase(words.ALL_STRATEGIES, at)
    if every and found[0] != "start":
        action = StrategyCommand(command=found[0], spans={"command": reader.said(start, at)})
        return CommandRead([action], at + every)
    at = skip(reader, at, frozenset({"my", "the", "a", "an", "new", "running", "our", "using", "that"}))
    name = reader.name(at) if not words.STRATEGIES.match(reader.tokens, at) else None
    if name and name.symbol and words.STRATEGIES.match(reader.tokens, at + name.length):
        at += name.length
    else:
        name = None
    strategy = words.STRATEGIES.match(reader.tokens, at)
    if not strategy:
        return _unnamed(reader, at, found[0])
    at += strategy[1]
    noun = reader.low(at) in words.STRATEGY_NOUNS
    at = skip(reader, at, words.STRATEGY_NOUNS)
    if strategy[0] in {"value", "rsi", "macd"} and not noun:
        return None
    return _strategy_rest(reader, at, (found[0], strategy[0]), name)


def _put_on_hold(reader: Reader, start: int) -> CommandRead | None:
    """ "put the AI on pause", "put my wheel on hold"."""
    at = start + 1 + (reader.low(start + 1) in {"the", "my"})
    strategy = words.STRATEGIES.match(reader.tokens, at) if reader.low(start) == "put" else None
    if strategy is None:
        return None
    at = skip(reader, at + strategy[1], words.STRATEGY_NOUNS)
    if reader.low(at) != "on" or reader.low(at + 1) not in {"pause", "hold", "ice"}:
        return None
    action = StrategyCommand(command="pause", strategy=strategy[0], spans={"strategy": strategy[0]})
    return CommandRead([action], at + 2)


def _let(reader: Reader, start: int) -> tuple[str, int] | None:
    """ "let the AI trade": a start, where a strategy and what it is to do follow."""
    if reader.low(start) not in {"let", "have"}:
        return None
    at = start + 1 + (reader.low(start + 1) in {"the", "my"})
    strategy = words.STRATEGIES.match(reader.tokens, at)
    at += strategy[1] if strategy else 0
    at = skip(reader, at, words.STRATEGY_NOUNS)
    return ("start", 1) if strategy and reader.low(at - 1) in {"trade", "run", "work"} else None


def _unnamed(reader: Reader, at: int, command: str) -> CommandRead | None:
    """ "start a strategy": which one is asked; "pause my strategy" is whatever runs."""
    if reader.low(at) not in {"strategy", "bot", "algo", "algorithm"} or reader.low(at - 1) not in {"my", "the", "a"}:
        return None
    if command == "start":
        action = StrategyCommand(command=command, missing=("strategy",), spans={"command": command})
        return CommandRead([action], at + 1, ["Which strategy should I start, and on which symbol?"])
    return CommandRead([StrategyCommand(command=command, spans={"command": command})], at + 1)


def _strategy_rest(reader: Reader, at: int, what: tuple[str, str], name: Named | None) -> CommandRead:
    """The symbol and the capital of a strategy, in either sequence."""
    command, strategy = what
    capital: Amount | None = None
    unknown: Named | None = None
    while True:
        lead = reader.is_phrase(words.FOR_CAPITAL, at)
        step = at + lead
        amount = reader.amount(step) if lead else None
        if amount and capital is None and amount.kind != "percent" and not amount.is_part:
            capital, at = amount, step + amount.length
            at += ([reader.low(at), reader.low(at + 1)] == ["of", "capital"] and 2) or (
                reader.low(at) in {"capital", "budget"}
            )
            continue
        step = at + (reader.low(at) in {"on", "for", "in", "with", "using", "into"})
        step += reader.low(step) in {"my", "the"}
        candidate = reader.name(step, slot=True) if name is None and step > at else None
        if candidate is None:
            break
        name, at = candidate, step + candidate.length
        at = skip(reader, at, frozenset({"shares", "stock", "position", "holding"}))
        unknown = candidate if candidate.symbol is None else None
    missing: list[str] = []
    questions: list[str] = []
    if unknown:
        missing.append("symbol")
        questions.append(f"I don't know “{unknown.words}”. Which symbol do you mean?")
    elif command == "start" and name is None and strategy != "ai":
        missing.append("symbol")
        questions.append(f"On which symbol should I start the {strategy.replace('_', ' ')} strategy?")
    if capital and capital.value <= 0:
        missing.append("capital")
        questions.append("With how much capital?")
    action = StrategyCommand(
        command=command,
        strategy=strategy,
        symbol=name.symbol if name else None,
        capital=capital.value if capital else None,
        missing=tuple(missing),
        spans={"strategy": strategy} | ({"symbol": name.words} if name else {}),
    )
    return CommandRead([action], at, questions, action.symbol)
