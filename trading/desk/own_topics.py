"""Questions about the desk itself and about risk, which are no topics of the common contract of instructions."""

from __future__ import annotations

import re

from trading.desk.steps import Json

_HELP = re.compile(
    r"(?:please )?(?:help(?: me)?|what (?:can|could) (?:i|you) (?:say|do|ask|trade)(?: here)?|how does this work"
    r"|what do you (?:understand|do)|commands|examples)"
)
_RISK = re.compile(
    r"(?:please )?(?:(?:what(?:'s| is| are)|how (?:big|much|high) is|show(?: me)?|tell me|explain) )?(?:my |the )?"
    r"(?:current |portfolio |account )?(?:risk(?: limits?)?|value at risk|var|limits|exposure to risk)"
    r"(?: (?:today|now|right now))?"
    r"|how risky (?:is|are) my (?:portfolio|account|positions|book)"
    r"|(?:am i|are my positions) (?:protected|guarded)|what is (?:not guarded|unguarded)|how much (?:can|could) i lose"
)


def own_topic(text: str, meaning: Json) -> str | None:
    """`help` or `risk`, where the whole sentence asks for that and the reader found nothing to do in it."""
    if meaning["actions"]:
        return None
    said = re.sub(r"[^a-z' ]+", " ", text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    said = " ".join(said.split())
    if _HELP.fullmatch(said):
        return "help"
    return "risk" if _RISK.fullmatch(said) else None
