"""Files and papers: what comes in is inspected, what goes out is rendered, signed and verified."""
