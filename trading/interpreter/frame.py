"""What is known of one order while its clause is being read."""

from dataclasses import dataclass, field
from decimal import Decimal

from trading.interpreter.grammar_conditions import ConditionRead
from trading.interpreter.interpretation import Schedule, Spans
from trading.interpreter.reader import Named

Value = Decimal


@dataclass(slots=True)
class Frame:
    """One order in the making; ``doubts`` are the reasons it may not stand as it is."""

    start: int = 0
    side: str | None = None
    verb: str = ""
    is_money_verb: bool = False
    is_close: bool = False
    quantity: Value | None = None
    notional: Value | None = None
    percent_of_position: Value | None = None
    percent_of_cash: Value | None = None
    size_words: str = ""
    is_vague: bool = False
    is_own: bool = False
    is_everything: bool = False
    is_pronoun: bool = False
    is_each: bool = False
    unit: str = ""
    name: Named | None = None
    is_name_first: bool = False
    order_type: str | None = None
    limit: Value | None = None
    limit_direction: str = ""
    is_called_limit: bool = False
    stop: Value | None = None
    trail_amount: Value | None = None
    trail_percent: Value | None = None
    stop_loss_price: Value | None = None
    stop_loss_percent: Value | None = None
    take_profit_price: Value | None = None
    take_profit_percent: Value | None = None
    time_in_force: str | None = None
    schedule: Schedule | None = None
    schedule_parts: dict[str, str] = field(default_factory=dict)
    condition: ConditionRead | None = None
    is_option: bool = False
    right: str | None = None
    strike: Value | None = None
    expiration: str | None = None
    effect: str | None = None
    doubts: list[str] = field(default_factory=list)
    spans: Spans = field(default_factory=dict)
    end: int = 0

    def doubt(self, why: str) -> None:
        """Note a reason why this order must be asked about."""
        if why not in self.doubts:
            self.doubts.append(why)

    def put(self, slot: str, value: Value | None, words: str) -> bool:
        """Fill one field; a second, different value is a doubt."""
        before = getattr(self, slot)
        if before is not None and before != value:
            self.doubt(f"There are two figures for the {slot.replace('_', ' ')}. Which one do you mean?")
            return False
        setattr(self, slot, value)
        self.spans[slot] = words
        return True

    @property
    def has_size(self) -> bool:
        """Whether some size has been said."""
        sizes = (self.quantity, self.notional, self.percent_of_position, self.percent_of_cash)
        return any(size is not None for size in sizes)

    @property
    def has_prices(self) -> bool:
        """Whether anything but a plain market order has been said."""
        return any(
            value is not None
            for value in (
                self.limit, self.stop, self.trail_amount, self.trail_percent, self.condition, self.schedule,
                self.order_type, self.stop_loss_price, self.stop_loss_percent, self.take_profit_price,
                self.take_profit_percent, self.time_in_force,
            )
        ) or bool(self.schedule_parts)  # fmt: skip
