/** What an account brings to another vault, in the form the vault takes it (docs/spec/http.md, Arriving). */

import { chainOf, checkItems } from "../bundle/contents.js";
import type { BundleOpener } from "../bundle/opener.js";
import type { BundleReader } from "../bundle/reader.js";
import { unlockBundle } from "../bundle/unlocking.js";
import type { Answer } from "../client/answer.js";
import type { Clock } from "../client/connection.js";
import { toBase64url } from "../encoding.js";
import { ARRIVAL } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import { sign } from "../records/signed.js";
import type { Locker } from "../sealing/lockers.js";

/** In one request; of sealed bytes, which as base64url stay below the 16 MiB of a body. */
const [MOST_ROWS, MOST_BYTES] = [100, 11 * 1024 * 1024];

/** The first request, and the locker that signed it. */
export interface Brought {
  readonly locker: Locker;
  /** The kid that signed the first entry of the account's chain. */
  readonly rootKid: string;
  readonly body: unknown;
}

/**
 * The account of a checked bundle, signed by a locker of its own for this one vault.
 *
 * @throws OpensNothing or OpenError as `openBundle`.
 */
export async function broughtBy(
  reader: BundleReader,
  vault: string,
  clock: Clock,
  opener: BundleOpener,
): Promise<Brought> {
  const chain = await chainOf(reader);
  // The root key opens, so the bundle is hers: the locker vouches for it.
  const { locker } = await unlockBundle(reader, chain, opener);
  const { seq, head } = await checkItems(reader, chain);
  const said = {
    vault,
    origin: reader.index.vault,
    account: reader.index.account,
    chain: chain.head,
    manifests: seq,
    journal: head,
    time: writeTime(clock()),
  };
  const { jws } = await sign(ARRIVAL, said, locker.signing);
  const account = await reader.account();
  const body = {
    arrival: jws,
    chain: account.records("chain"),
    lockers: account.objects("lockers").map(lockerIn),
    secrets: textsOf(account.bytesByName("secrets")),
  };
  return { locker, rootKid: chain.entries[0]?.kid ?? "", body };
}

function lockerIn(row: Answer): unknown {
  return {
    kid: row.hash("kid"),
    sealed_root: toBase64url(row.bytes("sealed_root")),
    root_mac: toBase64url(row.bytes("root_mac")),
    parameters: row.object("parameters").plain(),
    finder: row.hashOrNull("finder"),
  };
}

/** A manifest; with the newest of an item, its sealed key and fields. */
interface Row {
  readonly manifest: string;
  readonly key?: string;
  readonly fields?: Readonly<Record<string, string>>;
}

/** The journal behind the first `here` manifests, with the contents of what is newest, request by request. */
export async function* journalRows(reader: BundleReader, here: number): AsyncGenerator<readonly Row[]> {
  const checked = await checkItems(reader, await chainOf(reader));
  const newest = new Map([...checked.newest].map(([item, { jws }]) => [jws, item]));
  let [rows, size]: [Row[], number] = [[], 0];
  for (const manifest of (await reader.lines("journal")).slice(here)) {
    const item = newest.get(manifest);
    const [row, bytes] = item === undefined ? [{ manifest }, 0] : await contentsOf(reader, manifest, item);
    if (rows.length === MOST_ROWS || (rows.length > 0 && size + bytes > MOST_BYTES)) {
      yield rows;
      [rows, size] = [[], 0];
    }
    rows.push(row);
    size += bytes;
  }
  if (rows.length > 0) yield rows;
}

async function contentsOf(
  reader: BundleReader,
  manifest: string,
  item: string,
): Promise<readonly [Row, number]> {
  const said = await reader.object(`items/${item}.json`);
  const fields = said.bytesByName("fields");
  const size = [...fields.values()].reduce((sum, sealed) => sum + sealed.length, 0);
  return [{ manifest, key: toBase64url(said.bytes("key")), fields: textsOf(fields) }, size];
}

function textsOf(blobs: ReadonlyMap<string, Uint8Array>): Readonly<Record<string, string>> {
  return Object.fromEntries([...blobs].map(([name, blob]) => [name, toBase64url(blob)]));
}
