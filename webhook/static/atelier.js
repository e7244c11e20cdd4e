// Theme, drafts and the service worker. Every page works without it. Nothing leaves the browser.
(() => {
  "use strict";

  const root = document.documentElement;

  // Browsers may refuse storage altogether.
  const keep = (storage, key, value) => {
    try {
      if (value === null) storage().removeItem(key);
      else storage().setItem(key, value);
    } catch {}
  };
  const kept = (storage, key) => {
    try {
      return storage().getItem(key);
    } catch {
      return null;
    }
  };
  const local = () => window.localStorage;
  const session = () => window.sessionStorage;

  const themeNow = () => {
    const theme = kept(local, "theme");
    return theme === "light" || theme === "dark" ? theme : "system";
  };
  const showTheme = () => {
    const theme = themeNow();
    if (theme === "system") delete root.dataset.theme;
    else root.dataset.theme = theme;
  };
  // Before anything is painted.
  showTheme();

  const themes = (form) => {
    const check = () => {
      for (const input of form.elements.theme) input.checked = input.value === themeNow();
    };
    form.addEventListener("change", (event) => {
      keep(local, "theme", event.target.value === "system" ? null : event.target.value);
      showTheme();
    });
    check();
    form.hidden = false;
    return check;
  };

  // What was typed and not sent yet comes back after a way to another page. Tokens are no part of it.
  const drafts = (form) => {
    const key = `draft:${form.dataset.draft}`;
    const note = form.querySelector("[data-draft-note]");
    const fields = [...form.elements].filter((field) => field.name && field.type !== "hidden" && field.type !== "submit");
    let draft = null;
    try {
      draft = JSON.parse(kept(session, key));
    } catch {}
    for (const field of fields) {
      if (draft && typeof draft[field.name] === "string" && draft[field.name] !== field.value) {
        field.value = draft[field.name];
        if (note) note.hidden = false;
      }
    }
    form.addEventListener("input", () => {
      keep(session, key, JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value]))));
    });
    form.addEventListener("submit", () => keep(session, key, null));
  };

  const forgetDrafts = () => {
    try {
      session().clear();
    } catch {}
  };

  const clearAll = async () => {
    forgetDrafts();
    try {
      local().clear();
    } catch {}
    showTheme();
    const forgetCaches = async () => {
      if ("caches" in window) for (const name of await caches.keys()) await caches.delete(name);
    };
    const workers = "serviceWorker" in navigator ? await navigator.serviceWorker.getRegistrations() : [];
    // Their end waits its turn behind a look for a newer worker, which may hang for a minute where the network
    // does; what such a worker still puts into a cache is deleted after it.
    Promise.all(workers.map((worker) => worker.unregister())).then(forgetCaches, () => {});
    await forgetCaches();
  };

  document.addEventListener("DOMContentLoaded", () => {
    const checks = [...document.querySelectorAll("[data-theme-switch]")].map(themes);
    document.querySelectorAll("form[data-draft]").forEach(drafts);
    document.querySelectorAll("form[data-forget]").forEach((form) => form.addEventListener("submit", forgetDrafts));
    // The list of parts may be wider than a phone.
    document.querySelector(".parts [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });

    const clear = document.querySelector("[data-clear]");
    if (clear) {
      clear.hidden = false;
      clear.addEventListener("click", async () => {
        await clearAll();
        for (const check of checks) check();
        const said = document.querySelector("[data-cleared]");
        said.textContent = said.dataset.words;
      });
    }

    const worker = document.body.dataset.worker;
    if (worker && "serviceWorker" in navigator) navigator.serviceWorker.register(worker).catch(() => {});
  });
})();
