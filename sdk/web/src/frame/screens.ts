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
  screen("/back/device", () => import("../screens/Join.svelte")),
  screen("/back/guardians", () => import("../screens/Recover.svelte")),
  screen("/arrive", () => import("../screens/Arrive.svelte")),
  screen("/guardian", () => import("../screens/Guardian.svelte")),
  screen("/check", () => import("../screens/Check.svelte")),
  screen("/operator", () => import("../screens/Operator.svelte")),
  screen("/about", () => import("../screens/About.svelte")),
];

/** For a partner whose keys are in this browser; each asks for them if they are not. */
const PARTNERS: readonly Screen[] = [
  screen("/partner", () => import("../screens/partner/Overview.svelte")),
  screen("/partner/offers", () => import("../screens/partner/Offers.svelte")),
  screen("/partner/offers/new", () => import("../screens/partner/NewOffer.svelte")),
  screen("/partner/offers/:hash", () => import("../screens/partner/Offer.svelte")),
  screen("/partner/asks/new", () => import("../screens/partner/NewAsk.svelte")),
  screen("/partner/asks/new/:owner", () => import("../screens/partner/NewAsk.svelte")),
  screen("/partner/grants", () => import("../screens/partner/Grants.svelte")),
  screen("/partner/grants/:hash", () => import("../screens/partner/Grant.svelte")),
  screen("/partner/grants/:hash/:seq", () => import("../screens/partner/Receipt.svelte")),
  screen("/partner/money", () => import("../screens/partner/Money.svelte")),
  screen("/partner/webhooks", () => import("../screens/partner/Webhooks.svelte")),
  screen("/partner/webhooks/:id", () => import("../screens/partner/Webhook.svelte")),
  screen("/partner/keys", () => import("../screens/partner/Keys.svelte")),
  screen("/partner/record", () => import("../screens/partner/Record.svelte")),
  screen("/partner/test", () => import("../screens/partner/Test.svelte")),
];

/** For an owner whose account is open on this device. */
const OWN: readonly Screen[] = [
  screen("/", () => import("../screens/Home.svelte")),
  screen("/data", () => import("../screens/Data.svelte")),
  // Before other kinds: a file is no table.
  screen("/data/document.file", () => import("../screens/Files.svelte")),
  screen("/data/document.file/:item", () => import("../screens/File.svelte")),
  screen("/data/:kind", () => import("../screens/Kind.svelte")),
  screen("/add", () => import("../screens/Add.svelte")),
  screen("/asks/:hash", () => import("../screens/Ask.svelte")),
  screen("/asks/:hash/counter", () => import("../screens/Counter.svelte")),
  screen("/offers", () => import("../screens/Offers.svelte")),
  screen("/offers/:hash", () => import("../screens/Ask.svelte")),
  screen("/offers/:hash/counter", () => import("../screens/Counter.svelte")),
  screen("/rules", () => import("../screens/Rules.svelte")),
  screen("/access", () => import("../screens/Access.svelte")),
  screen("/access/:hash", () => import("../screens/Grant.svelte")),
  screen("/access/:hash/revoke", () => import("../screens/Revoke.svelte")),
  screen("/receipts", () => import("../screens/Receipts.svelte")),
  screen("/receipts/:hash", () => import("../screens/Receipt.svelte")),
  screen("/receipts/:hash/dispute", () => import("../screens/Dispute.svelte")),
  screen("/disputes", () => import("../screens/Disputes.svelte")),
  screen("/money", () => import("../screens/Money.svelte")),
  screen("/money/withdraw", () => import("../screens/Withdraw.svelte")),
  screen("/money/rewards", () => import("../screens/Rewards.svelte")),
  screen("/money/pools", () => import("../screens/Pools.svelte")),
  screen("/more", () => import("../screens/More.svelte")),
  screen("/devices", () => import("../screens/Devices.svelte")),
  screen("/devices/new", () => import("../screens/Admit.svelte")),
  screen("/guardians", () => import("../screens/Guardians.svelte")),
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
  for (const each of [...(owner ? OWN : []), ...OPEN, ...PARTNERS]) {
    const parameters = matched(each.path, path);
    if (parameters !== null) return { screen: each, parameters };
  }
  return { screen: LOST, parameters: {} };
}
