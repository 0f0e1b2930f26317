"""One blueprint an audience; routes guard, load, act and respond."""
