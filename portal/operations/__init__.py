"""Writes: one file a noun, domain verbs; they run inside `transaction()` and never commit."""
