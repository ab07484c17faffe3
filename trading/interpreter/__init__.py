"""Plain language to typed actions: tokens, then clauses, then proposals that a person still has to confirm.

Nothing here trades. `interpret` is a pure function of the words, the name index, the moment and what was just said.
"""

from trading.interpreter.interpretation import Context, Interpretation
from trading.interpreter.service import interpret

__all__ = ["Context", "Interpretation", "interpret"]
