"""What trading refuses, and why."""

from __future__ import annotations

from arbion.domain.errors import ArbionError, Conflict


class IdempotencyMismatch(Conflict):
    """This key was used before for something else."""

    code = "idempotency_mismatch"
    title = "The key was used for something else"


class RiskDenied(ArbionError):
    """The risk desk refused this order."""

    code = "risk_denied"
    http_status = 422
    title = "The risk desk refused this order"


class OrderNotOpen(Conflict):
    """The order is no longer open."""

    code = "order_not_open"
    title = "The order is no longer open"


class ReplacePending(Conflict):
    """An earlier change of this order has not been answered yet."""

    code = "replace_pending"
    title = "A change is under way"


class StaleQuote(ArbionError):
    """There is no fresh price for this instrument right now."""

    code = "stale_quote"
    http_status = 422
    title = "No fresh price"


class StaleOrder(Conflict):
    """Somebody else changed the order first."""

    code = "stale_order"


class BooksChanged(Conflict):
    """The books moved under us although we hold the lock; nothing was written."""

    code = "books_changed"


class StopNotStanding(Conflict):
    """The stop has gone off or has ended; there is nothing to change."""

    code = "stop_not_standing"
    title = "The stop stands no longer"


class NotInCharge(Conflict):
    """Another monitor has taken over; this one must not act."""

    code = "not_in_charge"


class ProposalExpired(Conflict):
    """The preview is too old: ask again for a fresh price."""

    code = "preview_expired"
    title = "The preview is too old"


class ProposalUsed(Conflict):
    """This proposal was already carried out or dismissed."""

    code = "proposal_used"
    title = "Already carried out"


class ProposalIncomplete(ArbionError):
    """There is nothing to carry out: something is still missing."""

    code = "proposal_incomplete"
    http_status = 422
    title = "Something is missing"


class PreviewChanged(Conflict):
    """What would be done now is not what was shown; nothing was done."""

    code = "preview_changed"
    title = "The preview has changed"


class PriceMoved(Conflict):
    """The price has left the band around the one that was shown; nothing was done."""

    code = "price_moved"
    title = "The price has moved"
