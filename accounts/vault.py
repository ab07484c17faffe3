"""The vault: a person's secrets, sealed under the installation's key and bound to the person and the purpose.

The one place where such a secret is plain. Few may import it (an import contract says who), and no page shows what is
in it: of each only the last four characters are told.
"""

from __future__ import annotations

import logging

from django.db import transaction

from accounts import audit
from accounts.models import Secret, SecretPurpose, User
from accounts.services import subject_of
from arbion.lib import crypto
from arbion.lib.clock import SYSTEM, Clock

logger = logging.getLogger(__name__)

SHOWN = 4


class CannotBeOpened(Exception):
    """The secret was sealed under a key that is gone, or its row was tampered with: it has to be given again."""


@transaction.atomic
def put(*, user: User, purpose: SecretPurpose, text: str, clock: Clock = SYSTEM) -> Secret:
    """Keep a secret in the place of the one before."""
    facts = {"sealed": crypto.seal(text, context=_context(user, purpose)), "last_four": text[-SHOWN:]}
    secret, is_new = Secret.objects.update_or_create(
        user=user, purpose=purpose, defaults={**facts, "saved_at": clock.now()}
    )
    action = "account.secret_saved" if is_new else "account.secret_replaced"
    audit.record(actor=user, action=action, subject=subject_of(user), data={"purpose": str(purpose)}, clock=clock)
    return secret


def reveal(user: User, purpose: SecretPurpose) -> str | None:
    """The secret itself, for whoever speaks in the person's name; None where there is none. Raises CannotBeOpened."""
    row = shown(user, purpose)
    if row is None:
        return None
    try:
        return crypto.open_sealed(row.sealed, context=_context(user, purpose))
    except crypto.CannotOpen as error:
        logger.warning("a secret of %s cannot be opened", subject_of(user))
        raise CannotBeOpened from error


@transaction.atomic
def forget(*, user: User, purpose: SecretPurpose, clock: Clock = SYSTEM) -> bool:
    """Delete a secret; False where there was none."""
    if not Secret.objects.filter(user=user, purpose=purpose).delete()[0]:
        return False
    facts = {"purpose": str(purpose)}
    audit.record(actor=user, action="account.secret_forgotten", subject=subject_of(user), data=facts, clock=clock)
    return True


def shown(user: User, purpose: SecretPurpose) -> Secret | None:
    """What may be told of a secret: since when it is here and how it ends."""
    return Secret.objects.filter(user=user, purpose=purpose).first()


def _context(user: User, purpose: SecretPurpose) -> str:
    return f"secret:{user.public_id}:{purpose}"
