// Light, dark, or as the system is: kept in this browser.

const themes = ["system", "light", "dark"];

/** The theme that was chosen: `system`, `light` or `dark`. */
export function theme() {
  const kept = localStorage.getItem("theme");
  return themes.includes(kept) ? kept : "system";
}

/** Chooses a theme. */
export function setTheme(chosen) {
  localStorage.setItem("theme", chosen);
  apply();
}

/** The theme after this one, for a button that goes round. */
export const nextTheme = (chosen) => themes[(themes.indexOf(chosen) + 1) % themes.length];

function apply() {
  if (theme() === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme();
}

apply();
