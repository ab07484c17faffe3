"""The REST door to prices."""
