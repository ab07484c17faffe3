"""What a person's words hold, found with the embedded reader's own eyes: names, figures, sides, conditions, terms."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from marketdata.names import NEAR
from trading.interpreter import bounds, lexicon, lexicon_commands
from trading.interpreter import lexicon_more as more
from trading.interpreter.frame import Frame
from trading.interpreter.grammar_conditions import ConditionRead, read_condition
from trading.interpreter.grammar_exits import read_exit
from trading.interpreter.grammar_sizes import percent_text
from trading.interpreter.grammar_times import read_schedule, schedule_of
from trading.interpreter.interpretation import Schedule
from trading.interpreter.numbers import Amount
from trading.interpreter.phrases import Phrases, word_set
from trading.interpreter.reader import Reader

# A verb of these says a side only where no plainer one stands beside it.
WEAK_SELLS = word_set("drop cut close reduce trim exit shed pare lighten ax axe eject bail cover unwind")
PRICE_LEADS = (
    lexicon.LIMIT_WORDS, lexicon.AT_MOST, lexicon.AT_LEAST, more.STOP, more.STOP_LIMIT, more.STOP_LOSS,
    more.TAKE_PROFIT, bounds.LIMIT_CORE,
)  # fmt: skip
AT_LEADS = Phrases.of(
    "at|@|at a price of|at price|at the price of|priced at|at exactly|at a cost of|at a bid of|price of"
)
PRICE_TAILS = (lexicon.EACH, lexicon.OR_BETTER, lexicon.OR_LOWER, lexicon.OR_HIGHER)
POINTERS = frozenset({"it", "them", "that", "those", "these", "this"})
OPTION_WORDS = word_set("call calls puts option options strike strikes contract contracts")
REPEATS = word_set("every daily weekly monthly biweekly fortnightly recurring repeatedly")
HARMLESS = (
    lexicon.FILLERS, bounds.IF_GOT, more.TIME_IN_FORCE,
    Phrases.of("if possible|if you can|when you can|once again|if you please|when you get a chance|after all"),
)  # fmt: skip
LEADS_LENGTH = 6


@dataclass(frozen=True, slots=True)
class Mention:
    """An instrument that the words name, from one token to another. What is only possible need not be meant."""

    symbol: str
    start: int
    end: int
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Figure:
    """A number in the words: every value it may have, what kind it is, and what its neighbours make of it."""

    values: frozenset[Decimal]
    kind: str
    start: int
    end: int
    is_part: bool = False
    is_scaled: bool = False
    is_counted: bool = False  # "10 shares"
    is_priced: bool = False  # "at 180", "180 each"

    def is_value(self, value: Decimal) -> bool:
        """Whether the number can be this one; a part is as good as its percent."""
        return value in self.values or (self.is_part and any(percent_text(part) == value for part in self.values))


@dataclass(slots=True)
class Said:
    """All that is in one stretch of a person's words."""

    reader: Reader
    mentions: list[Mention] = field(default_factory=list)
    possible: list[Mention] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    conditions: list[ConditionRead] = field(default_factory=list)
    strong: list[tuple[int, str]] = field(default_factory=list)
    weak: list[tuple[int, str]] = field(default_factory=list)

    @classmethod
    def of(cls, reader: Reader) -> Said:
        """Everything found in the words."""
        said = cls(reader)
        said._find_names()
        said._find_figures()
        said._find_sides()
        said.conditions = [
            read
            for at in range(len(reader.tokens))
            for read in (read_condition(reader, at), read_condition(reader, at, lead=False))
            if read is not None
        ]
        return said

    # Finding ---------------------------------------------------------------------------------------------------------
    def _find_names(self) -> None:
        at = 0
        while at < len(self.reader.tokens):
            found = self.reader.name(at)
            if found and found.symbol:
                self.mentions.append(Mention(found.symbol, at, at + found.length))
                at += found.length
                continue
            maybe = self.reader.name(at, slot=True)
            if maybe and maybe.symbol and maybe.how != NEAR:
                self.possible.append(Mention(maybe.symbol, at, at + maybe.length, is_sure=False))
            at += 1

    def _is_named(self, at: int) -> bool:
        return any(mention.start <= at < mention.end for mention in self.mentions)

    def _find_figures(self) -> None:
        at, reader = 0, self.reader
        while at < len(reader.tokens):
            metric = more.METRICS.match(reader.tokens, at)
            if metric or self._is_named(at):
                at += metric[1] if metric else 1
                continue
            amount, price = reader.amount(at), self._price(at)
            longest = max((found for found in (amount, price) if found), key=lambda found: found.length, default=None)
            if longest is None:
                at += 1
                continue
            values = frozenset(found.value for found in (amount, price) if found)
            end = at + longest.length
            kind = amount.kind if amount else longest.kind
            self.figures.append(
                Figure(
                    values, kind, at, end,
                    is_part=bool(amount and amount.is_part),
                    is_scaled=bool(amount and amount.is_scaled),
                    is_counted=reader.low(end) in lexicon.UNITS,
                    is_priced=self._is_priced(at, end),
                )
            )  # fmt: skip
            at = end

    def _price(self, at: int) -> Amount | None:
        names = {mention.symbol for mention in self.mentions}
        usual = self.reader.name(self.mentions[0].start) if len(names) == 1 else None
        return self.reader.price(at, usual)

    def _is_priced(self, start: int, end: int) -> bool:
        """Whether the words around a number make it a price."""
        for lead in range(max(0, start - LEADS_LENGTH), start):
            tables = (*PRICE_LEADS, AT_LEADS)
            length = max(self.reader.is_phrase(table, lead) for table in tables)
            step = lead + length
            step += self.reader.is_phrase(more.OF_AT, step) if length else 0
            if length and start in {lead + length, step}:
                return True
        return any(self.reader.is_phrase(table, end) for table in PRICE_TAILS) or self.reader.low(end) in {
            "limit",
            "stop",
        }

    def _find_sides(self) -> None:
        at = 0
        while at < len(self.reader.tokens):
            skipped = max(
                self.reader.is_phrase(table, at) for table in (more.TIME_IN_FORCE, more.STOP, more.STOP_LIMIT)
            )
            if skipped or self._is_named(at):
                at += skipped or 1
                continue
            at += self._side_at(at) or 1

    def _side_at(self, at: int) -> int:
        """Note the side that a verb here says; how long it is."""
        reader = self.reader
        effect = lexicon.EFFECTS.match(reader.tokens, at) or lexicon.TYPED.match(reader.tokens, at)
        if effect:
            self.strong.append((at, effect[0].split()[0]))
            return effect[1]
        buy, sell = reader.is_phrase(lexicon.BUY, at), reader.is_phrase(lexicon.SELL, at)
        invest = reader.is_phrase(lexicon.INVEST, at) if self._goes_into(at) else 0
        length = max(buy, sell, invest)
        if not length:
            return 0
        words = " ".join(reader.low(at + step) for step in range(length))
        if sell == length and sell > buy:
            (self.weak if reader.low(at) in WEAK_SELLS else self.strong).append((at, "sell"))
        else:
            is_weak = words in lexicon.WEAK_BUYS or not buy
            (self.weak if is_weak else self.strong).append((at, "buy"))
        return length

    def _goes_into(self, at: int) -> bool:
        return any(self.reader.low(step) in {"into", "in", "on"} for step in range(at + 1, len(self.reader.tokens)))

    # Asking ----------------------------------------------------------------------------------------------------------
    @property
    def symbols(self) -> frozenset[str]:
        """The instruments that the words name for sure."""
        return frozenset(mention.symbol for mention in self.mentions)

    def names(self, symbol: str) -> bool:
        """Whether the words name it, or point at what the person last spoke of."""
        if any(mention.symbol == symbol for mention in (*self.mentions, *self.possible)):
            return True
        points = any(token.low in POINTERS for token in self.reader.tokens)
        return points and not self.mentions and self.reader.context.last_symbol == symbol

    def sides_of(self, symbol: str | None) -> frozenset[str]:
        """The sides that the words can mean for this instrument: of several, that of the verb before it."""
        verbs = self.strong or self.weak
        sides = frozenset(side for _, side in verbs)
        places = [mention.start for mention in self.mentions if mention.symbol == symbol]
        if len(sides) < 2 or not places:
            return sides
        before = [(at, side) for at, side in verbs if at < places[0]]
        return frozenset({max(before)[1]}) if before else sides

    def nearest(self, figure: Figure) -> frozenset[str]:
        """The instruments that stand nearest to a number."""
        far = {
            mention: mention.start - figure.end if mention.start >= figure.end else figure.start - mention.end
            for mention in self.mentions
        }
        least = min(far.values(), default=0)
        return frozenset(mention.symbol for mention, distance in far.items() if distance == least)

    def has(self, *tables: Phrases) -> bool:
        """Whether any phrase of these tables stands in the words."""
        return any(self.reader.is_phrase(table, at) for table in tables for at in range(len(self.reader.tokens)))

    def has_word(self, words: frozenset[str]) -> bool:
        """Whether any of these words stands there."""
        return any(token.low in words for token in self.reader.tokens)

    @property
    def is_conditional(self) -> bool:
        """Whether something must become true first, in words that are no courtesy."""
        at = 0
        while at < len(self.reader.tokens):
            harmless = max(self.reader.is_phrase(table, at) for table in HARMLESS)
            if not harmless and self.reader.is_phrase(more.WHEN, at):
                return True
            at += harmless or 1
        return False

    @property
    def times_in_force(self) -> frozenset[str]:
        """How long the words let an order work."""
        found = [more.TIME_IN_FORCE.match(self.reader.tokens, at) for at in range(len(self.reader.tokens))]
        return frozenset(one[0] for one in found if one)

    @property
    def schedule(self) -> Schedule | None:
        """How often the words let an order repeat."""
        frame = Frame()
        for at in range(len(self.reader.tokens)):
            read_schedule(self.reader, frame, at)
        return schedule_of(frame)

    def exits(self) -> dict[str, Decimal | None]:
        """The stop loss and the take profit that the words name."""
        frame = Frame(side="buy", name=self.reader.name(self.mentions[0].start) if self.mentions else None)
        for at in range(len(self.reader.tokens)):
            read_exit(self.reader, frame, at)
        names = ("stop_loss_price", "stop_loss_percent", "take_profit_price", "take_profit_percent")
        return {name: getattr(frame, name) for name in names}

    @property
    def asks(self) -> bool:
        """Whether it ends as a question."""
        return any(token.low == "?" for token in self.reader.tokens)

    @property
    def wants_alert(self) -> bool:
        """Whether the person wants to be told of something."""
        return self.has(lexicon_commands.ALERT)
