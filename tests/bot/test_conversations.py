from dataclasses import replace
from datetime import timedelta

import pytest

from bot.arrivals import Arrival, Limits
from bot.conversations import HISTORY, HISTORY_CHARACTERS
from bot.votes import Votes
from pipeline.models import Claim, Reference


def arrival(n, text="What holds?", *, user="U1", thread="1.0", channel="C1", intent="question", at=None):
    return Arrival(
        keys=(f"message:{channel}:{n}",),
        intent=intent,
        in_briefs_thread=intent,
        channel=channel,
        thread=thread,
        user=user,
        text=text,
        message_ts=f"{n:010d}.000000",
        reply_in=thread,
        at=at,
    )


@pytest.fixture
def ask(conversations, now, make_answer):
    """Asks, and answers with works of these numbers unless told to let it wait."""
    count = iter(range(1, 1000))

    def asked(text, *numbers, user="U1", thread="1.0", brief_id=None, waits=False):
        (received,) = conversations.receive([arrival(next(count), text, user=user, thread=thread, at=now)])
        assert received.outcome == "question"
        if waits:
            return None
        pending = conversations.take_next("C1", thread)
        claims = tuple(Claim(text=f"So [{n}].", citations=(n,)) for n in numbers)
        references = tuple(
            Reference(n=n, article_id=f"post:{n}", title="T", source="S", kind="post")
            for n in sorted(numbers)
        )
        answer = make_answer(text, claims=claims, references=references)
        assert conversations.save_answer(pending.id, answer, brief_id, {"program": "1"})
        conversations.posted(pending.id, f"9{pending.message_ts}")
        return pending.id

    return asked


def test_a_message_is_received_once(conversations, now):
    first = arrival(1, at=now)
    again = replace(first, keys=(*first.keys, "event:Ev2"))
    assert [r.outcome for r in conversations.receive([first, again])] == ["question", "seen before"]
    assert conversations.receive([again])[0].outcome == "seen before"
    assert len(conversations.unfinished()) == 1


def test_a_conversations_questions_are_taken_in_the_order_in_which_they_were_asked(conversations, now):
    conversations.receive([arrival(n, f"q{n}", at=now) for n in (3, 1, 2)])
    taken = []
    while pending := conversations.take_next("C1", "1.0"):
        taken.append(pending.text)
        conversations.give_up(pending.id)
    assert taken == ["q1", "q2", "q3"]


def test_what_a_kill_leaves_behind_is_known_by_its_state(conversations, now, make_answer):
    conversations.receive([arrival(1, at=now), arrival(2, at=now), arrival(3, at=now)])
    first, second, third = conversations.unfinished()
    conversations.save_answer(first.id, make_answer("one"), None, {})
    conversations.save_answer(second.id, make_answer("two"), None, {})
    conversations.posted(second.id, "5.0")
    assert [(p.id, p.state, p.answer is not None) for p in conversations.unfinished()] == [
        (first.id, "posting", True),
        (third.id, "waiting", False),
    ]


def test_attempts_at_a_question_are_counted(conversations, now):
    conversations.receive([arrival(1, at=now)])
    assert [conversations.take_next("C1", "1.0").attempts for _ in range(3)] == [1, 2, 3]


def test_a_stop_takes_back_what_its_writer_asked_in_this_thread_and_nothing_else(
    conversations, now, make_answer
):
    mine, elsewhere, others = (
        arrival(1, "mine", at=now),
        arrival(2, "elsewhere", thread="2.0", at=now),
        arrival(3, "another's", user="U2", at=now),
    )
    conversations.receive([mine, elsewhere, others])
    pending = conversations.take_next("C1", "1.0")
    (received,) = conversations.receive([arrival(4, "stop", intent="stop", at=now)])
    assert (received.outcome, received.stopped) == ("stop", 1)
    assert not conversations.save_answer(pending.id, make_answer("mine"), None, {}), "it is not to be posted"
    assert {p.text for p in conversations.unfinished()} == {"elsewhere", "another's"}


def test_nobody_has_more_than_so_many_questions_waiting_or_asked_in_an_hour(conversations, now):
    limits = Limits(waiting=2, hourly=4)

    def outcome(n, *, user="U1", after=timedelta(0)):
        return conversations.receive([arrival(n, user=user, at=now + after)], limits)[0].outcome

    assert [outcome(n) for n in (1, 2, 3)] == ["question", "question", "too many"]
    assert outcome(4, user="U2") == "question", "another person is not held up"
    while pending := conversations.take_next("C1", "1.0"):
        conversations.give_up(pending.id)
    assert [outcome(n) for n in (5, 6)] == ["question", "question"]
    while pending := conversations.take_next("C1", "1.0"):
        conversations.give_up(pending.id)
    assert outcome(7) == "too many"
    assert outcome(8, after=timedelta(hours=1, seconds=1)) == "question"


def test_the_history_of_a_thread_holds_its_answered_questions_in_order(conversations, ask):
    ask("one")
    ask("two", waits=True)
    ask("elsewhere", thread="2.0")
    assert conversations.conversation("C1", "1.0", "U1", {None}).questions == ("one",)


def test_two_people_in_a_thread_do_not_mix_what_they_speak_of(conversations, ask):
    ask("ada's", 1, user="U1")
    ask("kofi's", 2, user="U2")
    assert conversations.conversation("C1", "1.0", "U1", {None}).cited == (("post:1",),)
    assert conversations.conversation("C1", "1.0", "U2", {None}).cited == (("post:2",),)
    newcomer = conversations.conversation("C1", "1.0", "U3", {None})
    assert newcomer.cited == (("post:1",), ("post:2",)), "who has asked nothing yet refers to the thread"
    assert newcomer.numbers == {1: "post:1", 2: "post:2"}, "numbers are the thread's, for all"


def test_a_conversation_has_what_answers_cited_and_the_numbers_that_works_got(conversations, ask):
    ask("one", 5, 4, brief_id="b-1")
    ask("two", 9, brief_id="b-2")
    ask("elsewhere", 6, brief_id="b-1", thread="2.0")
    ask("three", brief_id="b-1")
    found = conversations.conversation("C1", "1.0", "U1", {"b-1"})
    assert found.questions == ("one", "two", "three")
    assert found.cited == (("post:5", "post:4"), ("post:9",), ())
    assert found.numbers == {4: "post:4", 5: "post:5"}, "numbers of another brief are not this one's"


def test_the_turns_that_are_looked_back_to_have_a_budget(conversations, ask):
    for n in range(HISTORY + 2):
        ask(f"short {n}")
    assert len(conversations.conversation("C1", "1.0", "U1", {None}).questions) == HISTORY
    ask("x" * HISTORY_CHARACTERS)
    assert len(conversations.conversation("C1", "1.0", "U1", {None}).questions) == 1


def test_a_vote_replaces_the_same_persons_earlier_one(engine, ask, now):
    votes = Votes(engine)
    first, second = ask("one", 1), ask("and two?", 2)
    assert votes.vote(first, "U1", "bad", now)
    assert votes.vote(first, "U1", "good", now)
    assert votes.vote(first, "U2", "bad", now)
    assert votes.vote(second, "U2", "good", now)
    assert not votes.vote(99, "U1", "good", now)
    rated = votes.rated()
    assert [(r.id, r.good, r.bad, r.history) for r in rated] == [(first, 1, 1, ()), (second, 1, 0, ("one",))]
    assert rated[0].answer.references[0].article_id == "post:1"
    assert rated[0].versions == {"program": "1"}
