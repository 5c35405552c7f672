"""The operations store and what leaves it: actions, their approvals and attempts, cases, and the audit that proves them.

    actions/ proposes -> store -> delivery -> platforms/<name>/writer -> receipt -> store

Knows platforms; knows nothing of the warehouse, of dbt or of Dagster. `actions/` and `mismatches/cases.py` write through it.
"""
