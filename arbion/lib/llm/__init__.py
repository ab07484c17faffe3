"""The way to language models: one port, one client behind it, and the faults that people are told of."""
