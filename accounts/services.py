"""What is done to people: make them, give them a role, switch them off, end their sessions."""

from __future__ import annotations

import secrets

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet

from accounts import audit, tokens
from accounts.errors import DemoStaysOrdinary, LastSuperadmin, NotYours
from accounts.models import User
from accounts.passwords import check_password_rules
from accounts.roles import Ability, can
from arbion.domain.enums import Role
from arbion.domain.errors import Conflict, InvalidInput

DEMO_EMAIL = "demo@arbion.invalid"  # a name that no mail server will ever have
GENERATED_BYTES = 18


class EmailTaken(Conflict):
    """Somebody has this e-mail address already."""

    code = "email_taken"


def create_person(
    *, email: str, password: str, role: str = Role.STANDARD, actor: User | None = None, is_demo: bool = False
) -> User:
    """Make a person whose address counts as confirmed; an empty password makes an account that none opens."""
    email = _clean_email(email)
    if is_reserved(email) and not is_demo:
        raise InvalidInput.of("email", "invalid_email", "No mail server can have this address.")
    if role not in Role.values:
        raise InvalidInput.of("role", "invalid_choice", f"The role is one of {', '.join(Role.values)}.")
    if password:
        check_password_rules(password, user=User(email=email))
    if User.objects.filter(email=email).exists():
        raise EmailTaken
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password or None, role=role, is_demo=is_demo)
            EmailAddress.objects.create(user=user, email=email, primary=True, verified=True)
            audit.record(actor=actor, action="account.created", subject=subject_of(user), data={"role": user.role})
    except IntegrityError as error:  # somebody else was faster
        raise EmailTaken from error
    return user


def ensure_owner(*, email: str, password: str | None = None) -> str | None:
    """Make the first superadmin when there is none; the answer is the password that was made up, if one was."""
    if superadmins().exists():
        return None
    made_up = None if password else secrets.token_urlsafe(GENERATED_BYTES)
    create_person(email=email, password=password or made_up or "", role=Role.SUPERADMIN)
    return made_up


def demo_user() -> User:
    """The practice account that is entered without a password; made on first use."""
    user = User.objects.filter(email=DEMO_EMAIL, is_demo=True).first()
    if user is not None:
        return user
    try:
        return create_person(email=DEMO_EMAIL, password="", is_demo=True)
    except EmailTaken:
        return User.objects.get(email=DEMO_EMAIL, is_demo=True)


def superadmins() -> QuerySet[User]:
    """Everybody who may do everything, and may sign in."""
    return User.objects.filter(role=Role.SUPERADMIN, is_active=True)


@transaction.atomic
def change_role(*, user: User, role: str, actor: User) -> None:
    """Give a person another role; their sessions end, so that nothing goes on under the old one."""
    check_role_change(user=user, role=role, actor=actor)
    if role == user.role:
        return
    before = user.role
    _lock_superadmins()
    if before == Role.SUPERADMIN:
        _refuse_without_another(user)
    _write(user, role=role)
    facts = {"before": before, "after": str(role)}
    audit.record(actor=actor, action="account.role_changed", subject=subject_of(user), data=facts)


def check_role_change(*, user: User, role: str, actor: User) -> None:
    """Raise when the actor may not give this role to this person."""
    if role not in Role.values:
        raise InvalidInput.of("role", "invalid_choice", f"The role is one of {', '.join(Role.values)}.")
    if role != user.role:
        if not can(actor, Ability.MANAGE_ROLES):
            raise NotYours
        if user.is_demo:
            raise DemoStaysOrdinary
        if user.role == Role.SUPERADMIN:
            _refuse_without_another(user)


@transaction.atomic
def deactivate(*, user: User, actor: User) -> None:
    """Switch a person off: no session, key or password of theirs opens anything."""
    check_deactivation(user=user, actor=actor)
    if not user.is_active:
        return
    _lock_superadmins()
    if user.role == Role.SUPERADMIN:
        _refuse_without_another(user)
    _write(user, is_active=False)
    revoked = tokens.revoke_all(user, actor=actor)
    audit.record(actor=actor, action="account.deactivated", subject=subject_of(user), data={"tokens_revoked": revoked})


def check_deactivation(*, user: User, actor: User) -> None:
    """Raise when the actor may not switch this person off or on."""
    if not may_manage(actor, user):
        raise NotYours
    if user.role == Role.SUPERADMIN and user.is_active:
        _refuse_without_another(user)


@transaction.atomic
def reactivate(*, user: User, actor: User) -> None:
    """Let a person in again; revoked keys stay revoked."""
    if not may_manage(actor, user):
        raise NotYours
    if not user.is_active:
        _write(user, is_active=True)
        audit.record(actor=actor, action="account.reactivated", subject=subject_of(user))


def may_manage(actor: User, user: User) -> bool:
    """Whether the actor may act on this person: an admin on ordinary people, a superadmin on everybody."""
    if can(actor, Ability.MANAGE_ROLES):
        return True
    return can(actor, Ability.MANAGE_PEOPLE) and user.role == Role.STANDARD


@transaction.atomic
def sign_out_everywhere(*, user: User, actor: User) -> None:
    """End every session of a person, the one at hand too."""
    _write(user)
    audit.record(actor=actor, action="account.sessions_ended", subject=subject_of(user))


def has_confirmed_address(user: User) -> bool:
    """Whether the person may sign in as far as their address goes: where confirmation is asked for, it was given."""
    if settings.ACCOUNT_EMAIL_VERIFICATION != "mandatory":
        return True
    return bool(EmailAddress.objects.filter(user=user, verified=True).exists())


def subject_of(user: User) -> str:
    """How the audit log names a person."""
    return f"person:{user.public_id}"


def is_reserved(email: str) -> bool:
    """Whether the address is of a kind that no mail server has: the demo account's, and nobody else's."""
    return email.lower().endswith(".invalid")


def _clean_email(email: str) -> str:
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise InvalidInput.of("email", "invalid_email", "This is not an e-mail address.") from error
    if len(email) > 254:
        raise InvalidInput.of("email", "invalid_email", "This e-mail address is too long.")
    return email


def _lock_superadmins() -> None:
    """Let two acts on superadmins take turns: the rows are written, unchanged, and so locked until the commit."""
    User.objects.filter(role=Role.SUPERADMIN).update(role=Role.SUPERADMIN)


def _refuse_without_another(user: User) -> None:
    if not superadmins().exclude(pk=user.pk).exists():
        raise LastSuperadmin


def _write(user: User, **changes: object) -> None:
    """Change the row and make its sessions worthless."""
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1, **changes)
    user.refresh_from_db()
