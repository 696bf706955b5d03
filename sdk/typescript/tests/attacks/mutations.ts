/**
 * Random mutations of everything a hostile vault holds or says: never accepted, never an untyped crash.
 *
 * An owner's device and a partner read everything once from the vault in memory, and every answer is kept. Then the
 * answers are played to them again and again, each time with one of them changed: a sealed blob or a signed record cut,
 * extended or flipped in one bit, a JSON value replaced, or the bytes of a whole answer damaged. What they read must be
 * exactly what was sealed, or it must be refused by an error of the SDK. A change that they never look at counts as
 * unread: what nobody signed, such as a state, is the vault's word and is shown as that.
 */

import type { FleetingMemory } from "../../src/client/memory.js";
import { fromBase64url, toBase64url, utf8 } from "../../src/encoding.js";
import { VaultError } from "../../src/errors.js";
import { RecoveryPhrase } from "../../src/owner/openers.js";
import { Owner } from "../../src/owner/owner.js";
import { Partner } from "../../src/partner/partner.js";
import type { Json } from "./routes.js";
import { copied, DOMAIN, readAll, Town, URL_OF_VAULT } from "./town.js";

export interface Mutated {
  readonly tried: number;
  readonly refused: number;
  readonly unread: number;
  readonly accepted: readonly string[];
  readonly untyped: readonly string[];
}

type Side = "owner" | "partner";
type Tape = Map<string, string>;

/** A generator of 32-bit numbers that gives the same ones each time (Marsaglia, Xorshift RNGs, 2003). */
class Chance {
  constructor(private state: number) {}

  below(limit: number): number {
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) % limit;
  }

  of<T>(some: readonly T[]): T {
    return some[this.below(some.length)] as T;
  }
}

const keyOf = (method: string, target: string): string => `${method} ${target}`;

/** Answers as they were given once, one of them changed. */
function playing(tape: Tape, changed: ReadonlyMap<string, Uint8Array<ArrayBuffer>>): typeof fetch {
  return async (address, request) => {
    const url = new URL(String(address));
    const asked = keyOf(request?.method ?? "GET", url.pathname + url.search);
    const known = tape.get(asked);
    if (known === undefined) return Response.json({ code: "not-found", status: 404 }, { status: 404 });
    return new Response(changed.get(asked) ?? known);
  };
}

class Scene {
  readonly #expected: Record<Side, string> = { owner: "", partner: "" };
  readonly #tapes: Record<Side, Tape> = { owner: new Map(), partner: new Map() };

  private constructor(
    private readonly town: Town,
    private readonly pending: FleetingMemory,
  ) {}

  static async set(): Promise<Scene> {
    const town = await Town.found();
    await town.owner.addLocker(await RecoveryPhrase.create());
    await town.owner.rotate();
    const grant = await town.used();
    // A use that was paid and whose answer got lost: resuming it asks with the very same bytes.
    const items = await town.partner.items(grant);
    const before = await copied(town.partnersMemory);
    await town.partner.use(grant, items);
    const use = town.between.requests.findLast(({ path }) => path === "/v1/uses")?.body ?? "";
    await before.keep({ "pending/lost": use });
    // What was never seen can be held back: the device has seen all of it once.
    await town.owner.receipts();
    const scene = new Scene(town, before);
    await scene.#record("owner");
    await scene.#record("partner");
    return scene;
  }

  async #record(side: Side): Promise<void> {
    const { requests, answers } = this.town.between;
    requests.length = answers.length = 0;
    this.#expected[side] = await this.read(side, this.town.between.fetch);
    for (const [at, { method, url }] of requests.entries()) {
      const target = url.slice(URL_OF_VAULT.length);
      this.#tapes[side].set(keyOf(method, target), answers[at]?.body ?? "");
    }
    const again = await this.read(side, playing(this.#tapes[side], new Map()));
    if (again !== this.#expected[side]) throw new Error(`the tape of the ${side} does not play`);
  }

  /** All that a side relies on, as text. */
  async read(side: Side, send: typeof fetch): Promise<string> {
    const options = { fetch: send, clock: this.town.time.clock };
    return side === "owner" ? this.#owner(options) : this.#partner(options);
  }

  async #owner(options: { fetch: typeof fetch; clock: () => Date }): Promise<string> {
    const owner = await Owner.open(URL_OF_VAULT, await copied(this.town.memory), options);
    const items = (await readAll(owner)).map(({ kind, period, version, columns }) => {
      return [kind, period, version, columns];
    });
    const lockers = (await owner.lockers()).map(({ kid }) => kid);
    const grants = (await owner.grants()).map(({ jws }) => jws);
    const receipts = (await owner.receipts()).map((one) => [one.receipt.jws, one.use?.jws, one.link]);
    return JSON.stringify({ items, lockers, grants, receipts });
  }

  async #partner(options: { fetch: typeof fetch; clock: () => Date }): Promise<string> {
    const memory = await copied(this.pending);
    const partner = await Partner.create(DOMAIN, "Music Example", URL_OF_VAULT, memory, options);
    const grants = await partner.grants();
    const outcomes = await partner.resume();
    const opened = outcomes.map((outcome) => {
      if (outcome instanceof Error) throw outcome;
      return [outcome.receipt.jws, outcome.items];
    });
    const [grant] = grants;
    if (grant === undefined) throw new VaultError("no grant is shown");
    const receipts = (await partner.receipts(grant)).map(({ receipt, use }) => [receipt.jws, use?.jws]);
    return JSON.stringify({ grants: grants.map(({ jws }) => jws), opened, receipts });
  }

  targets(side: Side): readonly (readonly [string, string])[] {
    return [...this.#tapes[side]];
  }

  /** Whether what is read through a changed answer is what was read before. */
  async unchanged(side: Side, asked: string, body: Uint8Array<ArrayBuffer>): Promise<boolean> {
    const seen = await this.read(side, playing(this.#tapes[side], new Map([[asked, body]])));
    return seen === this.#expected[side];
  }
}

/** Try this many mutations, half of them on each side. */
export async function mutated(count: number, seed = 1): Promise<Mutated> {
  const [scene, chance] = [await Scene.set(), new Chance(seed)];
  const [accepted, untyped]: [string[], string[]] = [[], []];
  let [refused, unread] = [0, 0];
  while (refused + unread + accepted.length + untyped.length < count) {
    const side = chance.of(["owner", "partner"] as const);
    const [asked, told] = chance.of(scene.targets(side));
    const [body, how] = changed(told, chance);
    if (toBase64url(body) === toBase64url(utf8(told))) continue;
    const what = `${side}: ${asked} ${how}`;
    try {
      if (await scene.unchanged(side, asked, body)) unread++;
      else accepted.push(what);
    } catch (error) {
      if (error instanceof VaultError) refused++;
      else untyped.push(`${what}: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
  return { tried: count, refused, unread, accepted, untyped };
}

function changed(told: string, chance: Chance): readonly [Uint8Array<ArrayBuffer>, string] {
  const value = parsed(told);
  if (value === null || chance.below(10) === 0) return [damaged(utf8(told), chance), "as bytes"];
  const where = change(value, chance);
  return [utf8(JSON.stringify(value)), `at ${where}`];
}

function parsed(told: string): Json | null {
  try {
    return JSON.parse(told) as Json;
  } catch {
    return null;
  }
}

/** Change one value somewhere inside; the path to it comes back. */
function change(value: Json, chance: Chance, where = ""): string {
  const names = Object.keys(value);
  if (names.length === 0) return where || "nowhere";
  const name = chance.of(names);
  const inner = value[name];
  if (typeof inner === "object" && inner !== null && Object.keys(inner).length > 0 && chance.below(20) < 17)
    return change(inner as Json, chance, `${where}/${name}`);
  value[name] = other(inner, chance);
  return `${where}/${name}`;
}

const SOME = [null, 0, -1, 2 ** 53, 1.5, true, "", "A".repeat(43), "\0", [], {}, [[]], { "": {} }];

function other(value: unknown, chance: Chance): unknown {
  if (typeof value === "string" && value !== "" && chance.below(10) < 8) return stored(value, chance);
  if (typeof value === "number" && chance.below(2) === 0) return value + chance.of([1, -1]);
  if (Array.isArray(value) && value.length > 0 && chance.below(10) < 7)
    return chance.of([value.slice(0, -1), value.slice(1), [...value, value.at(-1)], [...value].reverse()]);
  return structuredClone(chance.of<unknown>(SOME));
}

/** A blob, or a part of a record, changed as bytes. */
function stored(value: string, chance: Chance): string {
  const parts = value.split(".");
  const place = chance.below(parts.length);
  try {
    parts[place] = toBase64url(damaged(fromBase64url(parts[place] ?? ""), chance));
  } catch {
    parts[place] = new TextDecoder("latin1").decode(damaged(utf8(parts[place] ?? ""), chance));
  }
  return parts.join(".");
}

function damaged(octets: Uint8Array<ArrayBuffer>, chance: Chance): Uint8Array<ArrayBuffer> {
  const at = octets.length === 0 ? 0 : chance.below(octets.length);
  switch (chance.below(6)) {
    case 0:
      return octets.slice(0, at);
    case 1:
      return Uint8Array.from([...octets, ...Array.from({ length: 1 + (at % 17) }, () => chance.below(256))]);
    case 2:
      return Uint8Array.from([...octets.slice(0, at), ...octets.slice(at + 1)]);
    default: {
      const flipped = octets.slice();
      flipped[at] = (flipped[at] ?? 0) ^ (1 << chance.below(8));
      return flipped;
    }
  }
}
