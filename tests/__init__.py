"""A package of its own: some of what is installed brings a `tests` too."""
