/** Every screen, where it stands, and who sees it. Each is loaded when it is first opened. */

import type { Component } from "svelte";
import { matched } from "./route.svelte.ts";

/** What a screen gets: the parts of its address that its pattern names. */
export type Parameters = Readonly<Record<string, string>>;

interface Screen {
  readonly path: string;
  load(): Promise<{ readonly default: Component<Parameters> }>;
}

// The types of a screen's own parameters are kept by its pattern; the table holds them all alike.
const screen = (path: string, load: () => Promise<{ readonly default: unknown }>): Screen => ({
  path,
  load: load as Screen["load"],
});

export const SCREENS: readonly Screen[] = [
  screen("/", () => import("../screens/Welcome.svelte")),
  screen("/check", () => import("../screens/Check.svelte")),
  screen("/about", () => import("../screens/About.svelte")),
];

const LOST = screen("", () => import("../screens/Lost.svelte"));

export function screenAt(path: string): { readonly screen: Screen; readonly parameters: Parameters } {
  for (const each of SCREENS) {
    const parameters = matched(each.path, path);
    if (parameters !== null) return { screen: each, parameters };
  }
  return { screen: LOST, parameters: {} };
}
