"""Keys for programs: issue, recognise, revoke."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import ApiToken, Scope, User
from arbion.domain.errors import InvalidInput, NotFound
from arbion.lib.clock import SYSTEM, Clock

KEY_MARK = "arb_"
KEY_BYTES = 32  # 256 bits of chance: a plain digest is enough, there is nothing to guess
PREFIX_LENGTH = 10
DAYS_MAX = 366
TOKENS_PER_PERSON_MAX = 100
SIGN_INS_PER_PERSON_MAX = 20
SIGN_IN_NAME = "signed in by password"
USED_EVERY = timedelta(minutes=1)

TokenRows = QuerySet[ApiToken]


def digest_of(key: str) -> str:
    """What is stored of a key."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


@transaction.atomic
def issue(
    *, user: User, name: str, scope: str, days: int | None = None, actor: User | None, clock: Clock = SYSTEM
) -> tuple[ApiToken, str]:
    """Make a key; the second value is the key itself, which cannot be had again."""
    days = settings.API_TOKEN_DAYS if days is None else days
    _check(name=name, scope=scope, days=days)
    now = clock.now()
    if tokens_of(user).filter(revoked_at__isnull=True, expires_at__gt=now).count() >= TOKENS_PER_PERSON_MAX:
        raise InvalidInput.of("name", "too_many_tokens", f"At most {TOKENS_PER_PERSON_MAX} live tokens a person.")
    key = KEY_MARK + secrets.token_urlsafe(KEY_BYTES)
    token = ApiToken.objects.create(
        user=user,
        name=name.strip(),
        prefix=key[:PREFIX_LENGTH],
        digest=digest_of(key),
        scope=scope,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    facts = {"name": token.name, "scope": scope, "days": days, "person": str(user.public_id)}
    audit.record(actor=actor, action="account.token_created", subject=_subject(token), data=facts, clock=clock)
    return token, key


@transaction.atomic
def issue_at_sign_in(*, user: User, scope: str, clock: Clock = SYSTEM) -> tuple[ApiToken, str]:
    """The key that a program gets for e-mail address and password; of these only the last twenty live."""
    live = tokens_of(user).filter(name=SIGN_IN_NAME, revoked_at__isnull=True, expires_at__gt=clock.now())
    for token in live[SIGN_INS_PER_PERSON_MAX - 1 :]:
        revoke(token, actor=user, clock=clock)
    return issue(user=user, name=SIGN_IN_NAME, scope=scope, actor=user, clock=clock)


def _check(*, name: str, scope: str, days: int) -> None:
    if not name.strip() or len(name.strip()) > 60 or not name.isprintable():
        raise InvalidInput.of("name", "invalid_name", "A name of up to 60 characters.")
    if scope not in Scope.values:
        raise InvalidInput.of("scope", "invalid_choice", "The scope is read or trade.")
    if not 1 <= days <= DAYS_MAX:
        raise InvalidInput.of("days", "out_of_range", f"From 1 to {DAYS_MAX} days.")


def user_of(key: str, *, clock: Clock = SYSTEM) -> tuple[User, ApiToken] | None:
    """The person and the token behind a key; None when it is unknown, spent, revoked or of a closed account."""
    token = ApiToken.objects.select_related("user").filter(digest=digest_of(key)).first()
    now = clock.now()
    if token is None or not token.is_usable(now) or not token.user.is_active:
        return None
    _note_used(token, clock=clock)
    return token.user, token


def _note_used(token: ApiToken, *, clock: Clock) -> None:
    now = clock.now()
    if token.last_used_at is not None and now - token.last_used_at < USED_EVERY:
        return
    due = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - USED_EVERY)
    ApiToken.objects.filter(due, pk=token.pk).update(last_used_at=now)
    token.last_used_at = now


def tokens_of(user: User) -> QuerySet[ApiToken]:
    """A person's tokens, newest first."""
    return ApiToken.objects.filter(user=user).order_by("-pk")


def get_token(user: User, public_id: UUID) -> ApiToken:
    """One of the person's own tokens."""
    token = tokens_of(user).filter(public_id=public_id).first()
    if token is None:
        raise NotFound("There is no such token.")
    return token


@transaction.atomic
def revoke(token: ApiToken, *, actor: User | None, clock: Clock = SYSTEM) -> None:
    """Make a token useless for good; a second time changes nothing."""
    revoked = ApiToken.objects.filter(pk=token.pk, revoked_at__isnull=True).update(revoked_at=clock.now())
    if revoked:
        facts = {"name": token.name, "person": str(token.user.public_id)}
        audit.record(actor=actor, action="account.token_revoked", subject=_subject(token), data=facts, clock=clock)
        token.refresh_from_db(fields=["revoked_at"])


@transaction.atomic
def revoke_all(user: User, *, actor: User | None, clock: Clock = SYSTEM) -> int:
    """Revoke every live token of a person; the answer is how many there were."""
    live = list(tokens_of(user).filter(revoked_at__isnull=True))
    for token in live:
        revoke(token, actor=actor, clock=clock)
    return len(live)


def _subject(token: ApiToken) -> str:
    return f"token:{token.public_id}"
