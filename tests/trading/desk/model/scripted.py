"""A model that says what it is told to say, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count

from arbion.lib.llm.port import Finish, Message, Reply, Tool, ToolCall, Usage

ORDER = {
    "quantity": None, "notional": None, "percent_of_position": None, "percent_of_cash": None, "order_type": "market",
    "limit_price": None, "stop_price": None, "trail_amount": None, "trail_percent": None, "time_in_force": None,
    "option": None, "when": None, "bracket": None, "every": None,
}  # fmt: skip


def trade(symbol: str, side: str, **given: object) -> tuple[str, str]:
    """A call of `execute_trade`."""
    return "execute_trade", json.dumps({**ORDER, "symbol": symbol, "side": side, **given})


def call(name: str, **arguments: object) -> tuple[str, str]:
    """A call of any tool."""
    return name, json.dumps(arguments)


class ScriptedModel:
    """Answers with the script's next line: words, a list of calls, a fault to raise, or a function of the question."""

    def __init__(self, *script: object) -> None:
        self.script = list(script)
        self.asked: list[list[Message]] = []
        self.tools: list[list[str]] = []
        self.ids = count(1)

    def ask(
        self,
        messages: list[Message],
        *,
        tools: tuple[Tool, ...] = (),
        output_tokens_max: int = 0,
        on_text: Callable[[str], None] | None = None,
        is_stopped: Callable[[], bool] = lambda: False,
    ) -> Reply:
        self.asked.append(list(messages))
        self.tools.append([tool.name for tool in tools])
        line = self.script.pop(0) if self.script else "That is all."
        if callable(line) and not isinstance(line, type):
            line = line(messages)
        if isinstance(line, BaseException) or (isinstance(line, type) and issubclass(line, BaseException)):
            raise line
        if isinstance(line, Reply):
            return line
        usage = Usage(input=100, output=10)
        if isinstance(line, str):
            for piece in line.split(" "):
                if on_text is not None:
                    on_text(f"{piece} ")
            return Reply(text=line, model="scripted", usage=usage)
        calls = tuple(
            ToolCall(call_id=f"call-{next(self.ids)}", name=name, arguments=arguments) for name, arguments in line
        )
        return Reply(calls=calls, finish=Finish.CALLS, model="scripted", usage=usage)

    @property
    def told(self) -> str:
        """Everything that was ever said to it."""
        return "\n".join(message.text for messages in self.asked for message in messages)
