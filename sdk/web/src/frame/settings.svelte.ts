/** What a person sets for this browser: language and appearance. Nothing here is secret. */

import type { Language } from "../words/index.svelte.ts";
import { LANGUAGES, preferredLanguage, speak } from "../words/index.svelte.ts";

export type Theme = "auto" | "light" | "dark";
export const THEMES: readonly Theme[] = ["auto", "light", "dark"];

const appearance = $state<{ theme: Theme }>({ theme: "auto" });

export function theme(): Theme {
  return appearance.theme;
}

export function setTheme(next: Theme): void {
  appearance.theme = next;
  localStorage.setItem("theme", next);
  document.documentElement.dataset["theme"] = next;
}

export function setLanguage(next: Language): void {
  localStorage.setItem("language", next);
  speak(next);
}

/** Take over what was set before; a first visit gets what the browser asks for. */
export function settle(): void {
  const [kept, look] = [localStorage.getItem("language"), localStorage.getItem("theme")];
  speak(LANGUAGES.find((each) => each === kept) ?? preferredLanguage(navigator.languages));
  appearance.theme = THEMES.find((each) => each === look) ?? "auto";
  document.documentElement.dataset["theme"] = appearance.theme;
}
