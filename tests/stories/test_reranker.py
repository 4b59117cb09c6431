"""`[reranker]`: a server that is asked, one that fails, and what `brief check` and `brief doctor` say of it."""

import pytest

from tests.rerank_server import running

QUESTION = "By how much does Sandbar lower the success rate of prompt injection attacks?"


@pytest.fixture
def server(week, monkeypatch):
    monkeypatch.setenv("RERANKER_API_KEY", "k-123")
    with running() as server:
        port = server.server_address[1]
        text = week.config.read_text().replace(
            "allow_private_hosts = [", f'allow_private_hosts = ["127.0.0.1:{port}", '
        )
        week.config.write_text(f'{text}\n[reranker]\nurl = "{server.url}"\nmodel = "small"\nseconds = 2\n')
        yield server


def test_the_works_found_are_sent_and_the_question_is_answered(week, server):
    done = week.run("ask", QUESTION, "--json")
    assert (done.status, done.json["status"], done.err) == (0, "answered", "")
    (path, headers, body) = server.got[0]
    assert (path, headers["Authorization"]) == ("/v1/rerank", "Bearer k-123")
    assert (body["model"], body["query"]) == ("small", QUESTION)
    assert len(body["documents"]) > 5
    assert "k-123" not in week.config.read_text()


def test_one_that_fails_changes_nothing_but_the_log(week, server, caplog):
    server.status = 500
    done = week.run("ask", QUESTION, "--json")
    assert (done.json["status"], done.json["references"][0]["article_id"]) == ("answered", "arxiv:2606.90011")
    assert "works keep their own order: it answers 500" in caplog.text


def test_check_and_doctor_try_it(week, server):
    week.run("ask", QUESTION)
    line = next(line for line in week.run("check").lines if "reranker" in line)
    assert line.startswith("ok   reranker: 127.0.0.1:small answers, two texts in ")
    assert "0 of 1 calls of the last 24 hours failed" in line
    server.status = 403
    line = next(line for line in week.run("check").lines if "reranker" in line)
    assert line.startswith("warn reranker: it answers 403: RERANKER_API_KEY is missing or refused")
    assert "mend [reranker] in brief.toml" in week.run("doctor").out


def test_a_folder_that_holds_no_model_is_named(week, caplog):
    week.config.write_text(f'{week.config.read_text()}\n[reranker]\nfolder = "nowhere"\n')
    assert "nowhere/tokenizer.json is missing" in week.run("check").out
    done = week.run("ask", QUESTION, "--json")
    assert done.json["status"] == "answered"
    assert "works keep their own order" in caplog.text
