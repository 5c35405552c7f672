"""Files that a partner leaves in a folder."""
