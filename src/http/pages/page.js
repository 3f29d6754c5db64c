"use strict";

// A request has ten seconds at the server; past this nobody answers any more.
const PATIENCE_MS = 15000;

const byId = (id) => document.getElementById(id);

// The link's key stands behind the #, which browsers send to nobody. Once read, it leaves the address bar too: no
// bookmark, no screenshot and no shared address has it.
function takeFragment() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  history.replaceState(null, "", location.pathname);
  return fragment;
}

// A second link, opened in this tab, changes the fragment alone, and the browser would not load the page anew.
addEventListener("hashchange", () => location.reload());

byId("host").textContent = location.host;

// Shows one section. Where it follows upon something that a person did, its heading is read out.
function turnTo(id, { aloud }) {
  for (const section of document.querySelectorAll("section")) section.hidden = section.id !== id;
  if (aloud) byId(id).querySelector("h1").focus();
}

// Whether a try was sent whose outcome nobody knows: it may have used the link up.
let inDoubt = false;

function spent() {
  byId("perhaps").hidden = !inDoubt;
  turnTo("spent", { aloud: true });
}

// Asks the API, and calls the question off after a while, or when `calling` is told to.
// The address is relative, so that it is right behind a proxy that adds a folder. Without an answer the status is 0;
// `wait` is in seconds, and 0 where the answer does not say.
async function ask(path, body, calling = new AbortController()) {
  const options = { cache: "no-store", credentials: "omit", redirect: "error", signal: calling.signal };
  if (body) {
    options.method = "POST";
    options.headers = { "Content-Type": "application/json" };
    options.body = JSON.stringify(body);
  }
  const timer = setTimeout(() => calling.abort(), PATIENCE_MS);
  try {
    const answer = await fetch(`../v1/${path}`, options);
    // 204 has no body, and what stands between may answer with a page of its own.
    const json = await answer.json().catch(() => ({}));
    return { status: answer.status, json, wait: Number(answer.headers.get("Retry-After")) || 0 };
  } catch {
    return { status: 0, json: {}, wait: 0 };
  } finally {
    clearTimeout(timer);
  }
}

function inWords(seconds) {
  if (seconds < 60) return seconds > 1 ? `in ${seconds} seconds` : "in a moment";
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return minutes > 1 ? `in ${minutes} minutes` : "in a minute";
  const hours = Math.ceil(minutes / 60);
  return hours > 1 ? `in ${hours} hours` : "in an hour";
}

// What is said of an answer that no page has a plan for.
function trouble({ status, json, wait }) {
  if (status === 0) return "No answer came back. Check your connection, then try again.";
  if (status === 429) return `That was tried too often. Please try again ${inWords(wait)}.`;
  if (status === 503) return `The server has too much to do right now. Please try again ${inWords(wait)}.`;
  const reference = json.request_id ? ` Whoever runs this site can find it as ${json.request_id}.` : "";
  return `Something went wrong, and not by your doing.${reference}`;
}

// Sends the form's one request. Its button rests until the answer is there, so that it is sent once.
async function send(path, body) {
  const button = byId("go");
  const label = button.textContent;
  byId("message").textContent = "";
  button.disabled = true;
  button.textContent = "One moment …";
  const answer = await ask(path, body);
  inDoubt = inDoubt || answer.status === 0 || answer.status >= 500;
  button.disabled = false;
  button.textContent = label;
  return answer;
}

// Says what stands in the way, and lets go on.
function complain(words, focus) {
  byId("message").textContent = words;
  focus.focus();
}
