"""Gates: what must hold before data is published or acted upon.

expectations/<layer>/<table>.yml -> suites -> verdicts, run where the data is, in DuckDB.
"""
