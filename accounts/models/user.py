"""People, known by their e-mail address and one role."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone

from arbion.domain.enums import Role


class UserManager(BaseUserManager["User"]):
    """Creates people; the address is kept in lower case, so that one person has one spelling."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A person with a usable password, or none."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A superadmin."""
        return self.create_user(email, password, **{**fields, "role": Role.SUPERADMIN})


class User(AbstractBaseUser, PermissionsMixin):
    """A person. What the role allows is decided in `accounts.roles`, nowhere else."""

    public_id = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=12, choices=Role, default=Role.STANDARD)
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, help_text="A practice account that is entered without a password.")
    date_joined = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(null=True, blank=True)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_unique"),
            models.CheckConstraint(name="user_role_known", condition=models.Q(role__in=Role.values)),
        ]

    def __str__(self) -> str:
        return self.email
