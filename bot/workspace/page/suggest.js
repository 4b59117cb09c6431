// What one can type behind a slash, above the box while a command is typed.

import { el } from "./render.js";

// A usage hint such as "now [profile] | status" gives "/brief now" and "/brief status".
function entries(commands) {
  return commands.flatMap(({ name, hint }) => (hint || "").split("|").map((part) => part.trim()).map((part) => {
    const word = part.split(/\s*[[<]/)[0];
    return { text: word ? `${name} ${word}` : name, rest: part.slice(word.length).trim() };
  }));
}

export function suggest(field, list, opener, commands) {
  let chosen = -1;

  const matching = () => {
    const typed = field.value.toLowerCase();
    return typed.startsWith("/") ? entries(commands()).filter((entry) => entry.text.startsWith(typed.trimEnd()) && entry.text !== typed.trimEnd()) : [];
  };

  const take = (entry) => {
    field.value = entry.rest ? `${entry.text} ` : entry.text;
    field.focus();
    show();
  };

  function show() {
    const found = matching();
    chosen = Math.min(chosen, found.length - 1);
    list.hidden = !found.length;
    list.replaceChildren(...found.map((entry, index) => el("li", {
      role: "option", id: `suggestion-${index}`, "aria-selected": String(index === chosen),
      onmousedown: (event) => { event.preventDefault(); take(entry); },
    }, el("span", { class: "command" }, entry.text), entry.rest ? el("span", { class: "rest" }, entry.rest) : null)));
    if (chosen < 0) field.removeAttribute("aria-activedescendant");
    else field.setAttribute("aria-activedescendant", `suggestion-${chosen}`);
  }

  const KEYS = {
    ArrowDown: (found) => { chosen = (chosen + 1) % found.length; show(); },
    ArrowUp: (found) => { chosen = (chosen - 1 + found.length) % found.length; show(); },
    Tab: (found) => take(found[Math.max(chosen, 0)]),
    Enter: (found) => take(found[chosen]),
    Escape: () => { list.hidden = true; },
  };

  field.addEventListener("keydown", (event) => {
    if (list.hidden || !KEYS[event.key] || event.isComposing || event.shiftKey || (event.key === "Enter" && chosen < 0)) return;
    event.preventDefault();
    KEYS[event.key](matching());
  });
  field.addEventListener("input", () => { chosen = -1; show(); });
  field.addEventListener("blur", () => { list.hidden = true; });
  opener.addEventListener("mousedown", (event) => event.preventDefault());
  opener.addEventListener("click", () => {
    if (!field.value) field.value = "/";
    field.focus();
    show();
  });
}
