"""Carries out a model's calls: facts from the toolbox, proposals noted and never acted on, errors told to the model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from arbion.domain.errors import ArbionError
from arbion.lib.llm.port import Message, Speaker, Tool, ToolCall
from marketdata.names import NameIndex
from trading.interpreter.explain import explain
from trading.interpreter.interpretation import Action
from trading.interpreter.model import fence, schemas
from trading.interpreter.model.answer import Facts, Source
from trading.interpreter.model.arguments import Arguments, BadCall, read_alert, read_managing, read_trade
from trading.interpreter.model.toolbox import Toolbox

PROPOSED = "Noted as a proposal. The person sees it and decides; nothing has traded."
QUOTES_MAX, NAMES_MAX, CANDLES_MAX, LINE_MAX = 10, 8, 60, 200
Reading = tuple[str, Facts]


@dataclass(slots=True)
class Calls:
    """The calls of one turn: what was found, what was proposed, and each step in plain words."""

    toolbox: Toolbox
    index: NameIndex
    tools: Sequence[Tool]
    actions: list[Action] = field(default_factory=list)
    sources: list[Source] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)

    def answer(self, call: ToolCall) -> Message:
        """The answer to one call; whatever is wrong with it is told to the model."""
        try:
            result = self._result(call)
        except ArbionError as refusal:
            said = refusal.errors[0].detail if refusal.errors else refusal.detail
            result = fence.fenced("error", {"error": said or refusal.title})
        return Message(speaker=Speaker.TOOL, text=result, call_id=call.call_id)

    def _result(self, call: ToolCall) -> str:
        if call.name not in {tool.name for tool in self.tools}:
            raise BadCall(f"There is no tool {call.name[:40]}.")
        arguments = Arguments.of(call.name, call.arguments, self.index)
        if call.name in _PROPOSALS:
            action = _PROPOSALS[call.name](arguments)
            self.actions.append(action)
            self.steps.append(f"Proposed: {explain([action])}")
            return fence.fenced(call.name, {"status": "proposed", "note": PROPOSED})
        step, facts = _READINGS[call.name](self.toolbox, arguments)
        self.steps.append(step)
        self.sources.extend(source for source in facts.sources if source not in self.sources)
        return fence.fenced(call.name, facts.data)


def _quotes(box: Toolbox, call: Arguments) -> Reading:
    symbols = call.symbols("symbols", most=QUOTES_MAX)
    return f"Looked up the price of {', '.join(symbols)}", box.quotes(symbols)


def _candles(box: Toolbox, call: Arguments) -> Reading:
    symbol, interval = call.symbol(), call.word("interval", schemas.INTERVALS)
    count = call.whole("count", least=1, most=CANDLES_MAX)
    facts = box.candles(symbol, interval=interval, count=count)
    return f"Read {count} candles of {symbol} ({interval})", facts


def _indicators(box: Toolbox, call: Arguments) -> Reading:
    symbol, names = call.symbol(), call.texts("names", most=NAMES_MAX)
    facts = box.indicators(symbol, names=names, interval=call.word("interval", schemas.INTERVALS))
    return f"Computed {', '.join(fence.clean(name, most=30) for name in names)} of {symbol}", facts


def _chain(box: Toolbox, call: Arguments) -> Reading:
    symbol = call.symbol()
    expiration = None if call.data.get("expiration") is None else call.text("expiration", most=10)
    return f"Read the options on {symbol}", box.option_chain(symbol, expiration=expiration)


def _positions(box: Toolbox, call: Arguments) -> Reading:
    return "Looked at your positions", box.positions()


def _orders(box: Toolbox, call: Arguments) -> Reading:
    return "Looked at your open orders", box.orders(call.maybe_symbol())


def _portfolio(box: Toolbox, call: Arguments) -> Reading:
    return "Looked at your portfolio", box.portfolio()


def _risk(box: Toolbox, call: Arguments) -> Reading:
    return "Looked at your risk limits", box.risk()


def _search(box: Toolbox, call: Arguments) -> Reading:
    text = call.text("text", most=60)
    return f"Searched for “{fence.clean(text, most=60)}”", box.search(text)


def _analysis(box: Toolbox, call: Arguments) -> Reading:
    symbol = call.symbol()
    return f"Analysed {symbol}", box.analysis(symbol)


def _remember(box: Toolbox, call: Arguments) -> Reading:
    line = fence.clean(call.text("line", most=LINE_MAX), most=LINE_MAX)
    return f"Remembered: {line}", box.remember(line)


_READINGS: dict[str, Callable[[Toolbox, Arguments], Reading]] = {
    "get_quotes": _quotes,
    "get_candles": _candles,
    "get_indicators": _indicators,
    "get_option_chain": _chain,
    "get_positions": _positions,
    "get_orders": _orders,
    "get_portfolio": _portfolio,
    "get_risk": _risk,
    "search_instruments": _search,
    "analyze_market": _analysis,
    "remember": _remember,
}
_PROPOSALS: dict[str, Callable[[Arguments], Any]] = {
    "execute_trade": read_trade,
    "manage_portfolio": read_managing,
    "set_alerts": read_alert,
}
