"""What differs between expected and observed: the rules that find it, and the life of a case from open to healed."""
