"""Every question of docs/analysts.md can be asked, and is answered where the page shows an answer."""

from __future__ import annotations

import re

import duckdb
import pytest

from q2c_pipelines.config import PROJECT
from tests.e2e.conftest import Lived

PAGE = (PROJECT / "docs" / "analysts.md").read_text()
QUESTION = re.compile(r"^### (\d+)\. (.+?)\n.*?^```sql\n(.*?)^```\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUESTIONS = {f"{number}. {title}": (query, answer) for number, title, query, answer in QUESTION.findall(PAGE)}


def test_there_are_ten_questions_and_no_other_sql() -> None:
    assert [int(title.partition(".")[0]) for title in QUESTIONS] == list(range(1, 11))
    assert PAGE.count("```sql") == len(QUESTIONS)


@pytest.mark.parametrize("title", QUESTIONS)
def test_a_question_is_answered(lived: Lived, title: str) -> None:
    query, answer = QUESTIONS[title]
    shown = answer.splitlines()
    with duckdb.connect(str(lived.house.settings.published_file), read_only=True) as db:
        found = db.execute(query)
        names, rows = [column[0] for column in found.description], found.fetchall()
    assert shown[0].split() == " ".join(names).split()
    assert rows, f"the page shows {len(shown) - 1} rows"
