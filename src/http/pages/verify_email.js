// Two kinds of links lead here: #token=…, and #token=…&purpose=change for an account that wants another address.
const KINDS = {
  verify: {
    path: "email/verify",
    asked: "Confirm your address",
    more: "Press the button to say that this e-mail address is yours. If you did not ask for it, close this page, and nothing happens.",
    done: "You can sign in now, and close this page.",
    spent: "If your address still waits to be confirmed, ask for a new mail where you sign in.",
  },
  change: {
    path: "email/change/confirm",
    asked: "Confirm your new address",
    more: "Press the button to use this e-mail address from now on. Until then the old one stays.",
    done: "From now on you sign in with the new address. You can close this page.",
    spent: "If your old address still stands, start the change again in your account.",
  },
};
const TAKEN = {
  email_taken: "The address belongs to another account by now. Sign in to that one, or use a different address.",
  username_taken: "Somebody else chose the same username in the meantime. Register again with a different one.",
};

const fragment = takeFragment();
const token = fragment.get("token");
const kind = fragment.get("purpose") === "change" ? KINDS.change : KINDS.verify;

byId("asked").textContent = kind.asked;
byId("asked-more").textContent = kind.more;
byId("done-more").textContent = kind.done;
byId("spent-more").textContent = kind.spent;

byId("form").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (byId("go").disabled) return;
  const answer = await send(kind.path, { token });
  if (answer.status === 204) {
    turnTo("done", { aloud: true });
  } else if (answer.status === 410) {
    spent();
  } else if (answer.status === 409) {
    byId("taken-more").textContent = TAKEN[answer.json.code] || TAKEN.email_taken;
    turnTo("taken", { aloud: true });
  } else {
    complain(trouble(answer), byId("go"));
  }
});

turnTo(token ? "ready" : "missing", { aloud: false });
