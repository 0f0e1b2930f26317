"""The pure core: declarations, answers and today go in, decisions come out."""
