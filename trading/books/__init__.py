"""The books: ledger, holds, lots and positions, exact to the last unit."""
