"""The desk's mathematics: what a book of positions may lose, moves with and depends on; figures in, figures out."""
