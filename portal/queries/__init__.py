"""Reads: one file a noun, always scoped by who asks."""
