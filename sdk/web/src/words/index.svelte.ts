/**
 * Words in two languages. Each part of the app brings a catalogue of its own, with both beside each other: what is missing
 * in one is an error of types.
 */

export type Language = "en" | "zh-CN";
export const LANGUAGES: readonly Language[] = ["en", "zh-CN"];

/** One catalogue: the same names with a text, or with a function that puts one together. */
export type Told<W> = Readonly<Record<Language, W>>;

const chosen = $state<{ language: Language }>({ language: "en" });

export function told<W>(en: W, zh: NoInfer<W>): Told<W> {
  return { en, "zh-CN": zh };
}

/** The words of a catalogue in the language of the moment. */
export function words<W>(catalogue: Told<W>): W {
  return catalogue[chosen.language];
}

export function language(): Language {
  return chosen.language;
}

export function speak(next: Language): void {
  chosen.language = next;
  document.documentElement.lang = next;
}

/** What the browser asks for, as far as we speak it. */
export function preferredLanguage(asked: readonly string[]): Language {
  const first = asked.find((tag) => /^(en|zh)\b/i.test(tag));
  return first?.toLowerCase().startsWith("zh") ? "zh-CN" : "en";
}
