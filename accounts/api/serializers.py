"""How people and their tokens look in REST."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from accounts.models import ApiToken, Scope, User
from accounts.tokens import DAYS_MAX


class PersonSerializer(serializers.ModelSerializer[User]):
    """Who is asking."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    created_at = serializers.DateTimeField(source="date_joined", read_only=True)

    class Meta:
        model = User
        fields = ["id", "email", "role", "is_demo", "created_at"]
        read_only_fields = fields


class CredentialsSerializer(serializers.Serializer[Any]):
    """E-mail address and password, for a token."""

    email = serializers.CharField(max_length=254)
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    scope = serializers.ChoiceField(choices=Scope.choices, default=Scope.TRADE)


class IssuedSerializer(serializers.Serializer[Any]):
    """A token that was just made; its key is shown this once."""

    token = serializers.CharField(read_only=True)
    scope = serializers.ChoiceField(choices=Scope.choices, read_only=True)
    expires_at = serializers.DateTimeField(read_only=True)


class TokenSerializer(serializers.ModelSerializer[ApiToken]):
    """What may be shown of a token: never its key."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = ApiToken
        fields = ["id", "name", "prefix", "scope", "created_at", "expires_at", "last_used_at", "revoked_at"]
        read_only_fields = fields


class NewTokenSerializer(TokenSerializer):
    """A token with its key, shown once."""

    token = serializers.CharField(read_only=True)

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "token"]
        read_only_fields = fields


class TokenRequestSerializer(serializers.Serializer[Any]):
    """What a new token shall be."""

    name = serializers.CharField(max_length=60)
    scope = serializers.ChoiceField(choices=Scope.choices)
    days = serializers.IntegerField(min_value=1, max_value=DAYS_MAX, required=False)
