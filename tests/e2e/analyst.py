"""An analyst, as a process: `python analyst.py FILE staying|coming`, until its standard input is closed; then one JSON line.

`staying` keeps one connection and asks the same question over and over; `coming` opens the file anew for every question.
"""

from __future__ import annotations

import json
import select
import sys

import duckdb

TABLES = "select count(*), (select count(*) from duckdb_tables()) from mart_deal_chain"
QUESTION = "select last_good_stage, count(*), sum(amount)::text from mart_deal_chain group by all order by all"


def main(file: str, manner: str) -> None:
    answers: dict[str, int] = {}
    connection = duckdb.connect(file, read_only=True)
    sys.stdout.write("open\n")
    sys.stdout.flush()
    while not select.select([sys.stdin], [], [], 0.1)[0]:
        if manner == "coming":
            connection.close()
            connection = duckdb.connect(file, read_only=True)
        answer = json.dumps([connection.execute(query).fetchall() for query in (TABLES, QUESTION)])
        answers[answer] = answers.get(answer, 0) + 1
    sys.stdout.write(json.dumps(answers) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
