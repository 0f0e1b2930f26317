"""What all audiences share on the way in and out: pages or partials, errors, filters."""
