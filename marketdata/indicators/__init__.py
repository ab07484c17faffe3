"""Indicators by name over candles: floats out, None before the first defined bar, one for each candle."""

from marketdata.indicators.compute import compute, compute_columns
from marketdata.indicators.registry import INDICATORS, Chosen, read_name, read_names

__all__ = ["INDICATORS", "Chosen", "compute", "compute_columns", "read_name", "read_names"]
