"""The outside world: each real client beside its local twin."""
