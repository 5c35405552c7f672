"""What SQL cannot say about canonical documents: pure functions on frames, without warehouse, lake or platform."""
