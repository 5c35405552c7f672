"""What SQL cannot say on the way from the lake to the entities."""
