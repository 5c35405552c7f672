"""`python -m q2c_pipelines.cli` is `q2c`."""

from q2c_pipelines.cli import main

main()
