"""The lake: every version of every record that was ever read, append-only Parquet.

pages -> decode -> contract -> (quarantine) -> dlt -> <lake>/<platform>/<table>/<load id>.*.parquet
"""
