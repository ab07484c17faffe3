"""Who judges: limits, halts and the gate that every order passes; it never acts."""
