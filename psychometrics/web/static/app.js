// Makes a form with data-measure better; without this file the same form works by its buttons.
// Saves each change, says "saved" only when the server has said so, keeps and sends again what could not be sent,
// measures seconds, and lets digits pick an answer. No text is made here: the words come with the form.
"use strict";

const form = document.querySelector("form[data-measure]");
if (form) {
  const autosave = "autosave" in form.dataset;
  const state = document.querySelector(".saved");
  const WAIT_AFTER_TYPING = 1200;
  const MOST_WAIT = 30000;
  let changed = 0; // counts changes; a save that began at change n has saved everything up to n
  let saved = 0;
  let sending = null;
  let timer = 0;
  let failures = 0;
  let leaving = false;

  // The words in the bar follow every change; a screen reader hears the first "saved", and what goes wrong and right again.
  const live = document.querySelector("[data-live]");
  let heard = "";
  const say = (name, text) => {
    if (!state || !text) return;
    state.dataset.state = name;
    state.textContent = text;
    if (["ready", "pending", "saving"].includes(name) || name === heard) return;
    heard = name;
    if (live) live.textContent = text;
  };
  say("ready", form.dataset.ready);

  // ---- seconds: the clock runs while the page is seen and has the focus -------------------------------------------
  const spent = new Map();
  const fields = [...form.querySelectorAll("[data-seconds]")];
  let since = performance.now();
  let running = document.visibilityState === "visible" && document.hasFocus();
  let pool = 0;
  const tick = () => {
    const now = performance.now();
    if (running) pool += now - since;
    since = now;
  };
  const clock = () => {
    tick();
    running = document.visibilityState === "visible" && document.hasFocus();
  };
  for (const name of ["focus", "blur", "pageshow"]) window.addEventListener(name, clock);
  document.addEventListener("visibilitychange", clock);

  // The time since the last answer belongs to the answer given now; on a page with one task all of it does.
  const credit = (item) => {
    tick();
    spent.set(item, (spent.get(item) || 0) + pool);
    pool = 0;
  };
  // What was measured travels under a name of its own (visit) until the server has it; sent again it is not added twice.
  const page = form.elements.visit.value;
  let visits = 0;
  let flight = null;
  const body = (extra) => {
    if (fields.length === 1) credit(fields[0].dataset.seconds);
    if (!flight) {
      visits += 1;
      flight = { visit: `${page}.${visits}`, seconds: new Map(spent) };
      spent.clear();
    }
    for (const field of fields) field.value = ((flight.seconds.get(field.dataset.seconds) || 0) / 1000).toFixed(1);
    const data = new URLSearchParams(new FormData(form));
    for (const [name, value] of Object.entries({ visit: flight.visit, ...extra })) data.set(name, value);
    return data;
  };

  // ---- saving -----------------------------------------------------------------------------------------------------
  const post = async (extra, keepalive) => {
    const upTo = changed;
    say("saving", form.dataset.saving);
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: body(extra), keepalive, credentials: "same-origin", redirect: "error",
        headers: { Accept: "application/json" }, signal: keepalive ? undefined : AbortSignal.timeout(15000),
      });
      const said = (answer.headers.get("content-type") || "").startsWith("application/json") ? await answer.json() : {};
      if (answer.ok && said.saved) {
        saved = Math.max(saved, upTo);
        failures = 0;
        flight = null;
        if (saved === changed) say("saved", form.dataset.saved);
        progress(said);
        return said;
      }
      if (answer.status >= 500 || answer.status === 429) throw new Error(String(answer.status));
      say("refused", form.dataset.refused + (said.reason || answer.status));
      return { refused: true };
    } catch (error) {
      failures += 1;
      say("waiting", form.dataset.waiting);
      later(Math.min(MOST_WAIT, 1000 * 2 ** failures));
      return null;
    }
  };

  const save = async () => {
    clearTimeout(timer);
    if (sending) return sending.then(() => (saved < changed ? save() : null));
    if (saved === changed) return null;
    sending = post({ go: "save" }, false);
    const said = await sending;
    sending = null;
    if (said && !said.refused && saved < changed) return save();
    return said;
  };
  const later = (milliseconds) => {
    clearTimeout(timer);
    if (autosave) timer = setTimeout(save, milliseconds);
  };

  const progress = (said) => {
    const bar = document.querySelector("progress");
    const words = document.querySelector("[data-done]");
    if (bar && said.of !== undefined) {
      bar.max = said.of;
      bar.value = said.n;
      if (words) words.textContent = said.words;
    }
  };

  const touched = () => {
    changed += 1;
    if (!failures) say("pending", form.dataset.pending);
  };

  form.addEventListener("change", (event) => {
    if (event.target.type !== "radio") return;
    const group = event.target.closest("fieldset");
    if (group.dataset.item) credit(group.dataset.item);
    const clear = group.querySelector(".clear");
    if (clear) clear.hidden = false;
    touched();
    later(0);
  });
  form.addEventListener("input", (event) => {
    if (event.target.type === "radio") return;
    touched();
    later(WAIT_AFTER_TYPING);
  });
  form.addEventListener("focusout", (event) => {
    if (event.target.tagName === "TEXTAREA" && saved < changed) later(0);
  });
  window.addEventListener("online", () => later(0));
  document.addEventListener("visibilitychange", () => {
    if (autosave && document.visibilityState === "hidden" && saved < changed && !leaving) post({ go: "save" }, true);
  });

  // ---- going on: nothing leaves the page before the server has it -------------------------------------------------
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (!button || leaving) return;
    event.preventDefault();
    clearTimeout(timer);
    if (sending) await sending;
    const said = await post({ [button.name]: button.value }, false);
    if (!said) return; // no connection: the words stand in the bar, and the answers stay here
    leaving = true;
    if (said.to) {
      location.assign(said.to);
    } else {
      form.requestSubmit(button); // refused: the server shows the page with what is to mend
    }
  });
  window.addEventListener("beforeunload", (event) => {
    if (saved < changed && !leaving) {
      event.preventDefault();
      event.returnValue = form.dataset.leave;
    }
  });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) leaving = false;
  });

  // ---- digits pick an answer of the question that has the focus ---------------------------------------------------
  form.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !/^[1-9]$/.test(event.key)) return;
    const group = event.target.closest("fieldset");
    if (!group || group.disabled) return;
    const option = group.querySelectorAll("input[type=radio]")[Number(event.key) - 1];
    if (!option) return;
    event.preventDefault();
    option.focus();
    if (!option.checked) option.click();
  });

  const problems = document.getElementById("problems");
  if (problems) problems.focus();
}
