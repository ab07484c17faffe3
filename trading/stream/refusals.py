"""What a socket is refused: some refusals are told, others are told and end the connection."""

from __future__ import annotations

from typing import ClassVar

from arbion.domain.errors import ArbionError, InvalidInput

SIGN_IN_FIRST = 4401
FOREIGN_ORIGIN = 4403
TOO_MUCH = 4429
FRAME_TOO_LARGE = 1009
BROKEN = 1011


class Ending(ArbionError):
    """The connection ends."""

    close_code: ClassVar[int] = TOO_MUCH


class NotSignedIn(Ending):
    """Sign in first: with the web session, or with a token in the first message."""

    code = "not_authenticated"
    close_code = SIGN_IN_FIRST


class BadToken(Ending):
    """This token is unknown, expired or revoked."""

    code = "invalid_token"
    close_code = SIGN_IN_FIRST


class SignedOut(Ending):
    """The session or the token that opened this connection is no longer good."""

    code = "signed_out"
    close_code = SIGN_IN_FIRST


class TooManySockets(Ending):
    """Too many connections of one person: close another one first."""

    code = "too_many_connections"


class TooManyMessages(Ending):
    """Too many messages in a minute."""

    code = "rate_limited"


class TooManyChannels(Ending):
    """Too many subscriptions on one connection."""

    code = "too_many_subscriptions"


class TooLargeFrame(Ending):
    """This message is larger than the stream accepts."""

    code = "frame_too_large"
    close_code = FRAME_TOO_LARGE


class Broken(Ending):
    """Something went wrong on our side: connect again."""

    code = "internal_error"
    close_code = BROKEN


class UnknownOp(InvalidInput):
    """There is no such op: auth, subscribe, unsubscribe and ping are understood."""

    code = "unknown_op"


class UnknownChannel(InvalidInput):
    """There is no such channel."""

    code = "unknown_channel"


class AlreadySignedIn(InvalidInput):
    """This connection is signed in already."""

    code = "already_authenticated"
