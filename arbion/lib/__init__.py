"""The tools of the house: small helpers that know no application."""
