"""The outside world: each real client beside the local twin that behaves the same."""
