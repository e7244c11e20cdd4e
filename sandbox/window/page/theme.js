// Light, dark, or as the system is: kept in this browser.

const themes = ["system", "light", "dark"];

/** The theme that was chosen: `system`, `light` or `dark`. */
export function theme() {
  const kept = localStorage.getItem("theme") ?? "";
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
  const { dataset } = document.documentElement;
  if (theme() === "system") delete dataset.theme;
  else dataset.theme = theme();
}

apply();
