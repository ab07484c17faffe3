"""Which reader a sentence needs: the embedded one wherever it reads the sentence, the model for the rest."""

from __future__ import annotations

from trading.interpreter.interpretation import Interpretation, Query

# What a plain question of the embedded reader settles by itself.
ASKED_WELL = frozenset(
    {
        "side",
        "quantity",
        "limit_price",
        "stop_price",
        "trail_amount",
        "trail_percent",
        "expiration",
        "strike",
        "account",
    }
)
# Topics that a model answers better, from the same figures.
ANALYSED = frozenset({"analysis"})


def needs_model(meaning: Interpretation) -> bool:
    """Whether the embedded reader did not read the sentence completely, or it asks for an analysis."""
    actions = meaning.actions
    if not actions:
        return True
    if meaning.is_complete:
        return all(isinstance(action, Query) and action.topic in ANALYSED for action in actions)
    missing = {part for action in actions for part in action.missing}
    return not missing or not missing <= ASKED_WELL
