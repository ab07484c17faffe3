"""The embedded reader: how long a sentence takes, over all that the project tests it with; its start apart."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

from django.conf import settings

from arbion.benchmarks.figures import Figures, milliseconds, percentile, ratio
from arbion.benchmarks.rooms import NotMeasured
from marketdata.catalogue import rows
from marketdata.names import NameIndex
from trading.interpreter import interpret

CORPUS = settings.BASE_DIR / "tests" / "trading" / "interpreter" / "corpus"
AS_OF = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
# What nobody who types notices; a sentence is read before anything else of an answer begins.
LIMIT_MS = 10.0
SMALL = 60


def measure(*, seconds: float, small: bool) -> Figures:
    """Every sentence in turn, again and again until the time is up; each at least once."""
    said = _sentences()
    said = said[:: max(1, len(said) // SMALL)][:SMALL] if small else said
    begun = time.perf_counter()
    index = NameIndex.build(rows())
    built = time.perf_counter()
    interpret(said[0], index=index, as_of=AS_OF)
    first = time.perf_counter()
    took: list[float] = []
    worked: list[float] = []
    slowest = (0.0, "")
    while not took or first + seconds > time.perf_counter():
        for text in said:
            start, work = time.perf_counter(), time.process_time()
            interpret(text, index=index, as_of=AS_OF)
            worked.append(time.process_time() - work)
            took.append(time.perf_counter() - start)
            slowest = max(slowest, (took[-1], text))
    return {
        "sentences": len(said),
        "read": _shares(took),
        # Without what a busy machine made it wait.
        "worked": _shares(worked),
        "slowest": slowest[1],
        "slowest_ms": round(slowest[0] * 1000, 3),
        "limit_ms": LIMIT_MS,
        "p95_to_limit": ratio(_shares(took)["p95_ms"], LIMIT_MS),
        "worked_p95_to_limit": ratio(_shares(worked)["p95_ms"], LIMIT_MS),
        "index_ms": round((built - begun) * 1000, 1),
        "first_sentence_ms": round((first - built) * 1000, 3),
    }


def _shares(seconds: list[float]) -> Figures:
    return {**milliseconds(seconds), "p95_ms": round(percentile(seconds, 0.95) * 1000, 3)}


def _sentences() -> list[str]:
    texts = [
        str(json.loads(line)["text"])
        for path in sorted(CORPUS.glob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").splitlines()
        if line
    ]
    if not texts:
        raise NotMeasured("the sentences of the tests are not beside the project")
    return texts
