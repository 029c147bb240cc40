/** Light, dark or wall, as chosen; light or dark as the machine prefers until then. */

export const THEMES = ["light", "dark", "wall"] as const;
export type Theme = (typeof THEMES)[number];
const KEPT = "signalctl.theme";

class Looks {
  theme = $state<Theme>("light");
}
const looks = new Looks();

export function theme(): Theme {
  return looks.theme;
}

export function dress(wanted?: Theme): void {
  const kept = THEMES.find((each) => each === localStorage.getItem(KEPT));
  const machine = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  looks.theme = wanted ?? kept ?? machine;
  if (wanted !== undefined) localStorage.setItem(KEPT, wanted);
  document.documentElement.dataset["theme"] = looks.theme;
}
