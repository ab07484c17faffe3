"""The whole picture of a book's risk in one answer, with what it does not know said as plainly as what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from arbion.domain.enums import Interval
from arbion.domain.numbers import ZERO, plain
from marketdata.times import from_seconds
from riskdesk.analytics import scenarios, var
from riskdesk.analytics.beta import Beta, Correlations, beta, correlations, portfolio_beta
from riskdesk.analytics.book import Book, Line
from riskdesk.analytics.figures import OBSERVATIONS_LEAST, Unanswered
from riskdesk.analytics.greeks import BookGreeks, book_greeks
from riskdesk.analytics.history import History
from riskdesk.analytics.repricing import priced, profits
from riskdesk.analytics.returns import Closes, Returns, align, simple_returns
from riskdesk.analytics.scenarios import Outcome
from riskdesk.analytics.var import Exposure, ValueAtRisk

CONFIDENCE = Decimal("0.95")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The past that stands behind value at risk: how many returns, from when to when, of which symbols.

    `left_out` counts the times at which some of the symbols have a price and others none: they are not used.
    """

    count: int
    begins: datetime | None
    ends: datetime | None
    symbols: tuple[str, ...]
    left_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """A book at one moment: money in the account's currency, what cannot be said as `Unanswered`.

    `scenarios` and `gaps` are worst first; `betas` are by underlying, `unknown` are sentences for a person.
    """

    at: datetime
    value: Decimal
    gross_value: Decimal
    equity: Decimal
    confidence: Decimal
    horizon_days: int
    span: Span
    historical: ValueAtRisk | Unanswered
    parametric: ValueAtRisk | Unanswered
    benchmark: str
    portfolio_beta: Beta | Unanswered
    betas: Mapping[str, Beta | Unanswered]
    correlations: Correlations
    scenarios: tuple[Outcome, ...]
    gaps: tuple[Outcome, ...]
    greeks: BookGreeks
    unknown: tuple[str, ...]


def symbols_needed(book: Book, benchmark: str) -> tuple[str, ...]:
    """The symbols whose history `assess` reads: fetch them with `history.closes`."""
    return tuple(dict.fromkeys((*book.underlyings, benchmark)))


def assess(
    book: Book, history: History, benchmark: str, *, confidence: Decimal = CONFIDENCE, horizon_days: int = 1
) -> Assessment:
    """Everything that can be said of the book from this history of daily closes; `benchmark` is a symbol in it.

    A position whose history is too short is left out of value at risk and beta and named in `unknown`; scenarios and
    Greeks need no history and hold all lines. Raises InvalidInput for a confidence or a horizon out of range.
    """
    known = {symbol: one for symbol, one in history.closes.items() if len(one) > OBSERVATIONS_LEAST}
    lines = [line for line in book.lines if line.underlying in known]
    returns = simple_returns(align({symbol: known[symbol] for symbol in _moved_by(lines)}))
    greeks = book_greeks(book)
    exposures = _exposures(greeks, returns)
    return Assessment(
        at=book.at,
        value=book.value,
        gross_value=book.gross_value,
        equity=book.equity,
        confidence=confidence,
        horizon_days=horizon_days,
        span=_span(returns),
        historical=_historical(book, returns, lines, confidence=confidence, horizon_days=horizon_days),
        parametric=_without_history(book, lines)
        or var.parametric(exposures, returns, confidence=confidence, horizon_days=horizon_days),
        benchmark=benchmark,
        portfolio_beta=_without_history(book, lines) or _portfolio_beta(book, exposures, known, benchmark),
        betas=_betas(book, history, benchmark),
        correlations=correlations({symbol: known[symbol] for symbol in _moved_by(lines)}),
        scenarios=scenarios.run(book, scenarios.standard_shocks()),
        gaps=scenarios.worst_gaps(book),
        greeks=greeks,
        unknown=_unknown(book, history, returns),
    )


def _moved_by(lines: Sequence[Line]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(line.underlying for line in lines))


def _exposures(greeks: BookGreeks, returns: Returns) -> list[Exposure]:
    """The delta in money of each line that has returns: what moves with its underlying."""
    return [
        Exposure(position=one.name, symbol=one.underlying, value=one.delta_value)
        for one in greeks.positions
        if one.underlying in returns.symbols
    ]


def _historical(
    book: Book, returns: Returns, lines: Sequence[Line], *, confidence: Decimal, horizon_days: int
) -> ValueAtRisk | Unanswered:
    """Options are priced again for each past day, so that what they are not linear in counts."""
    names = [line.symbol for line in lines]
    table = profits(book, returns, lines)
    found = var.historical_of(names, table, confidence=confidence, horizon_days=horizon_days)
    return _without_history(book, lines) or found


def _without_history(book: Book, lines: Sequence[Line]) -> Unanswered | None:
    """The answer where something is held, and nothing of it has a past."""
    if lines or not book.lines:
        return None
    detail = "Nothing that is held has enough history."
    return Unanswered(code="too_little_history", detail=detail, needed=OBSERVATIONS_LEAST)


def _portfolio_beta(
    book: Book, exposures: Sequence[Exposure], known: Mapping[str, Closes], benchmark: str
) -> Beta | Unanswered:
    if benchmark not in known:
        return _no_benchmark(benchmark)
    used = dict.fromkeys((*(exposure.symbol for exposure in exposures), benchmark))
    returns = simple_returns(align({symbol: known[symbol] for symbol in used}))
    return portfolio_beta(exposures, returns, benchmark=benchmark, equity=book.equity)


def _betas(book: Book, history: History, benchmark: str) -> dict[str, Beta | Unanswered]:
    against = history.closes.get(benchmark)
    found: dict[str, Beta | Unanswered] = {}
    for symbol in book.underlyings:
        own = history.closes.get(symbol)
        if against is None:
            found[symbol] = _no_benchmark(benchmark)
        elif own is None:
            detail = f"{symbol} has no history here."
            found[symbol] = Unanswered(code="too_little_history", detail=detail, needed=OBSERVATIONS_LEAST)
        else:
            found[symbol] = beta(own, against)
    return found


def _no_benchmark(benchmark: str) -> Unanswered:
    return Unanswered(code="no_benchmark", detail=f"The benchmark {benchmark} has too little history here.")


def _span(returns: Returns) -> Span:
    times = returns.time.tolist()
    return Span(
        count=returns.count,
        begins=from_seconds(times[0]) if times else None,
        ends=from_seconds(times[-1]) if times else None,
        symbols=returns.symbols,
        left_out=max(returns.missing.values(), default=0),
    )


def _unknown(book: Book, history: History, returns: Returns) -> tuple[str, ...]:
    """What these figures do not know, the gravest first."""
    found = [f"{symbol} has no price: it is in none of these figures." for symbol in book.unpriced]
    if missing := [line for line in book.lines if line.underlying not in returns.symbols]:
        names = ", ".join(dict.fromkeys(line.symbol for line in missing))
        size = plain(sum((abs(line.value) for line in missing), ZERO).quantize(Decimal("0.01")))
        found.append(f"Too little history of {names}, worth {size}: not in value at risk, beta and correlations.")
    if exercised := priced(book).valued_as_exercised:
        names = ", ".join(exercised)
        found.append(f"The price of {names} tells no volatility: valued at what exercising would bring.")
    if left_out := max(returns.missing.values(), default=0):
        names = ", ".join(symbol for symbol, count in returns.missing.items() if count == left_out)
        found.append(f"Days on which not everything that is held has a price are left out: {left_out} for {names}.")
    if returns.count:
        found.append(f"The past {returns.count} days are taken as a guide; days worse than all of them are not in it.")
    if book.lines:
        found.append("Everything is taken to be sold at its price: no slippage, no closed markets, no halts.")
        found.append("Dividends and fees are not counted in the returns.")
    if any(line.option for line in book.lines):
        found.append("Options are priced with one volatility each, which stays as it is while the price moves.")
        found.append("The parametric figures see options as straight lines; the historical ones price them again.")
    if history.interval is not Interval.D1:
        found.append(f"The history is of bars of {Interval(history.interval).label}: a day here is one of these bars.")
    return tuple(found)
