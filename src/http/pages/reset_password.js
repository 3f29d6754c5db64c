// People pause that long when they have typed what they meant; each look is a request.
const PAUSE_MS = 350;

const token = takeFragment().get("token");
const field = byId("password");

function advise(lines) {
  byId("advice").replaceChildren(...lines.map(([kind, words]) => {
    const line = document.createElement("li");
    line.className = kind;
    line.textContent = words;
    return line;
  }));
}

// "it has fewer than 12 characters" → "It has fewer than 12 characters."
const sentence = (words) => `${words.charAt(0).toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;

const reasons = (errors) => errors.map(({ detail }) => ["bad", sentence(detail)]);

// What is asked, before anything is typed. Without an answer the page's own words stay.
async function tellPolicy() {
  const { status, json } = await ask("password/policy");
  if (status !== 200 || !json.min_length) return;
  const asked = [`At least ${json.min_length} characters.`];
  if (json.required_classes > 1) {
    const classes = "lower-case letters, upper-case letters, digits, other characters";
    asked.push(`${json.required_classes} or more of these: ${classes}.`);
  }
  if (json.history > 1) asked.push("None that you had of late.");
  byId("policy").textContent = [...asked, byId("policy").textContent].join(" ");
}

let pause = 0;
let looking = new AbortController();

async function look() {
  const mine = looking = new AbortController();
  const { status, json } = await ask("password/check", { password: field.value }, mine);
  // An answer to what no longer stands there; or none, and then pressing the button will tell.
  if (mine.signal.aborted || status !== 200) return;
  advise(json.acceptable ? [["good", "This one will do."]] : reasons(json.reasons));
}

field.addEventListener("input", () => {
  clearTimeout(pause);
  looking.abort();
  byId("message").textContent = "";
  field.removeAttribute("aria-invalid");
  if (field.value) pause = setTimeout(look, PAUSE_MS);
  else advise([]);
});

byId("show").addEventListener("click", () => {
  const shown = field.type === "password";
  field.type = shown ? "text" : "password";
  byId("show").textContent = shown ? "Hide" : "Show";
  byId("show").setAttribute("aria-pressed", String(shown));
});

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  clearTimeout(pause);
  looking.abort();
  if (byId("go").disabled) return;
  if (!field.value) return complain("Type a new password first.", field);
  const answer = await send("password/reset", { token, new_password: field.value });
  if (answer.status === 204) {
    // Gone from the page, which is also how password managers notice that it was accepted.
    byId("form").remove();
    turnTo("done", { aloud: true });
  } else if (answer.status === 410) {
    spent();
  } else if (answer.status === 422 && answer.json.errors) {
    advise(reasons(answer.json.errors));
    field.setAttribute("aria-invalid", "true");
    complain("Please choose another password.", field);
  } else {
    complain(trouble(answer), byId("go"));
  }
});

if (token) {
  turnTo("ready", { aloud: false });
  field.focus();
  tellPolicy();
} else {
  turnTo("missing", { aloud: false });
}
