"""`brief split`: a merge that a person takes back stays taken back."""

from datetime import date

PAPER = "A Careful Study of Guards for Agents"
LATER = ("--as-of", "2026-06-09T14:00Z")


def works(brief, options):
    done = brief("ask", "what is stored about guards?", "--json", *options)
    return done.json["searched"]


def test_a_merge_is_shown_undone_stays_undone_and_is_done_again(brief, feeds, config, tmp_path):
    feeds.show_day(date(2026, 6, 8))
    notes = {"title": PAPER, "link": "https://quay.example/study", "description": "Our reading of it."}
    copy = {"title": PAPER, "link": "https://reef.example/study", "description": "Our reading of it."}
    path = config(
        {"Quay Lab": feeds.serve_posts("lab", notes), "Reef Forum": feeds.serve_posts("forum", copy)}
    )
    options = ("--home", tmp_path / "h", "--config", path)
    brief("ingest", *options, "--as-of", "2026-06-08T14:00Z")
    shown = brief("split", "https://reef.example/study", *options)
    assert shown.status == 0
    assert shown.lines[1:] == [
        f"  1  Quay Lab: {PAPER}, https://quay.example/study",
        f"  2  Reef Forum: {PAPER}, https://reef.example/study",
    ]
    assert works(brief, options) == 1

    done = brief("split", "https://quay.example/study", "2", *options)
    assert (done.status, done.err) == (0, "")
    assert done.lines[0].startswith(f"Two works now: “{PAPER}” (post:")
    assert works(brief, options) == 2

    # Both are read again with another text: the rules would merge them.
    changed = {"description": "A second, longer reading of it."}
    feeds.serve_posts("lab", notes | changed)
    feeds.serve_posts("forum", copy | changed)
    again = brief("ingest", "--json", *options, *LATER)
    assert {feed["status"] for feed in again.json["feeds"]} == {"updated"}
    assert again.json["articles_total"] == 2

    own = done.lines[2].partition("`brief split ")[2].partition(" ")[0]
    joined = brief("split", own, "--join", *options)
    assert joined.status == 0
    assert works(brief, options) == 1
    assert len(brief("split", own, *options).lines) == 3  # its old id still leads to the work


def test_what_cannot_be_split_is_said_in_a_line(brief, feeds, config, tmp_path):
    feeds.show_day(date(2026, 6, 8))
    path = config({"Quay Lab": feeds.serve_posts("lab", {"title": PAPER, "link": "https://quay.example/a"})})
    options = ("--home", tmp_path / "h", "--config", path)
    brief("ingest", *options, "--as-of", "2026-06-08T14:00Z")
    for call, words in (
        (("https://quay.example/b",), "no work is stored"),
        (("https://quay.example/a", "2"), "there is no entry 2: the work has 1"),
        (("https://quay.example/a", "1"), "at least one entry must be left"),
        (("https://quay.example/a", "--join"), "was not split"),
    ):
        done = brief("split", *call, *options)
        assert (done.status, done.out) == (2, "")
        assert words in done.err
        assert done.err.count("\n") == 1
