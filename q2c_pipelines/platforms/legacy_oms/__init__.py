"""The order management system of the company that was merged: a PostgreSQL database, read by its log and written by SQL."""
