"""Orders that wait for a condition: held when placed, judged again when it is true, and let go once."""
