"""Language models for people: whose key is used, within which budget, and the record of every call."""
