"""People, known by their e-mail address and one role."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts import roles
from arbion.domain.enums import Role


class PeopleRows(models.QuerySet["User"]):
    """Many people at once."""

    def delete(self) -> tuple[int, dict[str, int]]:
        """People are switched off, not deleted: the books and the audit log name them."""
        raise models.ProtectedError("people are switched off, not deleted", set(self))


class UserManager(BaseUserManager["User"]):
    """Creates people; the address is kept in lower case, so that one person has one spelling."""

    def get_queryset(self) -> PeopleRows:
        """Rows that cannot be deleted."""
        return PeopleRows(self.model, using=self._db)

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person with a usable password, or none."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A superadmin."""
        return self.create_user(email, password, **{**fields, "role": Role.SUPERADMIN})

    def get_by_natural_key(self, username: str | None) -> User:
        """The person behind an address, however it is spelled."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser):
    """A person. What the role allows is decided in `accounts.roles`, nowhere else."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True)
    role = models.CharField(max_length=12, choices=Role, default=Role.STANDARD)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, help_text="A practice account that is entered without a password.")
    date_joined = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)
    session_epoch = models.PositiveIntegerField(default=0, editable=False, help_text="Raising it ends every session.")

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = "person"
        verbose_name_plural = "people"
        constraints = [
            models.CheckConstraint(name="user_email_lower", condition=models.Q(email=Lower("email"))),
            models.CheckConstraint(name="user_role_known", condition=models.Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return self.email

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        """People are switched off, not deleted: the books and the audit log name them."""
        raise models.ProtectedError("people are switched off, not deleted", {self})

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session is bound to: the password and the epoch; when either changes, the session is dead."""
        bound = f"{self.password}:{self.session_epoch}"
        return salted_hmac("accounts.session", bound, secret=secret, algorithm="sha256").hexdigest()

    def clean(self) -> None:
        """One person has one spelling."""
        self.email = self.email.strip().lower()

    @property
    def is_staff(self) -> bool:
        """Whether the admin site opens for this person."""
        return roles.can(self, roles.Ability.OPERATE)

    @property
    def is_superuser(self) -> bool:
        """Whether every permission is this person's."""
        return roles.can(self, roles.Ability.MANAGE_ROLES)

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Django's question for one permission, answered from the role."""
        return roles.has_django_permission(self, perm)

    def has_perms(self, perm_list: Iterable[str], obj: object = None) -> bool:
        """Django's question for several permissions."""
        return all(self.has_perm(perm, obj) for perm in perm_list)

    def has_module_perms(self, app_label: str) -> bool:
        """Whether the admin site lists the app for this person."""
        return roles.has_django_module(self, app_label)
