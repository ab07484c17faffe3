"""Figures beside the quickest thing that could do the same work: printed with their ratios, judged by nobody."""
