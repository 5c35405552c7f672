"""Finding the link that no platform carries: which documents of two pools belong together, and how sure that is.

matching.yaml -> rule; two pools -> pass after pass (reference, tolerance, scored, sum) -> pairs, and why the rest has none

A pair takes its amount from both sides, and what is settled leaves the pools; a rest stays. What is not clear is no pair: it is
told as ambiguous, with its candidates. The result does not depend on the order of the records. No amount is ever a float.
"""
