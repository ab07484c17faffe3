"""What the market refuses to answer."""

from __future__ import annotations

from arbion.domain.errors import FieldError, InvalidInput, NotFound


class UnknownSymbol(NotFound):
    """There is no instrument with this symbol."""

    code = "unknown_symbol"
    title = "Unknown symbol"

    def __init__(self, symbol: str, *, field: str = "symbol") -> None:
        shown = symbol[:24]
        sentence = f"There is no instrument with the symbol “{shown}”."
        super().__init__(sentence, errors=(FieldError(field, self.code, sentence),), symbol=shown)

    def in_body(self) -> InvalidInput:
        """The same as a refused field of a request's body."""
        return InvalidInput(self.detail, errors=self.errors)


class UnlistedContract(UnknownSymbol):
    """There is no such option contract to trade."""

    title = "Not a listed contract"

    def __init__(self, symbol: str, code: str = "unknown_symbol", detail: str = "", *, field: str = "symbol") -> None:
        super().__init__(symbol, field=field)
        if detail:
            self.args = (detail,)
            self.errors = (FieldError(field, code, detail),)


class InvalidTape(InvalidInput):
    """A history file cannot be used; nothing was changed."""

    code = "invalid_tape"
    title = "Unusable history file"
