"""Everything that is known about the platforms: how to read, write and pretend to be each of them.

platform -> source -> pages;  command -> writer -> requests.  Imports nothing else of q2c, and neither dagster nor dbt.
"""
