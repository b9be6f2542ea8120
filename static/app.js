// Small comforts on top of pages that work without them.
(() => {
  // Copies what a button names; the button says so for a moment.
  document.addEventListener("click", async (event) => {
    const button = event.target.closest?.("[data-copy]");
    if (!button) return;
    const source = button.dataset.copyFrom && document.getElementById(button.dataset.copyFrom);
    await navigator.clipboard.writeText(source ? source.textContent : button.dataset.copy);
    const said = button.querySelector("[data-copied]") ?? button;
    const before = said.textContent;
    said.textContent = button.dataset.said;
    button.classList.add("v-copied");
    setTimeout(() => {
      said.textContent = before;
      button.classList.remove("v-copied");
    }, 1600);
  });

  // Open menus close when one clicks elsewhere or presses Escape.
  const close = (except) => {
    for (const menu of document.querySelectorAll("details.v-menu[open]")) {
      if (menu !== except) menu.open = false;
    }
  };
  document.addEventListener("click", (event) => close(event.target.closest?.("details.v-menu")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const open = document.querySelector("details.v-menu[open]");
    close();
    open?.querySelector("summary")?.focus();
  });

  // What was done is said for as long as it takes to read, longer while somebody is at its button, with which it can be put away. What
  // is behind it can be pressed.
  const LONG_ENOUGH = 8000;
  const toast = () => {
    for (const said of document.querySelectorAll(".v-toast:not([data-timed])")) {
      said.dataset.timed = "";
      let timer;
      const wait = () => { timer = setTimeout(() => said.remove(), LONG_ENOUGH); };
      for (const come of ["pointerenter", "focusin"]) said.addEventListener(come, () => clearTimeout(timer));
      for (const go of ["pointerleave", "focusout"]) said.addEventListener(go, wait);
      wait();
    }
  };
  toast();
  document.addEventListener("htmx:after:swap", toast);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-dismiss]")) event.target.closest(".v-toast").remove();
  });

  // An address says what is looked for, not what is left open.
  document.addEventListener("formdata", ({ target, formData }) => {
    if (target.method !== "get") return;
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });

  // A search is asked while one types. Only what differs is exchanged, so the words and the cursor stay.
  let typed = false;
  let asks;
  let asking;
  const ask = (input) => {
    // Somebody went on to another page meanwhile.
    if (!input.isConnected) return;
    typed = true;
    asking = input.form;
    asking.setAttribute("hx-status:200", "swap:outerMorph");
    asking.setAttribute("hx-replace-url", "true");
    asking.requestSubmit();
    asking.removeAttribute("hx-replace-url");
  };
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.hasAttribute?.("data-search-typing") || event.isComposing) return;
    clearTimeout(asks);
    asks = setTimeout(ask, 350, input);
  });
  // Whoever presses Enter asks at once, and whoever goes on does not want to know any more: what comes late would take
  // away what they chose.
  document.addEventListener("submit", () => clearTimeout(asks), true);
  document.addEventListener("htmx:before:request", ({ detail }) => {
    clearTimeout(asks);
    if (asking && detail?.ctx?.sourceElement !== asking) asking.dispatchEvent(new Event("htmx:abort"));
  });
  document.addEventListener("compositionend", (event) => event.target.dispatchEvent(new Event("input", { bubbles: true })));

  // After a page was exchanged the reader stands at its beginning, at the first field that is wrong, or at what was found
  // out about a form.
  const place = () =>
    document.querySelector("#page [aria-invalid=true]") ?? document.querySelector("#verdict, #made");
  document.addEventListener("htmx:after:swap", (event) => {
    if (event.detail?.ctx?.target?.id !== "page" && !event.detail?.ctx?.sourceElement?._htmx?.boosted) return;
    const goesOn = typed && document.activeElement?.hasAttribute("data-search-typing");
    typed = false;
    if (goesOn) return;
    const to = place();
    (to ?? document.getElementById("main"))?.focus({ preventScroll: !to });
    if (to) to.scrollIntoView({ block: "center" });
    else window.scrollTo(0, 0);
  });
  place()?.focus();

  // Only what asks another system says that it does.
  document.addEventListener("submit", (event) => {
    event.target.classList.toggle("v-verifies", event.submitter?.name === "verify");
  }, true);

  // Lists of which everything is on the page can be narrowed.
  document.addEventListener("input", (event) => {
    const list = event.target.dataset?.filter && document.getElementById(event.target.dataset.filter);
    if (!list) return;
    const wanted = event.target.value.trim().toLowerCase();
    for (const item of list.querySelectorAll("li")) {
      item.hidden = !item.textContent.toLowerCase().includes(wanted);
    }
  });

  // In longer ones the server searches; what is chosen stays. Only the words are sent, not the form around them.
  const searching = new WeakMap();
  const search = async (input) => {
    searching.get(input)?.abort();
    const here = new AbortController();
    searching.set(input, here);
    const box = input.closest(".v-places");
    try {
      const to = new URL(input.dataset.search, location.href);
      to.searchParams.set("q", input.value);
      const answer = await fetch(to, { signal: here.signal });
      if (!answer.ok) throw new Error(answer.statusText);
      const found = new DOMParser().parseFromString(await answer.text(), "text/html");
      const list = box.querySelector("ul");
      for (const item of [...list.children]) if (!item.querySelector("input").checked) item.remove();
      const there = new Set([...list.querySelectorAll("input")].map((kept) => kept.value));
      const more = [...found.querySelectorAll("li")].filter((item) => !there.has(item.querySelector("input").value));
      list.append(...more);
      box.querySelector("[role=status]").textContent = found.querySelector("[role=status]").textContent;
    } catch (error) {
      if (error.name !== "AbortError") box.querySelector("[role=status]").textContent = document.body.dataset.unreachable;
    }
  };
  const waiting = new WeakMap();
  document.addEventListener("input", (event) => {
    const input = event.target;
    if (!input.dataset?.search) return;
    clearTimeout(waiting.get(input));
    waiting.set(input, setTimeout(search, 200, input));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.dataset?.search) return;
    event.preventDefault();
    search(event.target);
  });
  // From the words one goes down into what was found.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" || !event.target.dataset?.search) return;
    const inputs = [...event.target.closest(".v-places").querySelectorAll("li input:enabled")];
    const to = inputs.find((input) => input.checked && input.value) ?? inputs.find((input) => input.value) ?? inputs[0];
    if (!to) return;
    event.preventDefault();
    to.focus();
    if (to.type === "radio" && !to.checked) to.click();
  });
  // The button that searches without script must not be what Enter presses with it.
  const tidy = () => document.querySelectorAll("button[name=find]").forEach((button) => button.remove());
  tidy();
  document.addEventListener("htmx:after:swap", tidy);

  // Times are written in UTC. A reader is told how long ago it was, and when by their own clock: to who points at it, on
  // paper, for what is long past, and where records are compared.
  const two = (number) => String(number).padStart(2, "0");
  const clock = (at) => `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}`;
  const midnight = (at) => Date.UTC(at.getFullYear(), at.getMonth(), at.getDate());
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto" });
  const ago = (at) => {
    const now = new Date();
    const minutes = Math.trunc((at - now) / 60_000);
    const days = Math.round((midnight(at) - midnight(now)) / 86_400_000);
    if (!minutes) return words.format(0, "second");
    if (Math.abs(minutes) < 60) return words.format(minutes, "minute");
    if (Math.abs(minutes) < 24 * 60) return words.format(Math.trunc(minutes / 60), "hour");
    return Math.abs(days) < 30 ? words.format(days, "day") : clock(at);
  };
  const tell = () => {
    for (const time of document.querySelectorAll('time[datetime*="T"]')) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.valueOf())) continue;
      const utc = `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
      time.title = utc.startsWith(clock(at)) ? utc : `${clock(at)} (${utc})`;
      const text = time.closest("[data-exact]") ? clock(at) : ago(at);
      if (time.textContent !== text) time.textContent = text;
    }
  };
  tell();
  setInterval(tell, 30_000);
  document.addEventListener("htmx:after:swap", tell);

  // A server that cannot be reached says nothing; we do.
  document.addEventListener("htmx:error", () => {
    const flash = document.getElementById("flash");
    if (!flash) return;
    const said = document.createElement("div");
    said.className = "alert alert-danger mb-3";
    said.textContent = document.body.dataset.unreachable;
    flash.replaceChildren(said);
  });
})();
