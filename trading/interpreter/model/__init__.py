"""A language model as a second interpreter: it may look things up and propose; the person's own words decide.

Nothing here trades and nothing here reads a table. What the model may look at comes through a toolbox from above, what
it proposes is checked against the words of the person, and both interpreters hand over the same `Interpretation`.
"""
