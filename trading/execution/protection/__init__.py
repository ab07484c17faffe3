"""Stops that are attached to positions: attaching and changing them, watching prices, and closing what went off."""
