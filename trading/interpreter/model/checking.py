"""One proposal field by field against the words: each figure of the words makes one field, and none is left over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal

from trading.interpreter import lexicon, lexicon_commands
from trading.interpreter import lexicon_more as more
from trading.interpreter.dates import DateRead
from trading.interpreter.interpretation import (
    Action,
    CancelOrders,
    ClosePosition,
    Condition,
    CreateAlert,
    ModifyOrder,
    OrderTerms,
    PlaceOrder,
    plain,
)
from trading.interpreter.model.answer import Difference
from trading.interpreter.model.words import OPTION_WORDS, REPEATS, Figure, Said
from trading.interpreter.phrases import word_set

HUNDRED, ONE = Decimal(100), Decimal(1)
SHARED = word_set("each both apiece every all same respectively")
WHOLE_WORDS = word_set("all everything whole entire full rest remaining every out")
MANAGING = {"cancel_orders": lexicon_commands.CANCEL, "modify_order": lexicon_commands.MODIFY}
TRIVIAL = frozenset({Decimal(0), ONE})
SIZE_WORDS = {
    "quantity": "a size of {}",
    "notional": "an amount of ${}",
    "percent_of_position": "{}% of a position",
    "percent_of_cash": "{}% of your cash",
}
TYPE_WORDS = {
    "stop": (more.STOP, more.STOP_LOSS, more.STOP_LIMIT),
    "stop_limit": (more.STOP, more.STOP_LIMIT, more.STOP_LOSS),
    "trailing_stop": (more.TRAIL,),
}


@dataclass(slots=True)
class Check:
    """The checking of one turn; `differences` gathers what is not in the words."""

    said: Said
    differences: list[Difference] = field(default_factory=list)
    claimed: set[int] = field(default_factory=set)
    symbols: set[str] = field(default_factory=set)
    uses_dates: bool = False

    def action(self, action: Action) -> None:
        """Check one action."""
        if isinstance(action, PlaceOrder):
            self._place(action)
        elif isinstance(action, ClosePosition):
            self._close(action)
        elif isinstance(action, CancelOrders | ModifyOrder):
            self._manage(action)
        elif isinstance(action, CreateAlert):
            self._symbol(action.when.symbol)
            if not self.said.wants_alert:
                self._differ("side", "You did not ask for an alert.")
            self._condition(action.when)
        else:
            self._differ("side", "You did not ask for that.")

    def left_over(self) -> None:
        """Whatever the words name that no action took up."""
        said = self.said
        for symbol in sorted(said.symbols - self.symbols):
            self._differ("symbol", f"You also named {symbol}.")
        for at, figure in enumerate(said.figures):
            is_trivial = figure.kind == "plain" and figure.values <= TRIVIAL
            if at not in self.claimed and not is_trivial:
                words = said.reader.said(figure.start, figure.end)
                self._differ("size", f"You also said “{words}”, which is not in this.")
        if not self.uses_dates and any(token.kind in {"date", "time"} for token in said.reader.tokens):
            self._differ("time", "You named a date or a time, which is not in this.")

    # Whole actions ---------------------------------------------------------------------------------------------------
    def _place(self, action: PlaceOrder) -> None:
        order = action.order
        self._symbol(order.symbol)
        self._side(order)
        self._option(order)
        self._prices(order)
        self._size(order)
        self._when(action)
        self._every(action)
        self._exits(action)

    def _close(self, action: ClosePosition) -> None:
        self._symbol(action.symbol)
        if "sell" not in self.said.sides_of(action.symbol):
            self._differ("side", "You did not say to close or sell anything.")
        if action.symbol is None and not self.said.has(lexicon.ALL_OF_IT):
            self._differ("symbol", "You did not say to close everything.")
        if action.percent != HUNDRED:
            self._claim("size", action.percent, "{}% of a position", _is_share, action.symbol)
        elif self.said.figures or not (self.said.has_word(WHOLE_WORDS) or self._closes()):
            self._differ("size", "You did not say to close all of it.")
        self._refuse_terms()

    def _closes(self) -> bool:
        """Whether a verb stands there that takes the whole position where no size is said."""
        places = range(len(self.said.reader.tokens))
        return any(
            self.said.reader.said(at, at + length).lower() in lexicon.CLOSE_VERBS
            for at in places
            if (length := self.said.reader.is_phrase(lexicon.SELL, at))
        )

    def _manage(self, action: CancelOrders | ModifyOrder) -> None:
        kind = action.body()["type"]
        self._symbol(action.symbol)
        if not self.said.has(MANAGING[kind]):
            self._differ("side", "You did not ask to cancel or change an order.")
        if isinstance(action, ModifyOrder):
            for name in ("limit_price", "stop_price", "quantity"):
                value = getattr(action, name)
                if value is not None:
                    self._claim("size", value, f"a {name.replace('_', ' ')} of {{}}", _is_plain_or_money)
            self._field_words(action)
        elif action.symbol is None and not self.said.has(lexicon_commands.CANCEL_ALL):
            self._differ("symbol", "You did not say to cancel everything.")
        self._refuse_terms()

    def _field_words(self, action: ModifyOrder) -> None:
        """Which figure of an order is changed must be said as well."""
        places = range(len(self.said.reader.tokens))
        found = [lexicon_commands.PRICE_FIELDS.match(self.said.reader.tokens, at) for at in places]
        said = {one[0] for one in found if one}
        for name in ("limit_price", "stop_price", "quantity"):
            if getattr(action, name) is not None and name not in said:
                self._differ("size", f"You did not say to change the {name.replace('_', ' ')}.")

    def _refuse_terms(self) -> None:
        if self.said.is_conditional:
            self._differ("condition", "You named a condition, which is not in this.")
        if self.said.has_word(REPEATS):
            self._differ("schedule", "You said how often, which is not in this.")

    # Parts of an order -----------------------------------------------------------------------------------------------
    def _symbol(self, symbol: str | None) -> None:
        if symbol is None:
            return
        self.symbols.add(symbol)
        if not self.said.names(symbol):
            self._differ("symbol", f"You did not name {symbol}.")

    def _side(self, order: OrderTerms) -> None:
        sides = self.said.sides_of(order.symbol)
        if self.said.has(lexicon.SHORT):
            self._differ("side", "Short selling is not offered here.")
        if sides != {order.side}:
            self._differ("side", f"You did not say to {order.side} {order.symbol}.")

    def _size(self, order: OrderTerms) -> None:
        for name, words in SIZE_WORDS.items():
            value = getattr(order, name)
            if value is None:
                continue
            if name.startswith("percent") and value == HUNDRED and self._takes_all(name):
                continue
            self._claim("size", value, words, _SIZES[name], order.symbol)
            if name == "percent_of_cash" and not self.said.has(lexicon.CASH, lexicon.ALL_CASH):
                self._differ("size", "You did not speak of your cash.")

    def _takes_all(self, name: str) -> bool:
        if name == "percent_of_cash":
            return self.said.has(lexicon.ALL_CASH)
        return self.said.has(lexicon.ALL_OF, lexicon.ALL_OF_IT) and not self.said.figures

    def _prices(self, order: OrderTerms) -> None:
        for name, fits in _PRICES.items():
            value = getattr(order, name)
            if value is not None:
                self._claim("price", value, f"a {name.replace('_', ' ')} of {{}}", fits)
        words = TYPE_WORDS.get(order.order_type)
        if words and not self.said.has(*words) and not (order.order_type == "stop" and self.said.is_conditional):
            self._differ("order type", f"You did not say that it is a {order.order_type.replace('_', ' ')} order.")
        is_limited = order.limit_price is not None or order.stop_price is not None
        if not is_limited and self.said.has(lexicon.LIMIT_WORDS):
            self._differ("order type", "You spoke of a limit, which is not in this.")
        if order.order_type != "trailing_stop" and self.said.has(more.TRAIL):
            self._differ("order type", "You spoke of a trailing stop, which is not in this.")

    def _option(self, order: OrderTerms) -> None:
        leg = order.option
        if leg is None:
            if self.said.has_word(OPTION_WORDS):
                self._differ("option", "You spoke of an option, which is not in this.")
            return
        self.uses_dates = True
        if not self.said.has_word(frozenset({f"{leg.right}", f"{leg.right}s"})):
            self._differ("option", f"You did not say that it is a {leg.right}.")
        if leg.strike is not None:
            self._claim("option", leg.strike, "a strike of {}", _is_strike)
        days = [self.said.reader.date(at) for at in range(len(self.said.reader.tokens))]
        said = {found for found in days if found}
        if not any(found.day.isoformat() == leg.expiration for found in said):
            self._differ("option", f"You did not name an expiration of {leg.expiration}.")
        for found in said:
            self._take_numbers_of_dates(found)

    def _take_numbers_of_dates(self, found: DateRead) -> None:
        """The figures of a date are taken up with it."""
        for at, _token in enumerate(self.said.reader.tokens):
            if self.said.reader.date(at) == found:
                covered = range(at, at + found.length)
                self.claimed |= {n for n, figure in enumerate(self.said.figures) if figure.start in covered}

    def _when(self, action: PlaceOrder) -> None:
        is_stop = action.order.order_type in {"stop", "stop_limit"}
        if action.when is not None:
            self._symbol(action.when.symbol)
            self._condition(action.when)
        elif self.said.is_conditional and not is_stop:
            self._differ("condition", "You named a condition, which is not in this.")
        elif self.said.is_conditional and action.order.stop_price is not None:
            self._condition_of_stop(action.order)

    def _condition(self, when: Condition) -> None:
        """The condition must be one that the embedded reader reads in the words."""
        named = [
            read
            for read in self.said.conditions
            if (read.metric, read.value) == (when.metric, when.value)
            and read.operator in {when.operator, ""}
            and (read.reference or when.reference) == when.reference
            and (read.name is None or read.name.symbol in {when.symbol, None})
        ]
        if not named:
            value = plain(when.value)
            self._differ("condition", f"You did not say “{when.metric.replace('_', ' ')} {when.operator} {value}”.")
            return
        self._take(abs(when.value))

    def _condition_of_stop(self, order: OrderTerms) -> None:
        falls = "<=" if order.side == "sell" else ">="
        fitting = [one for one in self.said.conditions if one.value == order.stop_price]
        if not any(one.operator in {falls, ""} and one.metric == "price" for one in fitting):
            self._differ("condition", "The condition you named is not the one of this stop.")

    def _every(self, action: PlaceOrder) -> None:
        if action.every is not None:
            self.uses_dates = True
        said = self.said.schedule if action.every or self.said.has_word(REPEATS) else None
        if action.every != said:
            self._differ("schedule", "How often it repeats is not what you said.")
        if action.every is None and self.said.has_word(REPEATS):
            self._differ("schedule", "You said how often, which is not in this.")
        if action.every is not None and action.every.day_of_month is not None:
            self._take(Decimal(action.every.day_of_month))

    def _exits(self, action: PlaceOrder) -> None:
        said = self.said.exits()
        given = {name: getattr(action.bracket, name) if action.bracket else None for name in said}
        is_exit = action.order.side == "sell" or action.order.order_type in {"stop", "stop_limit", "trailing_stop"}
        if not any(given.values()) and is_exit:
            return
        for name, value in given.items():
            words = name.replace("_", " ")
            if value != said[name]:
                self._differ("exits", f"The {words} is not what you said.")
            elif value is not None:
                self._take(value)
        if action.bracket is None and self.said.has(more.STOP_LOSS, more.TAKE_PROFIT):
            self._differ("exits", "You spoke of a stop loss or a take profit, which is not in this.")

    def time_in_force(self, action: Action) -> Action:
        """The action with the time in force that was said; where none was, the usual one, whatever the model chose."""
        if not isinstance(action, PlaceOrder):
            return action
        order, said = action.order, self.said.times_in_force
        if said and order.time_in_force not in said:
            self._differ("time in force", f"You did not say “{order.time_in_force}”.")
        usual = "gtc" if order.asset_class == "crypto" else "day"
        if said or order.time_in_force == usual:
            return action
        lasts = "good until canceled" if usual == "gtc" else "good today"
        text = f"You did not say how long it works, so it is {lasts}."
        self.differences.append(Difference(part="time in force", text=text, is_grave=False))
        return replace(action, order=replace(order, time_in_force=usual))

    # Figures ---------------------------------------------------------------------------------------------------------
    def _claim(
        self, part: str, value: Decimal, words: str, fits: Callable[[Figure], bool], symbol: str | None = None
    ) -> None:
        """Take the number of the words that made this field; each makes one, unless it is said for several."""
        found = [
            at
            for at, figure in enumerate(self.said.figures)
            if figure.is_value(value)
            and fits(figure)
            and (at not in self.claimed or self.said.has_word(SHARED))
            and self._is_beside(figure, symbol)
        ]
        if found:
            self.claimed.add(found[0])
        else:
            self._differ(part, f"You did not say {words.format(plain(value))}.")

    def _is_beside(self, figure: Figure, symbol: str | None) -> bool:
        """Where several instruments are named a number belongs to the nearest one."""
        is_shared = len(self.said.symbols) < 2 or symbol is None or self.said.has_word(SHARED)
        return is_shared or self.said.nearest(figure) == {symbol}

    def _take(self, value: Decimal) -> None:
        for at, figure in enumerate(self.said.figures):
            if at not in self.claimed and figure.is_value(value):
                self.claimed.add(at)
                return

    def _differ(self, part: str, text: str) -> None:
        found = Difference(part=part, text=text)
        if found not in self.differences:
            self.differences.append(found)


def _is_count(figure: Figure) -> bool:
    return figure.kind == "plain" and not figure.is_part and not figure.is_priced


def _is_money(figure: Figure) -> bool:
    is_money = figure.kind == "money" or figure.is_scaled
    return is_money and not figure.is_part and not figure.is_priced and not figure.is_counted


def _is_share(figure: Figure) -> bool:
    return figure.kind == "percent" or figure.is_part


def _is_price(figure: Figure) -> bool:
    return figure.kind != "percent" and not figure.is_part and not figure.is_counted and figure.is_priced


def _is_plain_or_money(figure: Figure) -> bool:
    return figure.kind != "percent" and not figure.is_part


def _is_stop(figure: Figure) -> bool:
    return figure.kind != "percent" and not figure.is_part and not figure.is_counted


def _is_strike(figure: Figure) -> bool:
    return figure.kind != "percent" and not figure.is_part


_SIZES: dict[str, Callable[[Figure], bool]] = {
    "quantity": _is_count,
    "notional": _is_money,
    "percent_of_position": _is_share,
    "percent_of_cash": _is_share,
}
_PRICES: dict[str, Callable[[Figure], bool]] = {
    "limit_price": _is_price,
    "stop_price": _is_stop,
    "trail_amount": _is_stop,
    "trail_percent": _is_share,
}
