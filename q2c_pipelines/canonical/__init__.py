"""What SQL cannot say on the way from the lake to the entities: whose an account is, and which documents belong together."""
