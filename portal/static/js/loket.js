// What the pages do better with a script. Everything works without it; nothing personal is kept.
(() => {
  "use strict";
  const find = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const on = (name, act) => document.addEventListener(name, act);
  const live = find("#live");
  let silence;
  let chosen;
  const say = (key) => {
    clearTimeout(silence);
    live.textContent = key ? live.dataset[key] : "";
    if (key === "saved") silence = setTimeout(say, 4000);
  };
  const timers = new WeakMap();
  const token = () => find("meta[name=csrf]").content;

  // Requests: the token for what is not a form, and words when the line breaks.
  on("htmx:config:request", (event) => {
    const request = event.detail.ctx.request;
    if (request.method !== "GET") request.headers["X-CSRFToken"] = token();
  });
  on("htmx:error", (event) => { if (event.detail.ctx && !isQuiet(event.detail.ctx)) say("lost"); });
  on("htmx:before:response", (event) => { if (!isQuiet(event.detail.ctx)) say(); });

  // Focus: to what is wrong, else to the heading of what is new; never on a poll or a filter.
  const isQuiet = (ctx) => /^(poll|change|input)$/.test(ctx.sourceEvent?.type);
  const focus = (element) => {
    if (!element) return;
    if (!element.hasAttribute("tabindex") && !element.matches("a,input,button,textarea,select")) element.tabIndex = -1;
    element.focus();
  };
  on("htmx:after:swap", (event) => {
    const ctx = event.detail.ctx;
    const root = (ctx.target?.id && document.getElementById(ctx.target.id)) || find("main");
    prepare(root);
    if (isQuiet(ctx)) return;
    const box = ctx.request.submitter?.dataset.refresh ? document.getElementById(chosen) : root.matches(".chat") && find(".say textarea", root);
    focus(box || find("[data-focus]", root) || find("h1", root) || find("h2", root) || root);
  });

  // A second press does nothing. A download leaves the page where it is, so its form is free again after a while.
  const busy = new WeakSet();
  let isLeaving = false;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    clearTimeout(timers.get(form));
    if (busy.has(form)) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    if (form.matches("[hx-get]")) return;
    busy.add(form);
    if (form.matches("[hx-post]")) return;
    isLeaving = true;
    setTimeout(() => { busy.delete(form); isLeaving = false; }, form.enctype === "multipart/form-data" ? 120000 : 4000);
  }, true);
  on("htmx:finally:request", (event) => busy.delete(event.detail.ctx.request.form));
  // A page from the back-forward store may show somebody who has left (KAR-42).
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
  addEventListener("beforeunload", (event) => {
    if (!isLeaving && all("[data-guard]").some((box) => box.value !== box.defaultValue)) event.preventDefault();
  });

  // Photos: at most 2000 pixels, JPEG; what cannot be read goes as it is.
  const shrink = async (file) => {
    if (!/^image\/(jpeg|png|webp|heic)/.test(file.type) || file.size < 4e5) return file;
    try {
      const picture = await createImageBitmap(file);
      const scale = Math.min(1, 2000 / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.8));
      if (!blob || blob.size >= file.size) return file;
      return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
    } catch { return file; }
  };
  on("change", async (event) => {
    const box = event.target;
    if (!box.matches("[data-shrink]") || !box.files.length || !window.DataTransfer) return;
    const buttons = all("button", box.form);
    buttons.forEach((button) => { button.disabled = true; });
    say("shrinking");
    const bag = new DataTransfer();
    for (const file of box.files) bag.items.add(await shrink(file));
    box.files = bag.files;
    buttons.forEach((button) => { button.disabled = false; });
    say();
  });

  // Drafts: two seconds after the last change, without files; the server answers 204 and the new version.
  const saveDraft = async (form) => {
    const body = new FormData(form);
    for (const [key, value] of [...body]) if (value instanceof File || /^password/.test(key)) body.delete(key);
    body.set("_save", "draft");
    try {
      const headers = { "X-CSRFToken": token(), "HX-Request": "true" };
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(body), headers });
      if (!answer.ok) return;
      const version = answer.headers.get("X-Version");
      const box = find("[name=version]", form);
      if (version && box) box.value = version;
      say("saved");
    } catch { say("lost"); }
  };
  on("input", (event) => {
    const form = event.target.form;
    if (!form?.matches("[data-draft]") || event.target.type === "file") return;
    clearTimeout(timers.get(form));
    timers.set(form, setTimeout(() => form.isConnected && !busy.has(form) && saveDraft(form), 2000));
  });

  // Places: choosing a province asks for its regencies by pressing the button that stands there.
  on("change", (event) => {
    const box = event.target;
    const button = box.name && box.form && find(`[data-refresh~="${CSS.escape(box.name)}"]`, box.form);
    if (!button) return;
    chosen = box.id;
    button.form.requestSubmit(button);
  });

  // News: slower while nothing comes, silent while nobody looks.
  const polls = {};
  setInterval(() => {
    if (document.hidden) return;
    for (const box of all("[data-poll]")) {
      const base = +box.dataset.poll;
      const text = box.textContent;
      const state = (polls[box.id] ??= { text, wait: base, left: base });
      if (state.text !== text) Object.assign(state, { text, wait: base, left: base });
      if (--state.left > 0) continue;
      state.left = state.wait = Math.min(120, state.wait * 1.5);
      htmx.trigger(box, "poll");
    }
  }, 1000);

  // The session: four minutes before it ends by itself, the line that says so comes to the front.
  let leaving;
  const watchSession = () => {
    clearTimeout(leaving);
    const box = find("#session");
    if (!box) return;
    box.classList.remove("soon");
    const left = +box.dataset.left;
    leaving = setTimeout(() => {
      box.classList.add("soon");
      box.setAttribute("role", "alert");
      leaving = setTimeout(() => location.reload(), 241000);
    }, Math.max(0, left - 240) * 1000);
  };
  on("htmx:after:request", watchSession); // What was asked in between prolonged it.

  // A button that prints; without a script the browser's own menu does it, so it stands hidden.
  on("click", (event) => { if (event.target.closest("[data-print]")) print(); });

  // Officers' keys: Alt and the letter that stands on the button.
  on("keydown", (event) => {
    const key = event.altKey && event.code.replace("Key", "").toLowerCase();
    const button = key && find(`[data-key="${CSS.escape(key)}"]`);
    if (button) { event.preventDefault(); button.click(); }
  });

  const prepare = (root) => {
    watchSession();
    all(".refresh", root).forEach((button) => { button.hidden = true; });
    all("[data-print]", root).forEach((button) => { button.hidden = false; });
    all(".talk", root).forEach((talk) => { talk.scrollTop = talk.scrollHeight; });
  };
  prepare(document);
  focus(find("[data-focus]"));
})();
