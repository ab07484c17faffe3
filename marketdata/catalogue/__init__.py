"""The shipped catalogue of instruments: companies, funds and coins with their names, increments and opening prices."""

from marketdata.catalogue.load import CatalogueRow, rows

__all__ = ["CatalogueRow", "rows"]
