"""Publication: what analysts read is a complete, audited file that replaces the last one in an instant."""
