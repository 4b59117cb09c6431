"""What goes with a brief: the chart in the parent, the whole text as a canvas or a file."""

import asyncio

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bot import attachments
from bot.attachments import files_of
from bot.delivery import DeliveryDelayed, always, deliver, resume
from bot.manifest import left_out
from bot.views.full import full_markdown
from bot.workspace import Fault, Workspace
from bot.workspace.limits import check_message
from pipeline.models import Claim, Item, Section


@pytest.fixture
def client(workspace):
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, timeout=1)


@pytest.fixture
def brief(make_brief):
    counted = Claim(text="Nine works this week [1].", citations=(1,), counts={"works": 9, "past": [4, 2]})
    trends = Section(kind="trends", heading="Trends", items=(Item(title="Oversight", claims=(counted,)),))
    plain = make_brief()
    return plain.model_copy(update={"sections": (*plain.sections[:2], trends, *plain.sections[3:])})


@pytest.fixture
def post(records, client, quick, now, brief):
    return lambda: deliver(records, client, brief, "#research", now=now, limits=quick)


def messages(workspace, channel="research"):
    return [m for m in workspace.messages(channel) if m.by_app]


def pictures(message):
    return [block for block in message.blocks if block["type"] == "image"]


def buttons(message):
    return {
        e["text"]["text"]: e
        for b in message.blocks
        if b["type"] == "actions"
        for e in b["elements"]
        if "text" in e
    }


async def test_the_parent_shows_the_chart_with_what_it_says_in_words_and_opens_the_full_brief(
    workspace, post, records, brief
):
    result = await post()
    parent, *thread = messages(workspace)
    (picture,) = pictures(parent)
    assert "Oversight: 2, 4, 9" in picture["alt_text"]
    stored = workspace.state.files[picture["slack_file"]["id"]]
    assert stored.body.startswith(b"\x89PNG")
    kinds = [block["type"] for block in parent.blocks]
    assert kinds[-3:] == ["image", "context", "actions"]
    assert list(buttons(parent)) == ["Ask", "Full brief", "Why these", "Give feedback"]
    (canvas,) = workspace.state.canvases.values()
    assert buttons(parent)["Full brief"]["url"] == f"{workspace.url}docs/T0LOCAL/{canvas.id}"
    assert canvas.channels == {workspace.channel("research").id}
    assert f"# {canvas.title}\n\n{canvas.markdown}" == full_markdown(brief)
    assert not any(m.files for m in thread)
    (delivery,) = records.deliveries()
    assert (delivery["id"], delivery["without"]) == (result.delivery_id, [])
    assert not workspace.ledger.refused()


async def test_the_document_links_each_number_to_its_work(brief):
    document = full_markdown(brief)
    assert "[\\[1\\]](https://arxiv.org/abs/2605.00001)" in document.split("## References")[0]
    assert "[1] " in document.split("## References")[1]


async def test_a_brief_without_themes_has_no_chart(make_brief):
    assert [file.name for file in files_of(make_brief())] == ["full"]


async def test_a_chart_that_cannot_be_drawn_does_not_hold_the_brief_back(workspace, post, monkeypatch):
    def fail(brief):
        raise OSError("no font")

    monkeypatch.setattr(attachments, "chart_png", fail)
    result = await post()
    assert result.state == "posted"
    assert not pictures(messages(workspace)[0])


@pytest.mark.parametrize(
    ("setup", "note"),
    [
        (lambda w: w.fail("canvases.create", Fault(error="missing_scope")), ["missing_scope"]),
        (lambda w: setattr(w.desk, "plan", "free"), []),
        (lambda w: w.fail("canvases.access.set", Fault(error="restricted_action")), []),
        (lambda w: w.fail("canvases.create", Fault(status=429, retry_after=19)), []),
    ],
    ids=["no scope", "free plan", "refused", "too many"],
)
async def test_where_no_canvas_can_be_made_the_full_brief_is_a_file_in_the_thread(
    workspace, post, records, brief, setup, note
):
    setup(workspace)
    await post()
    parent, *thread = messages(workspace)
    assert [m.files[0]["name"] for m in thread if m.files] == ["brief-2026-05-17.md"]
    assert thread[-1].thread_ts == parent.ts
    (file,) = [f for f in workspace.state.files.values() if f.name.endswith(".md")]
    assert file.body.decode() == full_markdown(brief)
    assert buttons(parent)["Full brief"]["url"] == thread[-1].files[0]["permalink"]
    (delivery,) = records.deliveries()
    assert len(delivery["without"]) == len(note)
    for word in note:
        assert word in delivery["without"][0]


async def test_without_files_write_the_brief_is_posted_without_and_the_status_says_so(
    workspace, post, records
):
    workspace.fail("files.getUploadURLExternal", Fault(error="missing_scope", times=9))
    workspace.fail("canvases.create", Fault(error="missing_scope", times=9))
    result = await post()
    parent = messages(workspace)[0]
    assert result.state == "posted"
    assert not pictures(parent)
    assert list(buttons(parent)) == ["Ask", "Why these", "Give feedback"]
    (delivery,) = records.deliveries()
    chart, full = delivery["without"]
    assert "chart" in chart
    assert "missing_scope" in full
    assert "without files:write a brief is posted without the week's chart" in left_out(["canvases:write"])[0]


async def test_a_picture_that_slack_takes_in_slowly_is_waited_for(workspace, post):
    workspace.fail("chat.postMessage", Fault(error="invalid_blocks", times=3))
    await post()
    assert pictures(messages(workspace)[0])


async def test_a_picture_that_slack_never_takes_in_does_not_hold_the_brief_back(workspace, post, records):
    workspace.desk.file_delay = 3600.0
    result = await post()
    assert result.state == "posted"
    assert not pictures(messages(workspace)[0])
    assert "did not take it in" in records.deliveries()[0]["without"][0]


METHODS = "auth.test canvases.create files.getUploadURLExternal files.completeUploadExternal upload".split()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "fault",
    [
        lambda: Fault.dropped(accepted=True),
        lambda: Fault.dropped(accepted=False, times=9),
        lambda: Fault(status=500, accept=True, times=9),
        lambda: Fault.rate_limited(0, times=2),
        lambda: Fault.rate_limited(900, times=9),
    ],
    ids="dropped-after dropped-always 500-after 429x2 429-long".split(),
)
async def test_whatever_slack_answers_the_brief_is_there_once_and_its_file_at_most_once(
    workspace, post, brief, fault, method
):
    workspace.desk.plan = "paid" if method == "canvases.create" else "free"
    workspace.fail(method, fault())
    result = await post()
    parent, *thread = messages(workspace)
    assert result.state == "posted"
    assert [m.thread_ts for m in thread] == [parent.ts] * len(thread)
    assert sum(bool(m.files) for m in thread) <= 1
    assert len([m for m in thread if not m.files]) == result.parts - 1
    assert all(m.files or check_message({"text": m.text, "blocks": m.blocks}) is None for m in thread)


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_share_of_unknown_outcome_is_looked_up_and_not_done_twice(workspace, post, accepted):
    workspace.desk.plan = "free"
    shares = Fault(drop=True, accept=accepted, match=lambda payload: bool(payload.get("channel_id")))
    workspace.fail("files.completeUploadExternal", shares)
    await post()
    assert sum(bool(m.files) for m in messages(workspace)) == 1


STEPS = [*METHODS[:4], "canvases.access.set", "chat.postMessage"]


@pytest.mark.parametrize(
    ("plan", "method"), [*(("paid", m) for m in STEPS), *(("free", m) for m in STEPS if "access" not in m)]
)
async def test_a_kill_at_any_call_leaves_one_brief_with_one_chart_and_one_document(
    workspace, records, client, quick, now, post, method, plan
):
    workspace.desk.plan = plan
    struck = asyncio.Event()

    def strike(payload):
        struck.set()
        return True

    workspace.fail(method, Fault(hang=30.0, accept=True, match=strike))
    client.timeout = 60
    run = asyncio.create_task(post())
    await asyncio.wait_for(struck.wait(), 10)
    run.cancel()
    await asyncio.gather(run, return_exceptions=True)
    await resume(records, always(client), now=now, limits=quick)
    if not messages(workspace):  # it was killed before the brief was stored
        await post()
    assert [d["state"] for d in records.deliveries()] == ["posted"]
    parents = [m for m in messages(workspace) if m.thread_ts is None]
    assert len(parents) == 1
    assert len(pictures(parents[0])) == 1
    assert "Full brief" in buttons(parents[0])
    assert sum(bool(m.files) for m in messages(workspace)) == (plan == "free")


async def test_a_waiting_brief_keeps_its_files_for_later(workspace, records, client, quick, now, post):
    workspace.fail("chat.postMessage", Fault.rate_limited(900, times=1))
    with pytest.raises(DeliveryDelayed):
        await post()
    uploads = len(workspace.calls("files.getUploadURLExternal"))
    await resume(records, always(client), now=now, limits=quick)
    assert len(workspace.calls("files.getUploadURLExternal")) == uploads
    assert pictures(messages(workspace)[0])


async def test_the_page_shows_canvas_and_file_to_those_who_may_see_them(workspace, post):
    import aiohttp

    await post()
    (canvas,) = workspace.state.canvases.values()
    (picture,) = pictures(messages(workspace)[0])
    async with aiohttp.ClientSession() as session:

        async def got(path):
            async with session.get(workspace.url + path) as response:
                return response.status, response.content_type, await response.read()

        assert (await got(f"docs/T0LOCAL/{canvas.id}"))[:2] == (200, "text/html")
        status, _, body = await got(f"_workspace/canvas/{canvas.id}")
        assert status == 200
        assert b"Paper number 1" in body
        status, kind, body = await got(f"files/-/{picture['slack_file']['id']}/picture")
        assert (status, kind, body[:4]) == (200, "image/png", b"\x89PNG")
        assert (await got("files/-/F0NOTHERE/picture"))[0] == 404
        canvas.channels.clear()
        assert (await got(f"_workspace/canvas/{canvas.id}"))[0] == 404


async def test_a_workspace_refuses_what_slack_refuses():
    async with Workspace() as workspace:
        client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url)

        async def error(call, **options):
            from slack_sdk.errors import SlackApiError

            with pytest.raises(SlackApiError) as caught:
                await call(**options)
            return caught.value.response["error"]

        unknown = {"files": [{"id": "F00000099", "title": "x"}]}
        assert await error(client.files_completeUploadExternal, **unknown) == "file_not_found"
        begun = await client.files_getUploadURLExternal(filename="a.md", length=3)
        file = {"files": [{"id": begun["file_id"], "title": "a"}]}
        assert await error(client.files_completeUploadExternal, **file) == "file_not_found"
        assert (
            await error(client.canvases_access_set, canvas_id="F1", access_level="read") == "canvas_not_found"
        )
        image = {"type": "image", "alt_text": "a", "slack_file": {"id": begun["file_id"]}}
        refused = await error(client.chat_postMessage, channel="C0RESEARCH", text="t", blocks=[image])
        assert refused == "invalid_blocks"
