"""The REST doors of people."""
