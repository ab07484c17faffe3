"""How the OpenAPI description names our decimals."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension


class DecimalTextSchema(OpenApiSerializerFieldExtension):
    """A decimal that travels as a string."""

    target_class = "arbion.lib.api.DecimalText"
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, str]:
        """A plain decimal number as text."""
        return {"type": "string", "format": "decimal", "pattern": r"^-?[0-9]{1,20}(\.[0-9]{1,20})?$"}
