// The page: keeps what the workspace streams, draws it, sends what the person does.

import { block, el, mrkdwn } from "./render.js";
import { suggest } from "./suggest.js";

const $ = (id) => document.getElementById(id);
const world = { users: {}, channels: [], messages: new Map(), statuses: new Map(), loading: new Map(), sessions: new Map(), prompts: {}, home: null, views: [], commands: [], shortcuts: [], steps: [], executions: [], me: "", bot: "", connected: false };
const place = { channel: "", thread: "", tab: "messages" };
const read = new Map();
const drafts = new Map();
const typing = window.matchMedia("(hover: hover)");
let started = false;

// What the workspace says

function listen() {
  const source = new EventSource("/_workspace/events");
  source.onmessage = (event) => receive(JSON.parse(event.data));
  source.onerror = () => { world.connected = false; $("connection").textContent = "Workspace not reachable"; };
}

const CHANGES = {
  snapshot: (news) => {
    Object.assign(world, news, {
      messages: new Map(news.messages.map((m) => [key(m), m])),
      statuses: new Map(news.statuses.map((s) => [`${s.channel}/${s.thread_ts}`, s.status])),
      loading: new Map(news.statuses.map((s) => [`${s.channel}/${s.thread_ts}`, s.loading])),
      sessions: new Map(news.sessions.map((s) => [`${s.channel}/${s.thread_ts}`, s.session])),
    });
    if (!started) {
      started = true;
      for (const c of world.channels) read.set(c.id, latest(c.id));
      route();
    }
  },
  message: (news) => {
    world.messages.set(key(news.message), news.message);
  },
  deleted: (news) => world.messages.delete(`${news.channel}/${news.ts}`),
  status: (news) => {
    world.statuses.set(`${news.channel}/${news.thread_ts}`, news.status);
    world.loading.set(`${news.channel}/${news.thread_ts}`, news.loading);
  },
  session: (news) => world.sessions.set(`${news.channel}/${news.thread_ts}`, news.session),
  connected: (news) => { world.connected = news.connected; },
};

function receive(news) {
  CHANGES[news.kind]?.(news);
  const own = news.kind === "message" && news.message.user === world.me;
  if (news.kind === "message" && isAnswer(news.message)) go(place.channel, news.message.thread_ts);
  else draw(false, own ? news.message : null);
}

// Slack shows a direct message to an agent and its answer as one conversation: their thread opens by itself.
function isAnswer(m) {
  const root = m.by_app && !place.thread && place.tab === "messages" && m.channel === place.channel && isDirect(m.channel)
    ? world.messages.get(`${m.channel}/${m.thread_ts}`) : null;
  return root?.user === world.me;
}

const key = (m) => `${m.channel}/${m.ts}`;
const inOrder = (a, b) => a.ts.localeCompare(b.ts);
const all = () => [...world.messages.values()].filter((m) => m.channel === place.channel).sort(inOrder);
const latest = (channel) => [...world.messages.values()].reduce((last, m) => (m.channel === channel && m.user !== world.me && m.ts > last ? m.ts : last), "");
const replies = (ts) => all().filter((m) => m.thread_ts === ts && m.ts !== ts);

// What the person does

async function send(action, body) {
  const answer = await fetch(`/_workspace/${action}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  if (answer.ok) return "";
  try { return (await answer.json()).error; } catch { return "The workspace did not answer."; }
}

function submitText(field, error, thread) {
  const text = field.value.trim();
  if (!text) return;
  const slash = text.startsWith("/");
  if (slash && thread) return void (error.textContent = "Slash commands do not work in threads. Use the channel’s own box.");
  const body = { channel: place.channel, text, ...(thread ? { thread_ts: thread } : {}) };
  send(slash ? "slash" : "say", body).then((problem) => {
    error.textContent = problem;
    if (!problem) { field.value = ""; grow(field); }
  }).catch(() => { error.textContent = "The workspace did not answer."; });
}

function grow(field) {
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 180)}px`;
}

function composer(form, field, error, thread) {
  form.addEventListener("submit", (event) => { event.preventDefault(); submitText(field, error, thread()); });
  field.addEventListener("input", () => { grow(field); error.textContent = ""; });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && !event.defaultPrevented) { event.preventDefault(); form.requestSubmit(); }
  });
}

// Where the person is: #/CHANNEL or #/CHANNEL/THREAD

function route() {
  keepDrafts();
  const [, channel, thread] = location.hash.match(/^#\/([^/]+)(?:\/([\d.]+))?/) ?? [];
  const known = world.channels.some((c) => c.id === channel);
  const before = place.channel;
  if (before !== channel) place.tab = "messages";
  place.channel = known ? channel : world.channels[0]?.id ?? "";
  if (place.channel !== before && isDirect(place.channel)) openTab("messages");
  place.thread = known ? world.messages.get(`${channel}/${thread}`)?.thread_ts ?? thread ?? "" : "";
  draw(true);
  restoreDrafts();
  if (typing.matches && place.tab === "messages") $(place.thread ? "thread-text" : "text").focus();
}

const isDirect = (id) => world.channels.some((c) => c.id === id && c.kind === "im");

// The app is told which of its tabs somebody opens.
function openTab(tab) {
  place.tab = tab;
  send("home", { tab });
}

function keepDrafts() {
  drafts.set(place.channel, $("text").value);
  if (place.thread) drafts.set(`${place.channel}/${place.thread}`, $("thread-text").value);
}

function restoreDrafts() {
  const fields = [["text", "error", place.channel], ["thread-text", "thread-error", `${place.channel}/${place.thread}`]];
  for (const [field, error, where] of fields) {
    $(field).value = drafts.get(where) ?? "";
    $(error).textContent = "";
    grow($(field));
  }
}

const go = (channel, thread) => { location.hash = thread ? `#/${channel}/${thread}` : `#/${channel}`; };

// Drawing

const time = (ts) => new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: "numeric", minute: "2-digit" });
const day = (ts) => {
  const names = new Map([[0, "Today"], [1, "Yesterday"]]);
  const date = new Date(Number(ts) * 1000);
  const ago = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(date).setHours(0, 0, 0, 0)) / 86400000);
  return names.get(ago) ?? date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
};
const plural = (count, one, many) => `${count} ${count === 1 ? one : many}`;
const nameOf = (c) => (c.kind === "im" ? world.users[world.bot]?.real_name ?? "App" : c.name);
const context = (m) => ({ ...world, channel: place.channel, act: (action_id, value) => report(send("click", { ts: m.ts, action_id, value })) });

function report(promise) {
  promise.then((problem) => { $(place.thread ? "thread-error" : "error").textContent = problem; });
}

function draw(moved = false, own = null) {
  const channel = world.channels.find((c) => c.id === place.channel);
  if (!channel) return;
  if (!document.hidden) read.set(channel.id, latest(channel.id));
  drawSide();
  const title = channel.kind === "im" ? nameOf(channel) : `# ${channel.name}`;
  const waiting = world.channels.filter(isUnread).length;
  document.title = `${waiting ? `(${waiting}) ` : ""}${title} · ${world.team}`;
  $("room-title").textContent = title;
  drawTabs(channel);
  drawList($("messages"), mainItems(), moved || Boolean(own && !own.thread_ts));
  drawComposer(channel);
  drawThread(moved, Boolean(own?.thread_ts));
  drawDialog();
}

function drawSide() {
  $("team").textContent = world.team;
  $("connection").textContent = world.connected ? "App connected" : "Waiting for the app";
  $("connection").classList.toggle("on", world.connected);
  const item = (c) => el("li", {}, el("a", { href: `#/${c.id}`, class: `room-link${isUnread(c) ? " unread" : ""}`, "aria-current": c.id === place.channel ? "page" : null },
    el("span", { class: c.kind === "im" ? "sign face" : "sign", "aria-hidden": "true" }, c.kind === "im" ? "" : "#"), el("span", {}, nameOf(c)),
    isUnread(c) ? el("span", { class: "dot", role: "img", "aria-label": "unread" }) : null));
  $("channels").replaceChildren(...world.channels.filter((c) => c.kind !== "im").map(item));
  drawWorkflows();
  $("dms").replaceChildren(...world.channels.filter((c) => c.kind === "im").map(item));
}

// A workflow with one step of the app, run by hand; below it how its last runs ended.
function drawWorkflows() {
  const ends = { running: "runs…", done: "done", failed: "failed" };
  const line = (run) => el("li", { class: "run" }, `${ends[run.state]} `,
    run.outputs?.link ? el("a", { href: new URL(run.outputs.link).hash }, run.outputs.title) : el("span", {}, run.error ?? run.outputs?.title ?? ""));
  $("workflows").replaceChildren(...world.steps.map((step) => el("li", {},
    el("button", { type: "button", class: "plain room-link", onclick: () => openStep(step) }, el("span", { class: "sign", "aria-hidden": "true" }, "▸"), el("span", {}, step.title)),
    el("ul", { class: "runs" }, ...world.executions.filter((run) => run.step === step.id).slice(-3).map(line)))));
}

function openStep(step) {
  const dialog = $("step");
  const rooms = world.channels.filter((c) => c.kind !== "im");
  const input = (name) => (name === "channel"
    ? el("select", { name, id: `step-${name}` }, ...rooms.map((c) => el("option", { value: c.id }, `# ${c.name}`)))
    : el("input", { name, id: `step-${name}`, type: "text" }));
  const problem = el("p", { class: "error", role: "alert" });
  const form = el("form", { class: "blocks" }, el("h2", { id: "step-title" }, step.title),
    ...Object.entries(step.inputs).map(([name, label]) => el("div", { class: "input" }, el("label", { for: `step-${name}` }, label), input(name))), problem,
    el("div", { class: "actions end" }, el("button", { type: "button", class: "button", onclick: () => dialog.close() }, "Cancel"),
      el("button", { type: "submit", class: "button primary" }, "Run the workflow")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("step", { step: step.id, inputs: Object.fromEntries(new FormData(form)) })
      .then((wrong) => { problem.textContent = wrong; if (!wrong) dialog.close(); });
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}

const isUnread = (c) => latest(c.id) > (read.get(c.id) ?? "");

function drawTabs(channel) {
  const home = channel.kind === "im" && place.tab === "home";
  $("tabs").hidden = channel.kind !== "im";
  $("tab-messages").setAttribute("aria-pressed", String(!home));
  $("tab-home").setAttribute("aria-pressed", String(home));
  $("messages").hidden = $("composer").hidden = home;
  $("home").hidden = !home;
  if (!home) return;
  const view = world.home;
  const ctx = { ...world, channel: place.channel, act: (action_id, value) => report(send("click", { view: view.id, action_id, value })) };
  $("home").replaceChildren(view
    ? el("div", { class: "home blocks" }, ...view.blocks.map((b) => block(b, ctx)))
    : el("p", { class: "empty" }, "This app shows nothing here yet."));
}

// What the app says it is doing: its status, or the loading messages that take turns, as Slack shows them.
function statusText(id) {
  const turns = world.loading.get(id) ?? [];
  const text = world.statuses.get(id) ?? "";
  if (!text) return "";
  return turns.length ? turns[Math.floor(Date.now() / 3000) % turns.length] : `${world.users[world.bot].real_name} ${text}`;
}

function mainItems() {
  const top = all().filter((m) => !m.thread_ts || m.ts === m.thread_ts || m.broadcast);
  const items = [];
  top.forEach((m, index) => {
    const before = top[index - 1];
    if (!before || day(before.ts) !== day(m.ts)) items.push({ id: `day ${day(m.ts)}`, stamp: "", build: () => el("div", { class: "day" }, el("span", {}, day(m.ts))) });
    const under = replies(m.ts).filter((r) => !r.ephemeral);
    const status = statusText(key(m));
    const follows = before && isFollowing(before, m) && !replies(before.ts).length;
    items.push({ id: m.ts, stamp: JSON.stringify([m, under.length, under.at(-1)?.ts, status, place.thread === m.ts, follows]), build: () => drawMessage(m, { under, status, follows }) });
  });
  if (!items.length) items.push({ id: "empty", stamp: String(world.connected), build: drawEmpty });
  return items;
}

// Slack leaves out the name above a message that follows the same author's within five minutes.
function isFollowing(before, m) {
  return day(before.ts) === day(m.ts) && before.user === m.user && !m.ephemeral && !before.ephemeral && Number(m.ts) - Number(before.ts) < 300;
}

function drawEmpty() {
  const channel = world.channels.find((c) => c.id === place.channel);
  const where = channel.kind === "im" ? `your conversation with ${nameOf(channel)}` : `#${channel.name}`;
  const next = world.connected ? "Write the first message below." : "The app is still starting; what it posts will appear here by itself.";
  return el("div", { class: "empty" }, el("p", { class: "empty-title" }, `This is the start of ${where}.`), el("p", {}, next));
}

// Keeps what has not changed, so that focus, selection and scrolling survive an update.
function drawList(box, items, moved) {
  const low = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const old = new Map([...box.children].map((node) => [node.dataset.id, node]));
  const nodes = items.map((item) => {
    const kept = old.get(item.id);
    if (kept && kept.dataset.stamp === item.stamp) return kept;
    const node = item.build();
    Object.assign(node.dataset, { id: item.id, stamp: item.stamp });
    return node;
  });
  if (nodes.length !== box.children.length || nodes.some((node, index) => node !== box.children[index])) box.replaceChildren(...nodes);
  if (moved || low) box.scrollTop = box.scrollHeight;
}

function avatar(m, small = false) {
  const user = world.users[m.user];
  const size = small ? " small" : "";
  if (m.user === world.bot) return el("div", { class: `avatar app-face${size}`, "aria-hidden": "true" });
  const initials = (user?.real_name ?? "S").split(/\s+/).map((word) => word[0]).join("").slice(0, 2).toUpperCase();
  const tone = Math.max(0, Object.keys(world.users).indexOf(m.user)) % 5;
  return el("div", { class: `avatar tone-${tone}${size}`, "aria-hidden": "true" }, initials);
}

function drawMessage(m, { under = [], status = "", follows = false, inThread = false } = {}) {
  const user = world.users[m.user];
  const head = el("div", { class: "head" }, el("span", { class: "author" }, user?.real_name ?? "Slackbot"),
    user?.is_bot ? el("span", { class: "badge" }, "app") : null, el("time", { datetime: new Date(Number(m.ts) * 1000).toISOString() }, time(m.ts)));
  const body = el("div", { class: "blocks" });
  const ctx = context(m);
  if (m.by_app && m.blocks) body.append(...m.blocks.map((b) => block(b, ctx)));
  else body.append(mrkdwn(m.text, ctx));
  for (const file of m.files ?? []) body.append(drawFile(file));
  if (m.streaming_state === "in_progress") body.append(el("span", { class: "growing", role: "status" }, "writing…"));
  if (m.streaming_state === "errored") body.append(el("span", { class: "growing" }, "Something went wrong."));
  if (m.edited) body.append(el("span", { class: "edited" }, "(edited)"));
  const main = el("div", { class: "main" }, m.ephemeral ? el("div", { class: "only-you" }, "Only visible to you") : null, follows ? null : head, body, drawReactions(m));
  main.append(...[drawShortcuts(m)].filter(Boolean));
  if (!inThread) main.append(...threadLine(m, under, status));
  return el("article", { class: `message${m.ephemeral ? " ephemeral" : ""}${follows ? " follows" : ""}${m.subtype === "tombstone" ? " gone" : ""}`, "aria-label": `${user?.real_name ?? "Slackbot"}, ${time(m.ts)}` },
    follows ? el("div", { class: "gutter", "aria-hidden": "true" }, time(m.ts)) : avatar(m), main);
}

function drawFile(file) {
  return el("a", { class: "file", href: file.permalink, target: "_blank", rel: "noopener" }, el("span", { class: "file-title" }, file.title), el("span", { class: "file-name" }, file.name));
}

function drawShortcuts(m) {
  if (m.subtype === "tombstone" || m.ephemeral) return null;
  return el("div", { class: "shortcuts" }, ...world.shortcuts.map((s) => el("button", { type: "button", class: "shortcut", onclick: () => report(send("shortcut", { ts: m.ts, callback_id: s.id })) }, s.name)));
}

function drawReactions(m) {
  if (!m.reactions?.length) return null;
  return el("div", { class: "reactions" }, ...m.reactions.map((r) => el("button", { type: "button", class: "reaction", "aria-pressed": String(r.users.includes(world.me)), onclick: () => report(send("react", { ts: m.ts, name: r.name })) }, `:${r.name}: ${r.count}`)));
}

function threadLine(m, under, status) {
  if (m.ephemeral) return [];
  const open = () => go(m.channel, m.ts);
  const out = [];
  if (status) out.push(el("p", { class: "status live" }, status));
  if (!under.length) return [...out, el("button", { type: "button", class: "replies none", onclick: open }, "Reply in thread")];
  const last = under.at(-1);
  const authors = [...new Map(under.map((r) => [r.user, r])).values()].slice(0, 4);
  const when = day(last.ts) === "Today" ? `Last reply at ${time(last.ts)}` : `Last reply ${day(last.ts)}`;
  return [...out, el("button", { type: "button", class: "replies", onclick: open }, ...authors.map((r) => avatar(r, true)),
    el("span", { class: "number" }, plural(under.length, "reply", "replies")), el("span", { class: "last" }, when), el("span", { class: "open", "aria-hidden": "true" }, "View thread ›"))];
}

function drawComposer(channel) {
  $("text").placeholder = `Message ${channel.kind === "im" ? nameOf(channel) : `#${channel.name}`}`;
  const prompts = channel.kind === "im" ? world.prompts[channel.id] ?? [] : [];
  $("prompts").replaceChildren(...prompts.map((p) => el("button", { type: "button", class: "button", onclick: () => send("say", { channel: channel.id, text: p.message }) }, p.title)));
}

function drawThread(moved, own) {
  const parent = world.messages.get(`${place.channel}/${place.thread}`);
  const shown = Boolean(parent);
  const wasShown = !$("thread").hidden;
  $("thread").hidden = !shown;
  $("app").classList.toggle("with-thread", shown);
  if (!shown) return;
  const channel = world.channels.find((c) => c.id === place.channel);
  $("thread-place").textContent = channel.kind === "im" ? nameOf(channel) : `# ${channel.name}`;
  const under = replies(parent.ts);
  const items = [parent, ...under].map((m, index) => {
    const follows = index > 1 && isFollowing(under[index - 2], m);
    return { id: m.ts, stamp: JSON.stringify([m, follows]), build: () => drawMessage(m, { inThread: true, follows }) };
  });
  const count = plural(under.length, "reply", "replies");
  items.splice(1, 0, { id: "count", stamp: count, build: () => (under.length ? el("div", { class: "count" }, el("span", {}, count)) : el("div", {})) });
  drawList($("thread-messages"), items, own);
  if (moved || !wasShown) $("thread-messages").scrollTop = 0;
  $("thread-status").textContent = statusText(key(parent));
  $("thread-stop").hidden = world.sessions.get(key(parent)) !== "processing";
}

// Dialogs

function drawDialog() {
  const view = world.views.at(-1);
  const dialog = $("dialog");
  const stamp = view ? `${view.id} ${view.hash} ${JSON.stringify(view.blocks)}` : "";
  for (const line of dialog.querySelectorAll("[data-error]")) line.textContent = view?.errors?.[line.dataset.error] ?? "";
  if (dialog.dataset.stamp === stamp) return;
  dialog.dataset.stamp = stamp;
  if (!view) return void dialog.close();
  const ctx = { ...world, channel: place.channel, inView: true, act: (action_id, value) => report(send("click", { view: view.id, action_id, value })) };
  const close = () => send("close", { view: view.id });
  const form = el("form", { class: "blocks" }, el("h2", { id: "dialog-title" }, view.title.text), ...view.blocks.map((b) => block(b, ctx)),
    el("div", { class: "actions end" }, el("button", { type: "button", class: "button", onclick: close }, view.close?.text ?? "Cancel"),
      view.submit ? el("button", { type: "submit", class: "button primary" }, view.submit.text) : null));
  form.addEventListener("submit", (event) => { event.preventDefault(); report(send("submit", { view: view.id, values: values(form, view) })); });
  dialog.replaceChildren(form);
  dialog.oncancel = (event) => { event.preventDefault(); close(); };
  if (!dialog.open) dialog.showModal();
}

function values(form, view) {
  const out = {};
  for (const field of form.querySelectorAll("[data-block]")) {
    const { block: blockId, action, kind } = field.dataset;
    const source = view.blocks.find((b) => b.block_id === blockId);
    const item = source.element ?? source.accessory ?? source.elements.find((e) => e.action_id === action);
    (out[blockId] ??= {})[action] = { type: kind, ...fieldValue(field, item) };
  }
  return out;
}

function fieldValue(field, item) {
  const options = item.options ?? [];
  if (item.type === "checkboxes" || item.type === "radio_buttons") {
    const chosen = [...field.querySelectorAll("input:checked")].map((box) => options.find((o) => o.value === box.value));
    return item.type === "checkboxes" ? { selected_options: chosen } : { selected_option: chosen[0] ?? null };
  }
  if (item.type.startsWith("multi_")) return { selected_options: [...field.selectedOptions].map((o) => options.find((x) => x.value === o.value)) };
  if (options.length) return { selected_option: options.find((o) => o.value === field.value) ?? null };
  const names = { datepicker: "selected_date", timepicker: "selected_time", conversations_select: "selected_conversation", channels_select: "selected_channel" };
  return { [names[item.type] ?? "value"]: field.value || null };
}

// Start

suggest($("text"), $("suggestions"), $("slash"), () => world.commands);
composer($("composer"), $("text"), $("error"), () => "");
composer($("thread-composer"), $("thread-text"), $("thread-error"), () => place.thread);
$("thread-stop").addEventListener("click", () => report(send("stop", { channel: place.channel, thread_ts: place.thread })));
setInterval(() => { if ([...world.statuses.values()].some(Boolean)) draw(); }, 3000);
$("thread-close").addEventListener("click", () => go(place.channel, ""));
$("tab-messages").addEventListener("click", () => { openTab("messages"); draw(true); });
$("tab-home").addEventListener("click", () => { openTab("home"); draw(true); });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !event.defaultPrevented && place.thread && !$("dialog").open) {
    go(place.channel, "");
    $("text").focus();
  }
});
document.addEventListener("visibilitychange", () => draw());
window.addEventListener("hashchange", route);
listen();
