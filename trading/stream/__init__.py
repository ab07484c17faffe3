"""The stream: what a connected program is told, and what keeps it within bounds."""
