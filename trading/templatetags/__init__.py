"""Words that only pages of trading need."""
