"""Tables to take away: ledger, executions, closed lots for taxes, dividends."""

from trading.exports.csv import csv_of, dividends_csv, fills_csv, ledger_csv, tax_lots_csv
from trading.exports.tables import TABLES, Table, dividends, fills, ledger, table
from trading.exports.taxes import tax_lots

__all__ = [
    "TABLES",
    "Table",
    "csv_of",
    "dividends",
    "dividends_csv",
    "fills",
    "fills_csv",
    "ledger",
    "ledger_csv",
    "table",
    "tax_lots",
    "tax_lots_csv",
]
