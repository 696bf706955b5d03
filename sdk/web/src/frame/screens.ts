/** Every screen, where it stands, and who sees it. Each is loaded when it is first opened. */

import type { Component } from "svelte";
import Welcome from "../screens/Welcome.svelte";
import { matched } from "./route.svelte.ts";

/** What a screen gets: the parts of its address that its pattern names. */
export type Parameters = Readonly<Record<string, string>>;

export interface Screen {
  readonly path: string;
  load(): Promise<{ readonly default: Component<Parameters> }>;
}

// The types of a screen's own parameters are kept by its pattern; the table holds them all alike.
const screen = (path: string, load: () => Promise<{ readonly default: unknown }>): Screen => ({
  path,
  load: load as Screen["load"],
});

/** For everybody. */
const OPEN: readonly Screen[] = [
  // The first that a visitor sees comes with the app: one journey less.
  screen("/", async () => ({ default: Welcome })),
  screen("/start", () => import("../screens/Start.svelte")),
  screen("/back", () => import("../screens/Back.svelte")),
  screen("/check", () => import("../screens/Check.svelte")),
  screen("/operator", () => import("../screens/Operator.svelte")),
  screen("/about", () => import("../screens/About.svelte")),
];

/** For an owner whose account is open on this device. */
const OWN: readonly Screen[] = [
  screen("/", () => import("../screens/Home.svelte")),
  screen("/data", () => import("../screens/Data.svelte")),
  screen("/data/:kind", () => import("../screens/Kind.svelte")),
  screen("/add", () => import("../screens/Add.svelte")),
  screen("/asks/:hash", () => import("../screens/Ask.svelte")),
  screen("/access", () => import("../screens/Access.svelte")),
  screen("/access/:hash", () => import("../screens/Grant.svelte")),
  screen("/access/:hash/revoke", () => import("../screens/Revoke.svelte")),
  screen("/receipts", () => import("../screens/Receipts.svelte")),
  screen("/receipts/:hash", () => import("../screens/Receipt.svelte")),
  screen("/money", () => import("../screens/Money.svelte")),
  screen("/more", () => import("../screens/More.svelte")),
  screen("/devices", () => import("../screens/Devices.svelte")),
  screen("/kit", () => import("../screens/Kit.svelte")),
  screen("/activity", () => import("../screens/Activity.svelte")),
  screen("/leave", () => import("../screens/Leave.svelte")),
];

/** What needs the vault, and has nothing to show without it. */
export const needsVault = (screen: Screen): boolean =>
  OWN.includes(screen) && !/^\/(data|$)/.test(screen.path);

const LOST = screen("", () => import("../screens/Lost.svelte"));

/** @param owner whether there is an account here: then her screens come before those for everybody. */
export function screenAt(
  path: string,
  owner: boolean,
): { readonly screen: Screen; readonly parameters: Parameters } {
  for (const each of owner ? [...OWN, ...OPEN] : OPEN) {
    const parameters = matched(each.path, path);
    if (parameters !== null) return { screen: each, parameters };
  }
  return { screen: LOST, parameters: {} };
}
