// The editor of the price list: numbers beside its lines, problems at theirs, and what the JSON Schema says can be
// written. The text area stays what it is, so that the page works without this file.
const area = document.getElementById("text");
const checked = document.getElementById("checked");
const element = (name, given) => Object.assign(document.createElement(name), given);
const gutter = element("div", { className: "gutter" });
const list = element("ul", { id: "options", hidden: true, tabIndex: 0 });
const help = element("p", { className: "note help" });
const set = (one, given) => Object.entries(given).forEach(([name, value]) => one.setAttribute(name, value));
set(gutter, { "aria-hidden": "true" });
set(list, { role: "listbox", "aria-label": area.dataset.options });
set(help, { "aria-live": "polite" });
set(area, { "aria-autocomplete": "list", "aria-controls": "options" });
area.before(gutter);
area.after(list);
area.parentElement.after(help);
area.parentElement.classList.add("numbered");
document.getElementById("editor-note").hidden = false;

// --- lines and their problems ---

function number() {
  const wrong = new Map([...checked.querySelectorAll("[data-line]")].map((one) => [one.dataset.line, one.dataset.says]));
  gutter.replaceChildren(...area.value.split("\n").map((_, nth) => {
    const says = wrong.get(String(nth + 1));
    return element("span", { textContent: nth + 1, className: says ? "wrong" : "", title: says ?? "" });
  }));
  gutter.scrollTop = area.scrollTop;
}

function goTo(line) {
  const from = area.value.split("\n").slice(0, line - 1).map((one) => `${one}\n`).join("").length;
  const end = area.value.indexOf("\n", from);
  area.setSelectionRange(from, end < 0 ? area.value.length : end);
  area.focus();
  area.scrollTop = (line - 4) * parseFloat(getComputedStyle(area).lineHeight);
}

checked.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (link) { event.preventDefault(); goTo(Number(link.dataset.line)); }
});
document.body.addEventListener("htmx:afterSwap", number);
area.addEventListener("scroll", () => { gutter.scrollTop = area.scrollTop; list.hidden = true; });

// --- where the cursor is: the keys that lead there, and the word before it ---

function place() {
  const before = area.value.slice(0, area.selectionStart);
  const heads = [...before.matchAll(/^\[{1,2}([^\]\n]*)\]{1,2}[^\n]*(?:\n|$)/gm)];
  const head = heads.at(-1);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (/^\s*\[{1,2}[\w.-]*$/.test(line)) {
    const keys = line.replace(/^[\s[]+/, "").split(".");
    return { keys: keys.slice(0, -1), word: keys.at(-1), value: false };
  }
  const keys = head ? head[1].split(".").map((one) => one.trim().replace(/^"|"$/g, "")) : [];
  const rest = (head ? before.slice(head.index + head[0].length) : before).replace(/#[^\n]*/g, "");
  const open = [];
  let key = null, last = "";
  for (const [part] of rest.matchAll(/"[^"\n]*"?|[\w-]+|[[\]{}=,\n]/g)) {
    if (part === "=") key = last;
    else if (part === "{" || part === "[") { open.push(part === "{" ? key : [key]); if (part === "{") key = null; }
    else if (part === "}" || part === "]") { const up = open.pop(); key = Array.isArray(up) ? up[0] : up; }
    else if (part === "," && !Array.isArray(open.at(-1))) key = null;
    else if (part === "\n" && !open.length) key = null;
    else last = part.replaceAll('"', "");
  }
  const inside = open.filter((one) => !Array.isArray(one));
  const word = /["\w-]*$/.exec(before)[0];
  return { keys: [...keys, ...inside, ...(key === null ? [] : [key])], word, value: key !== null };
}

// --- what the schema says there ---

let schema = {};
fetch(area.dataset.schema).then((answer) => answer.json()).then((found) => { schema = found; });

function every(node) {
  if (!node || typeof node !== "object") return [];
  if (node.$ref) return [...every(schema.$defs?.[node.$ref.split("/").at(-1)]), { description: node.description }];
  return [node, ...["anyOf", "oneOf", "allOf"].flatMap((how) => (node[how] ?? []).flatMap(every)), ...every(node.items)];
}

const step = (nodes, key) => nodes.flatMap((node) => every(node.properties?.[key] ?? node.additionalProperties));
const reach = (keys) => keys.reduce(step, every(schema));
const says = (nodes) => nodes.find((node) => node.description)?.description ?? "";

function options({ keys, value }) {
  const nodes = reach(keys);
  const found = value
    ? nodes.flatMap((node) => [...(node.enum ?? []), ...("const" in node ? [node.const] : []), ...(node.type === "boolean" ? [true, false] : [])])
        .map((one) => [JSON.stringify(one), ""])
    : nodes.flatMap((node) => Object.entries(node.properties ?? {}).map(([key, one]) => [key, says(every(one))]));
  return [...new Map(found)];
}

// --- the list of it ---

let chosen = -1;

function choose(nth) {
  chosen = nth;
  [...list.children].forEach((one, at) => one.setAttribute("aria-selected", String(at === nth)));
  if (nth < 0) return area.removeAttribute("aria-activedescendant");
  area.setAttribute("aria-activedescendant", list.children[nth].id);
  list.children[nth].scrollIntoView({ block: "nearest" });
}

function offer(asked) {
  const at = place();
  const found = options(at).filter(([text]) => text !== at.word && text.toLowerCase().startsWith(at.word.toLowerCase()));
  help.textContent = at.keys.length ? [at.keys.join(" › "), says(reach(at.keys))].filter(Boolean).join(": ") : "";
  list.hidden = !found.length || !(asked || at.word);
  list.replaceChildren(...found.map(([text, about], nth) => {
    const one = element("li", { id: `option-${nth}`, role: "option" });
    one.append(element("code", { textContent: text }), " ", element("small", { textContent: about }));
    one.addEventListener("mousedown", (event) => { event.preventDefault(); accept(nth); });
    return one;
  }));
  choose(asked && found.length ? 0 : -1);
  const lines = area.value.slice(0, area.selectionStart).split("\n");
  const high = parseFloat(getComputedStyle(area).lineHeight);
  list.style.top = `${area.offsetTop + (lines.length + 0.7) * high - area.scrollTop}px`;
  list.style.left = `calc(${area.offsetLeft}px + ${Math.min(lines.at(-1).length - at.word.length, 24)}ch)`;
}

function accept(nth) {
  const text = list.children[nth].querySelector("code").textContent;
  area.setSelectionRange(area.selectionStart - place().word.length, area.selectionEnd);
  document.execCommand("insertText", false, text); // what is set in another way cannot be undone
  close();
}

function close() {
  list.hidden = true;
  choose(-1);
}

area.addEventListener("input", () => { number(); offer(false); });
area.addEventListener("blur", close);
area.addEventListener("click", () => { offer(false); close(); });
area.addEventListener("keyup", (event) => { if (/^(Arrow|Home|End|Page)/.test(event.key) && list.hidden) { offer(false); close(); } });
area.addEventListener("keydown", (event) => {
  if (event.ctrlKey && event.code === "Space") { offer(true); event.preventDefault(); return; }
  if (list.hidden) return;
  const moved = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (moved) choose((chosen + moved + list.children.length) % list.children.length);
  else if (event.key === "Escape") close();
  else if (event.key === "Tab") return close();
  else if (event.key === "Enter" && chosen >= 0) accept(chosen);
  else return;
  event.preventDefault();
});
number();
