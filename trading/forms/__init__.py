"""The forms of trading's pages: what a person types, turned into an instruction or refused beside the field."""

from trading.forms.ticket import TicketForm

__all__ = ["TicketForm"]
