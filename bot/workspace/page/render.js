// Builds the page's elements from messages. Data only ever becomes text nodes and checked addresses.

const SAFE = new Set(["http:", "https:", "mailto:"]);

export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "class") node.className = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

export const decode = (text) =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

export function link(address, label) {
  let url = null;
  try { url = new URL(address); } catch { /* not an address */ }
  if (!url || !SAFE.has(url.protocol)) return el("span", { class: "unlinked" }, label ?? address);
  if (url.origin === location.origin && url.pathname === "/") return el("a", { href: url.hash || "#" }, label ?? address);
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, label ?? address);
}

// <@U…>, <#C…|name>, <!channel>, <https://…|label>
function mark(inner, ctx) {
  const bar = inner.indexOf("|");
  const target = bar < 0 ? inner : inner.slice(0, bar);
  const label = bar < 0 ? null : decode(inner.slice(bar + 1));
  if (/^@[UW]\w+$/.test(target)) return mention(target.slice(1), label, ctx);
  if (/^#C\w+$/.test(target)) return room(target.slice(1), label, ctx);
  if (target.startsWith("!date^")) return document.createTextNode(dated(target) ?? label ?? "a date");
  if (target.startsWith("!")) {
    const name = label ?? target.slice(1).split("^")[0];
    return el("span", { class: "mention loud", title: "Notifies everybody" }, name.startsWith("@") ? name : `@${name}`);
  }
  if (/^(https?:\/\/|mailto:)/i.test(target)) return link(decode(target), label ?? decode(target).replace(/^mailto:/, ""));
  return null;
}

// !date^SECONDS^{date_short_pretty} {time}: in the reader's own time zone. Null when a token is not known.
const DATE_TOKENS = {
  date: { day: "numeric", month: "long", year: "numeric" },
  date_short: { day: "numeric", month: "short", year: "numeric" },
  date_long: { weekday: "long", day: "numeric", month: "long", year: "numeric" },
  time: { hour: "numeric", minute: "2-digit" },
};

function dated(target) {
  const [, seconds, form] = target.split("^");
  const moment = new Date(Number(seconds) * 1000);
  if (!form || Number.isNaN(moment.getTime())) return null;
  const text = form.replace(/\{(\w+)\}/g, (all, token) => {
    const options = DATE_TOKENS[token.replace(/_pretty$/, "")];
    return options ? moment.toLocaleString([], options) : all;
  });
  return text.includes("{") ? null : text;
}

function mention(id, label, ctx) {
  const user = ctx.users[id];
  return el("span", { class: `mention${id === ctx.me ? " own" : ""}` }, `@${user ? user.real_name : label ?? id}`);
}

function room(id, label, ctx) {
  const found = ctx.channels.find((channel) => channel.id === id);
  return el("a", { class: "mention", href: `#/${id}` }, `#${found ? found.name : label ?? id}`);
}

const INLINE = new RegExp([
  "`([^`\\n]+)`",
  "<([^<>\\n]+)>",
  "(https?:\\/\\/[^\\s<>|]*[^\\s<>|.,;:!?'\")\\]])",
  "(?<![\\w*])\\*(?=[^\\s*])((?:<[^<>\\n]*>|[^*\\n])*?(?:<[^<>\\n]*>|[^\\s*]))\\*(?![\\w*])",
  "(?<!\\w)_(?=[^\\s_])([^\\n]*?[^\\s_])_(?!\\w)",
  "(?<![\\w~])~(?=[^\\s~])([^~\\n]*?[^\\s~])~(?![\\w~])",
].join("|"), "g");

function inline(text, ctx) {
  const out = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    const [all, code, token, bare, bold, italic, strike] = found;
    let node = null;
    if (code !== undefined) node = el("code", {}, decode(code));
    else if (token !== undefined) node = mark(token, ctx);
    else if (bare !== undefined) node = link(decode(bare));
    else if (bold !== undefined) node = el("strong", {}, inline(bold, ctx));
    else if (italic !== undefined) node = el("em", {}, inline(italic, ctx));
    else node = el("s", {}, inline(strike, ctx));
    out.append(decode(text.slice(end, found.index)), node ?? decode(all));
    end = found.index + all.length;
  }
  out.append(decode(text.slice(end)));
  return out;
}

export function mrkdwn(text, ctx) {
  const out = el("div", { class: "text" });
  text.split(/```\n?([\s\S]+?)```/).forEach((part, index) => {
    if (index % 2) return void out.append(el("pre", {}, decode(part.replace(/\n$/, ""))));
    if (part.trim() === "" && index > 0) return;
    mrkdwnLines(part.replace(index ? /^\n/ : /^$/, ""), out, ctx);
  });
  return out;
}

// Slack makes no lists of mrkdwn: a bullet is a character like any other.
function mrkdwnLines(text, out, ctx) {
  let box = null;
  let kind = "";
  for (const line of text.split("\n")) {
    const quote = line.match(/^(?:&gt;|>)\s?(.*)$/);
    const next = quote ? "quote" : line.trim() ? "plain" : "gap";
    if (next === "gap") out.append(el("div", { class: "gap" }));
    else if (next !== kind) {
      box = el(next === "quote" ? "blockquote" : "div", { class: "lines" });
      out.append(box);
    } else box.append(el("br"));
    kind = next;
    if (next !== "gap") box.append(inline(quote ? quote[1] : line, ctx));
  }
}

// Standard Markdown, for markdown blocks. HTML in it is shown as the text it is.

const MD_INLINE = new RegExp([
  "\\\\([\\\\`*_{}\\[\\]()#+.!|<>~-])",
  "(`+)([\\s\\S]*?[^`])\\2(?!`)",
  "(!?)\\[((?:\\\\.|[^\\[\\]\\\\]|\\[[^\\]]*\\])*)\\]\\(\\s*<?((?:[^\\s()<>]|\\([^\\s()]*\\))*)>?(?:\\s+[\"'][^\"']*[\"'])?\\s*\\)",
  "<([^<>\\n]+)>",
  "(https?:\\/\\/[^\\s<>|]*[^\\s<>|.,;:!?'\")\\]*_])",
  "\\*\\*(?=\\S)([\\s\\S]*?\\S)\\*\\*(?!\\*)",
  "(?<!\\w)__(?=\\S)([\\s\\S]*?\\S)__(?!\\w)",
  "\\*(?=[^\\s*])([^*]*?[^\\s*])\\*(?!\\*)",
  "(?<!\\w)_(?=[^\\s_])([^_]*?[^\\s_])_(?!\\w)",
  "~~(?=\\S)([\\s\\S]*?\\S)~~",
].join("|"), "g");

const unslash = (text) => decode(text.replace(/\\([\\`*_{}[\]()#+.!|<>~-])/g, "$1"));

function mdInline(text, ctx) {
  const out = document.createDocumentFragment();
  let end = 0;
  for (const found of text.matchAll(MD_INLINE)) {
    const [all, slashed, , code, bang, label, url, token, bare, b1, b2, i1, i2, strike] = found;
    let node = null;
    if (slashed !== undefined) node = document.createTextNode(slashed);
    else if (code !== undefined) node = el("code", {}, code.trim());
    else if (label !== undefined) node = bang ? picture(label) : link(decode(url), mdInline(label, ctx));
    else if (token !== undefined) node = mark(token, ctx);
    else if (bare !== undefined) node = link(decode(bare));
    else if (b1 ?? b2) node = el("strong", {}, mdInline(b1 ?? b2, ctx));
    else if (i1 ?? i2) node = el("em", {}, mdInline(i1 ?? i2, ctx));
    else if (strike) node = el("s", {}, mdInline(strike, ctx));
    out.append(unslash(text.slice(end, found.index)), node ?? decode(all));
    end = found.index + all.length;
  }
  out.append(unslash(text.slice(end)));
  return out;
}

const MD_ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const MD_RULE = /^\s*([-*_])(\s*\1){2,}\s*$/;
const MD_HEAD = /^\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$/;
const MD_TABLE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

export function markdown(text, ctx) {
  const out = el("div", { class: "text md" });
  const lines = text.replaceAll("\r", "").split("\n");
  let at = 0;
  while (at < lines.length) at = mdBlock(lines, at, out, ctx);
  return out;
}

function mdBlock(lines, at, out, ctx) {
  const line = lines[at];
  const fence = line.match(/^\s*(```+|~~~+)/);
  const head = line.match(MD_HEAD);
  if (line.trim() === "") return at + 1;
  if (fence) return mdFence(lines, at, out, fence[1]);
  if (head) return out.append(el(`h${Math.min(head[1].length + 2, 6)}`, {}, mdInline(head[2], ctx))), at + 1;
  if (MD_RULE.test(line)) return out.append(el("hr")), at + 1;
  if (/^\s*>/.test(line)) return mdQuote(lines, at, out, ctx);
  if (MD_ITEM.test(line)) return mdList(lines, at, out, ctx);
  if (line.includes("|") && MD_TABLE.test(lines[at + 1] ?? "") && lines[at + 1].includes("|")) return mdTable(lines, at, out, ctx);
  return mdParagraph(lines, at, out, ctx);
}

function mdFence(lines, at, out, mark_) {
  let end = at + 1;
  while (end < lines.length && !lines[end].trim().startsWith(mark_)) end += 1;
  out.append(el("pre", {}, lines.slice(at + 1, end).join("\n")));
  return end + 1;
}

function mdQuote(lines, at, out, ctx) {
  let end = at;
  while (end < lines.length && /^\s*>/.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(/^\s*>\s?/, "")).join("\n");
  out.append(el("blockquote", {}, markdown(inner, ctx)));
  return end;
}

function mdList(lines, at, out, ctx) {
  const [, indent, sign] = lines[at].match(MD_ITEM);
  const ordered = /\d/.test(sign);
  const list = el(ordered ? "ol" : "ul", ordered ? { start: parseInt(sign, 10) } : {});
  let item = null;
  while (at < lines.length) {
    const found = lines[at].match(MD_ITEM);
    if (found && found[1].length > indent.length + 1 && item) { at = mdList(lines, at, item, ctx); continue; }
    if (found && (found[1].length < indent.length - 1 || /\d/.test(found[2]) !== ordered)) break;
    if (found) {
      const task = found[3].match(/^\[([ xX])\]\s+(.*)$/);
      item = el("li", { class: task ? "task" : null }, task ? (task[1] === " " ? "☐ " : "☑ ") : "", mdInline(task ? task[2] : found[3], ctx));
      list.append(item);
    } else if (lines[at].trim() === "") {
      const next = lines[at + 1] ?? "";
      if (!MD_ITEM.test(next) && !/^\s{2,}\S/.test(next)) break;
    } else if (/^\s{2,}\S/.test(lines[at])) item.append(" ", mdInline(lines[at].trim(), ctx));
    else break;
    at += 1;
  }
  out.append(list);
  return at;
}

function mdTable(lines, at, out, ctx) {
  const cells = (line) => line.trim().replace(/^\||\|$/g, "").split("|").map((cell) => cell.trim());
  const sides = cells(lines[at + 1]).map((cell) => (/^:.*:$/.test(cell) ? "to-center" : cell.endsWith(":") ? "to-right" : null));
  const body = el("tbody");
  const headRow = el("tr", {}, ...cells(lines[at]).map((cell, n) => el("th", { scope: "col", class: sides[n] }, mdInline(cell, ctx))));
  let end = at + 2;
  for (; end < lines.length && lines[end].includes("|"); end += 1) {
    body.append(el("tr", {}, ...cells(lines[end]).map((cell, n) => el("td", { class: sides[n] }, mdInline(cell, ctx)))));
  }
  out.append(el("div", { class: "table" }, el("table", {}, el("thead", {}, headRow), body)));
  return end;
}

function mdParagraph(lines, at, out, ctx) {
  let end = at + 1;
  const starts = (line) => line.trim() === "" || MD_HEAD.test(line) || MD_RULE.test(line) || MD_ITEM.test(line) || /^\s*(>|```|~~~)/.test(line);
  while (end < lines.length && !starts(lines[end])) end += 1;
  const p = el("p");
  lines.slice(at, end).forEach((line, index) => p.append(...(index ? [el("br")] : []), mdInline(line.trim(), ctx)));
  out.append(p);
  return end;
}

// A picture that was uploaded; as in Slack, a click opens it in full size.
function shown(b) {
  const address = `/files/-/${encodeURIComponent(b.slack_file.id)}/picture`;
  return el("a", { href: address, target: "_blank", rel: "noopener" }, el("img", { src: address, alt: b.alt_text, class: "shown" }));
}

function picture(alt) {
  return el("span", { class: "picture", role: "img", "aria-label": alt || "Image" }, `Image: ${alt || "no description"}`);
}

// Block Kit

const textObject = (thing, ctx) =>
  thing.type === "mrkdwn" ? mrkdwn(thing.text, ctx) : el("div", { class: "text" }, decode(thing.text));

const BLOCKS = {
  section: (b, ctx) => {
    const main = el("div", { class: "section-main" });
    if (b.text) main.append(textObject(b.text, ctx));
    if (b.fields) main.append(el("div", { class: "fields" }, ...b.fields.map((field) => textObject(field, ctx))));
    if (!b.expand && (b.text?.text.length ?? 0) > FOLDS_AT) fold(main);
    return el("div", { class: "section" }, main, b.accessory ? element(b.accessory, b, ctx) : null);
  },
  header: (b) => el("h3", { class: "header" }, decode(b.text.text)),
  divider: () => el("hr"),
  context: (b, ctx) => el("div", { class: "context" }, ...b.elements.map((item) => item.type === "image" ? picture(item.alt_text) : textObject(item, ctx))),
  actions: (b, ctx) => el("div", { class: "actions" }, ...b.elements.map((item) => element(item, b, ctx))),
  context_actions: (b, ctx) => el("div", { class: "actions small" }, ...b.elements.flatMap((item) => feedback(item, b, ctx))),
  markdown: (b, ctx) => markdown(b.text, ctx),
  image: (b) => el("figure", { class: "figure" }, b.slack_file ? shown(b) : picture(b.alt_text), b.title ? el("figcaption", {}, decode(b.title.text)) : null),
  rich_text: (b, ctx) => el("div", { class: "text rich" }, ...b.elements.map((part) => richPart(part, ctx))),
  table: (b, ctx) => table(b, ctx),
  task_card: (b) => task(b),
  input: (b, ctx) => input(b, ctx),
};

// Slack shows the beginning of a long text, unless its block says that it is to be expanded.
const FOLDS_AT = 700;

function fold(main) {
  main.classList.add("folded");
  const more = el("button", { type: "button", class: "more", "aria-expanded": "false" }, "See more");
  more.addEventListener("click", () => {
    const folded = main.classList.toggle("folded");
    more.setAttribute("aria-expanded", String(!folded));
    more.textContent = folded ? "See more" : "See less";
  });
  main.append(more);
}

export function block(b, ctx) {
  const build = BLOCKS[b.type];
  return build ? build(b, ctx) : el("div", { class: "unknown" }, `This page does not draw “${b.type}” blocks.`);
}

function element(item, b, ctx) {
  if (item.type === "image") return picture(item.alt_text);
  if (item.type === "button") return button(item, b, ctx);
  if (item.type === "overflow") return overflow(item, b, ctx);
  if (item.options) return select(item, b, ctx);
  return el("span", { class: "unknown" }, `(${item.type})`);
}

function button(item, b, ctx) {
  const label = decode(item.text.text);
  const look = `button ${item.style ?? ""}`;
  const press = () => sure(item.confirm, () => ctx.act(item.action_id, item.value, b));
  if (item.url) {
    const a = link(item.url, label);
    a.className = look;
    a.addEventListener("click", press);
    return a;
  }
  return el("button", { type: "button", class: look, "aria-label": item.accessibility_label, onclick: press }, label);
}

// Slack asks once more in a window of its own where a button has a confirmation.
function sure(confirm, then) {
  if (!confirm) return void then();
  const dialog = el("dialog", { class: "dialog", "aria-label": decode(confirm.title.text) });
  const close = (go) => { dialog.close(); dialog.remove(); if (go) then(); };
  const look = `button ${confirm.style === "danger" ? "danger" : "primary"}`;
  dialog.append(el("div", { class: "blocks" }, el("h2", {}, decode(confirm.title.text)), el("p", {}, decode(confirm.text.text)),
    el("div", { class: "actions end" }, el("button", { type: "button", class: "button", onclick: () => close(false) }, decode(confirm.deny.text)),
      el("button", { type: "button", class: look, onclick: () => close(true) }, decode(confirm.confirm.text)))));
  dialog.addEventListener("cancel", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function overflow(item, b, ctx) {
  const menu = el("details", { class: "overflow" });
  const choose = (option) => { menu.open = false; sure(item.confirm, () => ctx.act(item.action_id, option.value, b)); };
  menu.append(el("summary", { class: "button", "aria-label": "More actions", title: "More actions" }, "⋯"),
    el("div", { class: "menu" }, ...item.options.map((option) => el("button", { type: "button", onclick: () => choose(option) }, decode(option.text.text)))));
  menu.addEventListener("focusout", (event) => { if (!menu.contains(event.relatedTarget)) menu.open = false; });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.preventDefault();
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  return menu;
}

function feedback(item, b, ctx) {
  if (item.type === "icon_button") return [button({ ...item, style: "" }, b, ctx)];
  return ["positive_button", "negative_button"].filter((key) => item[key]).map((key) =>
    button({ ...item[key], action_id: item.action_id }, b, ctx));
}

function select(item, b, ctx) {
  const label = item.placeholder ? item.placeholder.text : "Choose";
  const box = el("select", { class: "select", "aria-label": label }, el("option", { value: "" }, label),
    ...item.options.map((option) => el("option", { value: option.value }, decode(option.text.text))));
  if (item.initial_option) box.value = item.initial_option.value;
  if (ctx.inView) box.dataset.block = b.block_id, box.dataset.action = item.action_id, box.dataset.kind = item.type;
  box.addEventListener("change", () => box.value && ctx.act(item.action_id, box.value, b));
  return box;
}

function input(b, ctx) {
  const item = b.element;
  const id = `in-${b.block_id}`;
  const field = control(item, ctx, id);
  Object.assign(field.dataset, { block: b.block_id, action: item.action_id ?? "value", kind: item.type });
  if (!b.optional && field.matches("input, textarea, select")) field.required = true;
  if (!b.optional) for (const radio of field.querySelectorAll("input[type=radio]")) radio.required = true;
  return el("div", { class: "input" }, el("label", { for: id }, decode(b.label.text)), field,
    b.hint ? el("p", { class: "hint" }, decode(b.hint.text)) : null,
    el("p", { class: "error", role: "alert", "data-error": b.block_id }));
}

const FIELD_TYPES = { email_text_input: "email", url_text_input: "url", number_input: "number", datepicker: "date", timepicker: "time" };

function control(item, ctx, id) {
  if (item.type === "checkboxes" || item.type === "radio_buttons") return boxes(item, id);
  if (item.options) {
    const field = el("select", { id, multiple: item.type.startsWith("multi_") }, ...item.options.map((o) => el("option", { value: o.value }, decode(o.text.text))));
    const chosen = new Set([item.initial_option, ...(item.initial_options ?? [])].map((o) => o?.value));
    for (const option of field.options) option.selected = chosen.has(option.value);
    return field;
  }
  if (/^(conversations|channels)_select$/.test(item.type)) {
    const field = el("select", { id }, ...ctx.channels.filter((c) => c.name).map((c) => el("option", { value: c.id }, `#${c.name}`)));
    field.value = item.initial_conversation ?? item.initial_channel ?? ctx.channel;
    return field;
  }
  const first = item.initial_value ?? item.initial_date ?? item.initial_time ?? "";
  const hint = item.placeholder?.text;
  if (item.multiline) {
    const area = el("textarea", { id, rows: 4, placeholder: hint, maxlength: item.max_length });
    area.value = first;
    return area;
  }
  return el("input", { id, type: FIELD_TYPES[item.type] ?? "text", value: first, placeholder: hint, maxlength: item.max_length });
}

function boxes(item, id) {
  const kind = item.type === "checkboxes" ? "checkbox" : "radio";
  const chosen = new Set([item.initial_option, ...(item.initial_options ?? [])].map((o) => o?.value));
  return el("div", { id, class: "choices", role: "group" }, ...item.options.map((option) =>
    el("label", {}, el("input", { type: kind, name: id, value: option.value, checked: chosen.has(option.value) }), " ", decode(option.text.text))));
}

const TASK_SIGNS = { pending: "○", in_progress: "◔", complete: "✓", error: "!" };

function task(b) {
  const status = b.status ?? "pending";
  const sources = (b.sources ?? []).map((s) => link(s.url, s.text));
  return el("div", { class: `task ${status}` }, el("span", { class: "task-sign", "aria-label": status.replace("_", " ") }, TASK_SIGNS[status] ?? "○"),
    el("span", { class: "task-title" }, b.title), b.output ? el("span", { class: "task-output" }, b.output) : null, ...sources);
}

function table(b, ctx) {
  const cell = (item) => item.type === "rich_text" ? BLOCKS.rich_text(item, ctx) : String(item.text ?? item.value ?? "");
  const rows = b.rows.map((row, index) => el("tr", {}, ...row.map((item) => el(index ? "td" : "th", {}, cell(item)))));
  return el("div", { class: "table" }, el("table", {}, ...rows));
}

function richPart(part, ctx) {
  if (part.type === "rich_text_list") {
    const list = el(part.style === "ordered" ? "ol" : "ul", { class: part.indent ? `indent-${Math.min(part.indent, 4)}` : null, start: part.offset ? part.offset + 1 : null });
    list.append(...part.elements.map((item) => el("li", {}, ...item.elements.map((piece) => richInline(piece, ctx)))));
    return list;
  }
  const tag = { rich_text_quote: "blockquote", rich_text_preformatted: "pre" }[part.type] ?? "div";
  return el(tag, { class: tag === "div" ? "lines" : null }, ...part.elements.map((piece) => richInline(piece, ctx)));
}

function richInline(piece, ctx) {
  const node = richNode(piece, ctx);
  const style = piece.style ?? {};
  const wraps = [["code", "code"], ["strike", "s"], ["italic", "em"], ["bold", "strong"]];
  return wraps.reduce((inner, [key, tag]) => (style[key] ? el(tag, {}, inner) : inner), node);
}

function richNode(piece, ctx) {
  if (piece.type === "link") return link(piece.url, piece.text ?? piece.url);
  if (piece.type === "user") return mention(piece.user_id, null, ctx);
  if (piece.type === "channel") return room(piece.channel_id, null, ctx);
  if (piece.type === "broadcast") return el("span", { class: "mention loud" }, `@${piece.range}`);
  if (piece.type === "emoji") return document.createTextNode(`:${piece.name}:`);
  return document.createTextNode(piece.text ?? piece.fallback ?? "");
}
