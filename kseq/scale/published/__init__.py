"""Facts that others published, written down once, each with its source. One module for each kind of fact."""
