/**
 * The journal: the manifests of all items in one chain, so that a device notices what was rolled back or left out
 * (docs/spec/manifest.md). In memory: `journal` holds the manifests as this device has seen them, oldest first.
 */

import { BrokenAnswer } from "../client/errors.js";
import { sha256 } from "../digest.js";
import { compare, fromBase64url, toBase64url } from "../encoding.js";
import type { Manifest } from "../records/kinds.js";
import { MANIFEST } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import { must, sign, verify } from "../records/signed.js";
import type { SealedItem } from "../sealing/item.js";
import { hashesOf } from "../sealing/item.js";
import type { OwnerAccount, Unlocked } from "./account.js";

export class Journal {
  readonly #manifests: Signed<Manifest>[] = [];

  constructor(
    private readonly account: OwnerAccount,
    private readonly unlocked: Unlocked,
  ) {}

  /** The newest manifest of every item that is not deleted, by its place in the journal. */
  items(): readonly Signed<Manifest>[] {
    const newest = new Map(this.#manifests.map((manifest) => [manifest.record.item, manifest]));
    const standing = [...newest.values()].filter((manifest) => manifest.record.fields.length > 0);
    return standing.sort((one, other) => one.record.seq - other.record.seq);
  }

  /** The newest version of an item, deleted or not; 0 for one never seen. */
  version(item: string): number {
    return this.#manifests.findLast((manifest) => manifest.record.item === item)?.record.version ?? 0;
  }

  newest(item: string): Signed<Manifest> | null {
    return this.items().find((manifest) => manifest.record.item === item) ?? null;
  }

  /**
   * Walk from the place this device has seen to where the journal stands now.
   *
   * @throws ProofError if what the vault shows is older, does not pass through that place, or does not join up.
   */
  async sync(): Promise<void> {
    if (this.#manifests.length === 0) await this.#remember();
    const shown = (await this.account.get("/v1/account")).object("journal");
    const [seq, head, last] = [shown.whole("seq"), shown.hashOrNull("head"), this.#manifests.at(-1)];
    must(seq >= this.#manifests.length, "the vault shows an older journal than this device has seen");
    if (seq === this.#manifests.length) {
      must(head === (last?.hash ?? null), "the vault shows another journal than this device has seen");
      return;
    }
    const rows = await this.account.list("/v1/journal");
    const raws = rows.map((row) => row.record("manifest"));
    if (raws.length < seq) throw new BrokenAnswer("the vault shows fewer manifests than it speaks of");
    must(
      last === undefined || raws[this.#manifests.length - 1] === last.jws,
      "the vault shows another journal",
    );
    for (const raw of raws.slice(this.#manifests.length)) await this.#step(raw);
    await this.#keep();
  }

  /** The manifest of a sealed item version, as the next in the journal. */
  async signNext(collection: string, sealed: SealedItem): Promise<Signed<Manifest>> {
    const last = this.#manifests.at(-1);
    const hashes = [...(await hashesOf(sealed.fields))].map(([field, hash]) => ({ field, sealed: hash }));
    hashes.sort((one, other) => compare(fromBase64url(one.field), fromBase64url(other.field)));
    const said = {
      account: this.unlocked.account,
      seq: this.#manifests.length + 1,
      prev: last?.hash ?? null,
      collection,
      item: toBase64url(sealed.itemId),
      version: sealed.version,
      key: toBase64url(await sha256(sealed.key)),
      fields: hashes,
      time: writeTime(this.account.clock()),
    };
    return sign(MANIFEST, said, this.unlocked.locker.signing);
  }

  /** Take a manifest that the vault took. */
  async append(manifest: Signed<Manifest>): Promise<void> {
    await this.#step(manifest.jws);
    await this.#keep();
  }

  async #remember(): Promise<void> {
    const kept = await this.account.memory.get("journal");
    for (const raw of kept?.split("\n") ?? []) await this.#step(raw);
  }

  /** The next manifest, by a locker that stood at some time, one place and one version further. */
  async #step(raw: string): Promise<void> {
    const { entries } = this.unlocked.chain;
    const manifest = await verify(raw, MANIFEST, () => entries.map((entry) => entry.record.sign_key));
    const { seq, prev, account, item, version } = manifest.record;
    const last = this.#manifests.at(-1);
    must(account === this.unlocked.account, "a manifest of another account");
    must(
      seq === this.#manifests.length + 1 && prev === (last?.hash ?? null),
      "a manifest follows another one",
    );
    must(version === this.version(item) + 1, "a manifest skips or repeats a version of its item");
    this.#manifests.push(manifest);
  }

  async #keep(): Promise<void> {
    await this.account.memory.keep({ journal: this.#manifests.map((manifest) => manifest.jws).join("\n") });
  }
}
