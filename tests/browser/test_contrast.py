"""The colours of static/src/tokens.css, measured: text is readable on every surface, in both themes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).resolve().parents[2] / "static/src/tokens.css"
TEXTS = ("text", "muted", "faint", "up", "down", "accent", "warn")
SURFACES = ("canvas", "panel", "raised")
WASHES = ("up", "down", "accent", "warn")
BUTTONS = ("primary", "primary-strong", "buy", "buy-strong", "sell", "sell-strong")
AA_TEXT, AA_BORDER = 4.5, 3.0


def _tokens() -> dict[str, dict[str, str]]:
    """Colour by token, light and dark."""
    text = TOKENS.read_text()
    light, dark = {}, {}
    for name, first, second in re.findall(r"--color-([a-z-]+): light-dark\((#\w{6}), (#\w{6})\)", text):
        light[name], dark[name] = first, second
    for name, colour in re.findall(r"--color-([a-z-]+): (#\w{6});", text):
        light[name] = dark[name] = colour
    return {"light": light, "dark": dark}


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    brighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_text_is_readable_where_it_stands(theme: str) -> None:
    """WCAG AA for text on each surface, on its own wash, and for white on each button."""
    colour = _tokens()[theme]
    pairs = {f"{text} on {surface}": (colour[text], colour[surface]) for text in TEXTS for surface in SURFACES}
    pairs |= {f"{text} on its wash": (colour[text], colour[f"{text}-wash"]) for text in WASHES}
    pairs |= {f"text on {wash} wash": (colour["text"], colour[f"{wash}-wash"]) for wash in WASHES}
    pairs |= {f"white on {button}": (colour["white"], colour[button]) for button in BUTTONS}
    faint = {name: round(_contrast(*pair), 2) for name, pair in pairs.items() if _contrast(*pair) < AA_TEXT}
    assert faint == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_borders_of_inputs_are_seen(theme: str) -> None:
    """WCAG AA for the edge of a control."""
    colour = _tokens()[theme]
    faint = [surface for surface in SURFACES if _contrast(colour["control"], colour[surface]) < AA_BORDER]
    assert faint == []
