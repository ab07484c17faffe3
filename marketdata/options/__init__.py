"""Option chains: what contracts are worth, which are offered, and their quotes."""
