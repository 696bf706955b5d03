/** A sealed vault by TypeScript, to be frozen: written to standard output (tests/frozen/README.md). */

import { Password, RecoveryPhrase } from "../../src/owner/openers.js";
import { plays, readAll, Town } from "../attacks/town.js";

export interface Frozen {
  readonly made_by: string;
  readonly words: string;
  readonly account: string;
  readonly chain: readonly string[];
  readonly lockers: readonly {
    readonly kid: string;
    readonly sealed_root: string;
    readonly root_mac: string;
  }[];
  readonly secrets: Readonly<Record<string, string>>;
  readonly collections: Readonly<Record<string, string>>;
  readonly journal: readonly string[];
  readonly items: Readonly<Record<string, { readonly key: string; readonly fields: Record<string, string> }>>;
  readonly opened: readonly {
    readonly item: string;
    readonly kind: string;
    readonly label: string;
    readonly columns: unknown;
  }[];
  readonly partner: {
    readonly trust: string;
    readonly grant: string;
    readonly use: string;
    readonly answer: {
      readonly receipt: string;
      readonly keys: readonly string[];
      readonly items: readonly Record<string, unknown>[];
    };
    readonly seed: string;
    readonly columns: readonly unknown[];
  };
}

export async function freeze(): Promise<Frozen> {
  const town = await Town.found();
  const phrase = await RecoveryPhrase.create();
  await town.owner.addLocker(phrase);
  const grant = await town.used();
  await town.owner.removeLocker(await town.owner.addLocker(Password.create("one that goes again")));
  await town.owner.write("music.play", "2027-03", plays("2027-03"));
  await town.owner.rotate();
  const opened = await town.partner.use(grant, await town.partner.items(grant));
  const sent = town.between.requests.findLast(({ path }) => path === "/v1/uses");
  const answer = JSON.parse(
    town.between.answers.findLast(({ path }) => path === "/v1/uses")?.body ?? "{}",
  ) as Frozen["partner"]["answer"];
  const [[, seed] = ["", ""]] = await town.partnersMemory.under("own/open/");
  const { chain, lockers, secrets, collections, journal, items } = town.vault.account();
  return {
    made_by: "typescript",
    words: phrase.words,
    account: town.owner.account.unlocked.account,
    chain,
    lockers: [...lockers.values()],
    secrets,
    collections: Object.fromEntries(collections),
    journal,
    items: Object.fromEntries([...items].map(([id, { key, fields }]) => [id, { key, fields }])),
    opened: (await readAll(town.owner)).map(({ item, kind, period, columns }) => {
      return { item, kind, label: period, columns };
    }),
    partner: {
      trust: town.vault.trust,
      grant: grant.jws,
      use: sent?.body ?? "",
      answer,
      seed,
      columns: opened.items.map(({ columns }) => columns),
    },
  };
}
