from datetime import timedelta

import sqlalchemy as sa

from bot.records import metadata
from pipeline.models import Claim, Reference
from pipeline.store import Store


def shape(engine, tables):
    inspector = sa.inspect(engine)
    return {
        table: {
            "columns": [
                (c["name"], str(c["type"]), c["nullable"] and not c["primary_key"])
                for c in inspector.get_columns(table)
            ],
            "key": inspector.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(
                (u["name"], tuple(u["column_names"])) for u in inspector.get_unique_constraints(table)
            ),
            "indexes": sorted((i["name"], tuple(i["column_names"])) for i in inspector.get_indexes(table)),
            "foreign": [
                (tuple(f["constrained_columns"]), f["referred_table"])
                for f in inspector.get_foreign_keys(table)
            ],
        }
        for table in tables
    }


def test_the_migration_creates_the_tables_that_the_program_uses(tmp_path):
    made = sa.create_engine("sqlite://")
    metadata.create_all(made)
    store = Store.open(tmp_path / "brief.db")
    try:
        assert shape(store.engine, metadata.tables) == shape(made, metadata.tables)
    finally:
        store.close()


def test_a_key_is_claimed_once_and_forgotten_after_its_time(records, now):
    assert records.claim(["a", "b"], now)
    assert not records.claim(["b", "c"], now)
    assert not records.claim(["c"], now), "a duplicate's other keys are remembered too"
    assert records.forget_events(now + timedelta(seconds=1)) == 3
    assert records.claim(["a"], now)


def test_the_history_of_a_thread_holds_its_answered_questions_in_order(records, now, make_answer):
    for text in ("one", "two", "three"):
        number = records.add_question("C1", "1.0", "U1", text, None, now)
        if text != "two":
            records.save_answer(number, make_answer(text))
    records.save_answer(records.add_question("C1", "2.0", "U1", "elsewhere", None, now), make_answer("x"))
    assert records.conversation("C1", "1.0", None).questions == ("one", "three")


def test_a_conversation_has_what_answers_cited_and_the_numbers_that_works_got(records, now, make_answer):
    def answered(text, brief_id, *numbers, thread="1.0"):
        claims = tuple(Claim(text=f"So [{n}].", citations=(n,)) for n in numbers)
        references = tuple(
            Reference(n=n, article_id=f"post:{n}", title="T", source="S", kind="post")
            for n in sorted(numbers)
        )
        number = records.add_question("C1", thread, "U1", text, brief_id, now)
        records.save_answer(number, make_answer(text, claims=claims, references=references))

    answered("one", "b-1", 5, 4)
    answered("two", "b-2", 9)
    answered("elsewhere", "b-1", 6, thread="2.0")
    answered("three", "b-1")
    found = records.conversation("C1", "1.0", "b-1")
    assert found.questions == ("one", "two", "three")
    assert found.cited == (("post:5", "post:4"), ("post:9",), ())
    assert found.numbers == {4: "post:4", 5: "post:5"}, "numbers of another brief are not this one's"
