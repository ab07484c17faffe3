"""The ways to reach a person, each in a file of its own."""
