"""Claims about the house that can be repeated: each proof does what it says, judges by the oracle and reports."""
