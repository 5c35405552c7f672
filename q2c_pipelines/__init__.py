"""q2c: keeps quote-to-cash consistent across platforms."""
