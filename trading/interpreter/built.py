"""What is known while one order's frame becomes an action."""

from dataclasses import dataclass
from decimal import Decimal

from trading.interpreter.frame import Frame
from trading.interpreter.interpretation import CERTAIN, Action, Sureness
from trading.interpreter.reader import Reader

HUNDRED = Decimal(100)


@dataclass(slots=True)
class Built:
    """An action, what to ask about it, and how sure its names are."""

    action: Action
    questions: list[str]
    sureness: Sureness = CERTAIN
    symbol: str | None = None


@dataclass(slots=True)
class Build:
    """The working state while one frame becomes an action."""

    reader: Reader
    frame: Frame
    symbol: str | None
    asset_class: str | None
    missing: list[str]
    questions: list[str]

    def lacks(self, field: str, question: str) -> None:
        """Note a missing field and what to ask for it."""
        if field not in self.missing:
            self.missing.append(field)
            self.questions.append(question)
