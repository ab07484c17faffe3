"""What can go wrong at a venue, sorted by what may be done next."""

from __future__ import annotations

from arbion.domain.errors import ArbionError


class VenueError(ArbionError):
    """The venue did not do what was asked."""

    code = "venue_error"
    http_status = 502
    title = "The venue did not do it"


class VenueRejected(VenueError):
    """The venue refused for good; its reason is in the message. Never tried again.

    `reject_code` is the venue's own stable word for the reason, such as `insufficient_cash`; `venue_order_id` is empty
    where the venue kept nothing of the request.
    """

    code = "venue_rejected"
    http_status = 422

    def __init__(self, message: str = "", *, reject_code: str = "venue_rejected", venue_order_id: str = "") -> None:
        super().__init__(message, reject_code=reject_code, venue_order_id=venue_order_id)
        self.reject_code = reject_code
        self.venue_order_id = venue_order_id


class VenueUnavailable(VenueError):
    """The venue did not take the request at all; it may be tried again later."""

    code = "venue_unavailable"
    http_status = 503


class OutcomeUnknown(VenueError):
    """The request may or may not have arrived. It is never repeated, only looked up."""

    code = "venue_outcome_unknown"
