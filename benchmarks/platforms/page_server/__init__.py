"""A platform of the benchmarks' own: it is declared, connected and read like any other."""
