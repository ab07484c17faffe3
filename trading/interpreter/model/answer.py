"""What a model's turn comes to: an interpretation like any other, the answer in words, and where it all came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from trading.interpreter.interpretation import Action, Interpretation

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One figure with where it came from and of which time it is."""

    what: str
    value: str
    source: str
    at: str

    def to_dict(self) -> Json:
        """As it is kept and shown."""
        return {"what": self.what, "value": self.value, "source": self.source, "at": self.at}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a tool found: data for the model, the figures among it for the person."""

    data: Any
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something of a proposal that is not in the person's words. What is grave must be asked about."""

    part: str
    text: str
    is_grave: bool = True

    def to_dict(self) -> Json:
        """As it is kept and shown."""
        return {"part": self.part, "text": self.text, "grave": self.is_grave}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a model said and proposed, before anything of it is checked."""

    text: str = ""
    actions: tuple[Action, ...] = ()
    steps: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    tokens: int = 0
    model: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The whole answer, checked. Its `interpretation` is the same that the embedded reader gives."""

    interpretation: Interpretation
    text: str = ""
    steps: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    differences: tuple[Difference, ...] = ()
    tokens: int = 0
    model: str = field(default="")

    def to_dict(self) -> Json:
        """The contract's JSON with what only a model's answer has beside it."""
        return {
            **self.interpretation.to_dict(),
            "reader": "model",
            "text": self.text,
            "steps": list(self.steps),
            "sources": [source.to_dict() for source in self.sources],
            "differences": [difference.to_dict() for difference in self.differences],
        }
