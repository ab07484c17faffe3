"""Conditions over the books and the market: what is captured when one is asked, and which figure wakes it."""
