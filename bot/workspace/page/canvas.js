// A canvas on a page of its own.

import { el, markdown } from "./render.js";

const box = document.getElementById("canvas");
const id = location.pathname.split("/").at(-1);
const answer = await fetch(`/_workspace/canvas/${encodeURIComponent(id)}`);
const canvas = await answer.json();
if (answer.ok) {
  document.title = canvas.title;
  box.replaceChildren(el("h1", {}, canvas.title), markdown(canvas.markdown, { users: {}, channels: [], me: "" }));
} else box.replaceChildren(el("p", { class: "empty" }, canvas.error));
