/**
 * Files of an owner: each an item of its own, and its bytes a blob, sealed here and sent part by part.
 *
 *     const files = new OwnerFiles(owner);
 *     const item = await files.put(input.files[0], { progress });
 *     for await (const piece of files.get(await files.file(item))) await writer.write(piece);
 *     await files.share(item, grant);
 *
 * Broken off, `put` goes on where it was: call it again. In memory: `upload/<SHA-256 of the file>` is the blob's id,
 * its key and the item's id, until the item is written.
 */

import { Refused } from "../client/errors.js";
import { Turns } from "../client/memory.js";
import { random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, same, toBase64url, toHex } from "../encoding.js";
import { deleteItem } from "../erasing/deleting.js";
import { InputError, ProofError } from "../errors.js";
import { RowIdentity } from "../importers/identity.js";
import { COLUMNS } from "../importers/record.js";
import { RowError } from "../importers/rows.js";
import { FILE } from "../owner/covering.js";
import type { Owner } from "../owner/owner.js";
import type { Deletion, Grant } from "../records/kinds.js";
import { writeTime } from "../records/shape.js";
import type { Signed } from "../records/signed.js";
import type { BlobReference } from "../sealing/blob.js";
import { writeBlobReference } from "../sealing/blob.js";
import { ID_BYTES } from "../sealing/context.js";
import { fieldIdOf } from "../sealing/item.js";
import { KEY_BYTES } from "../sealing/seal.js";
import type { CollectionKey } from "../sealing/tree.js";
import type { Fetch, GetOptions, Progress } from "./fetching.js";
import { fetchBlob, rangeOf, readBlob, sealedParts } from "./fetching.js";
import { FileChanged, hasher, outlineOf } from "./outline.js";
import { referenceIn } from "./reference.js";
import type { BlobPlan } from "./stream.js";
import { PART_BYTES, sealedSize, sealParts } from "./stream.js";

const MOST_GRANTS = 20;

/** A file that this owner keeps; `size` is in bytes, `grants` are the ids of those that may open it. */
export interface StoredFile {
  readonly item: string;
  readonly period: string;
  readonly name: string;
  readonly mediaType: string;
  readonly size: number;
  readonly at: string;
  readonly grants: readonly string[];
  readonly reference: BlobReference;
}

export interface PutOptions {
  readonly name?: string;
  readonly mediaType?: string;
  /** Of the first reading, in bytes of the file. */
  readonly reading?: Progress;
  readonly progress?: Progress;
  /** Ends it; what was sent stays for a while, and another `put` goes on from there. */
  readonly signal?: AbortSignal;
}

/** A part of a blob as it is sealed: its SHA-256 in base64url, and its bytes when they are needed. */
export interface SealedPart {
  readonly hash: string;
  read(): Promise<Bytes>;
}

/** What was sent of a blob: the SHA-256 of it, how many parts it has, and itself if it is of one part and still here. */
interface Sent {
  readonly digest: Bytes;
  readonly parts: number;
  readonly whole: Bytes | null;
}

export class OwnerFiles {
  readonly #turns = new Turns();

  constructor(private readonly owner: Owner) {}

  /**
   * Seal a file, send it in parts, and write the item that holds it. It is read twice: once to know it, once to seal it.
   *
   * @returns the item's id.
   * @throws FileChanged if it is not the same the second time; nothing is written.
   * @throws InputError if it can't be called so, or be of this type.
   */
  async put(file: Blob, options: PutOptions = {}): Promise<string> {
    const name = options.name ?? ("name" in file ? String(file.name) : "");
    const mediaType = options.mediaType ?? (plainType(file.type) || "application/octet-stream");
    verifyNamed(name, mediaType);
    const outline = await outlineOf(file, (here, total) => {
      options.signal?.throwIfAborted();
      options.reading?.(here, total);
    });
    const waiting = `upload/${toBase64url(outline.digest)}`;
    return this.#turns.take(waiting, async () => {
      const [plan, item] = await this.#plan(waiting, outline);
      const sent = await this.#send(plan, file, waiting, options);
      const { size } = outline;
      const reference = { blobId: plan.blobId, key: plan.key, size, sha256: sent.digest, mediaType, name };
      if (!(await this.owner.items()).includes(item))
        await this.#write(item, reference, sent, outline.digest, options.signal);
      if (sent.whole !== null) options.progress?.(sealedSize(size), sealedSize(size));
      await this.owner.account.memory.keep({ [waiting]: null });
      return item;
    });
  }

  /** Every file she keeps, in the order of the journal. */
  async list(): Promise<readonly StoredFile[]> {
    const { stored } = this.owner;
    await stored.journal.sync();
    const found: StoredFile[] = [];
    for (const { record } of stored.journal.items())
      if ((await stored.collection(record.collection)).kind === FILE)
        found.push(await this.file(record.item));
    return found;
  }

  /**
   * What an item says about the file it holds.
   *
   * @throws ProofError if it holds none.
   */
  async file(item: string): Promise<StoredFile> {
    const { columns, period } = await this.owner.open(item);
    const reference = referenceIn(columns);
    const { name, mediaType, size } = reference;
    const [at, grants] = [String(columns["at"]?.[0]), grantsIn(columns["grants"]?.[0])];
    return { item, period, name, mediaType, size, at, grants, reference };
  }

  /** A file's bytes, in pieces; see `fetchBlob`. */
  get(file: StoredFile, options: GetOptions = {}): AsyncGenerator<Bytes> {
    return fetchBlob(file.reference, this.#fetch(file, options.signal), options);
  }

  /** A file's bytes as they are sealed, in parts of 8 MiB. */
  sealedParts(file: StoredFile): AsyncGenerator<Bytes> {
    return sealedParts(file.reference, this.#fetch(file));
  }

  /** At most `size` bytes of a file from `start` on, without the rest of it. */
  read(file: StoredFile, start: number, size: number): Promise<Bytes> {
    return readBlob(file.reference, this.#fetch(file), start, size);
  }

  /** Delete a file, its item and its bytes; see `deleteItem`. */
  async delete(file: StoredFile): Promise<Signed<Deletion> | null> {
    const word = await deleteItem(this.owner, file.item);
    await this.#drop(file.reference.blobId);
    return word;
  }

  /**
   * Let a standing grant open a file: no grant opens one that its owner did not choose. Again, it changes nothing.
   *
   * @throws InputError if the grant is not for files, or does not stand.
   */
  async share(item: string, grant: Signed<Grant>): Promise<void> {
    const standing =
      (await this.owner.grants()).find(({ hash }) => hash === grant.hash)?.state === "standing";
    const forFiles = grant.record.clusters.some((cluster) => cluster.startsWith(`${FILE}/`));
    if (!standing || !forFiles) throw new InputError("this grant is not for files, or does not stand");
    await this.#rename(item, (ids) => [...new Set([...ids, grant.record.id])]);
  }

  /** Let a grant open a file no more: from now on the vault holds no key of it for this grant. */
  unshare(item: string, grant: Signed<Grant>): Promise<void> {
    return this.#rename(item, (ids) => ids.filter((id) => id !== grant.record.id));
  }

  async #rename(item: string, change: (ids: readonly string[]) => readonly string[]): Promise<void> {
    const { period } = await this.file(item);
    const renamed = async () => {
      const { columns } = await this.owner.open(item);
      const ids = change(grantsIn(columns["grants"]?.[0]));
      if (ids.length > MOST_GRANTS) throw new InputError("a file is for at most 20 grants");
      return { ...columns, grants: [ids] };
    };
    await this.owner.write(FILE, period, renamed, item);
  }

  /**
   * Bring the parts of a file that was sealed before, and whose item is here (`planetvault/arriving`). What is there already
   * is not sent again.
   */
  async bring(file: StoredFile, parts: readonly SealedPart[]): Promise<void> {
    const { blobId } = file.reference;
    const there = await this.#there(blobId);
    for (const [number, { hash, read }] of parts.entries())
      if (there.get(number) !== hash) await this.#put(blobId, number, await read(), undefined);
    const { collection } = this.owner.stored.journal.newest(file.item)?.record ?? {};
    if (collection === undefined) throw new ProofError("the journal knows no such item");
    await this.#hang(file.item, await this.owner.stored.collection(collection), blobId, parts.length, null);
  }

  // -- sending -------------------------------------------------------------------------

  async #plan(waiting: string, outline: BlobPlan["outline"]): Promise<readonly [BlobPlan, string]> {
    const { memory } = this.owner.account;
    let kept = await memory.get(waiting);
    if (kept === undefined) {
      kept = toBase64url(random(ID_BYTES + KEY_BYTES + ID_BYTES));
      await memory.keep({ [waiting]: kept });
    }
    const octets = fromBase64url(kept);
    const [blobId, key] = [octets.slice(0, ID_BYTES), octets.slice(ID_BYTES, ID_BYTES + KEY_BYTES)];
    return [{ blobId, key, outline }, toBase64url(octets.slice(ID_BYTES + KEY_BYTES))];
  }

  /** Send what is not there yet. A blob of one part is not sent: it is put and finished in one request. */
  async #send(
    plan: BlobPlan,
    file: Blob,
    waiting: string,
    { progress = () => {}, signal }: PutOptions,
  ): Promise<Sent> {
    const [whole, total] = [await hasher(), sealedSize(file.size)];
    const there = total > PART_BYTES ? await this.#there(plan.blobId) : null;
    let [number, sent, last] = [0, 0, new Uint8Array() as Bytes];
    try {
      for await (const part of sealParts(plan, file)) {
        whole.update(part);
        signal?.throwIfAborted();
        last = part;
        if (there !== null && there.get(number) !== toBase64url(await sha256(part)))
          await this.#put(plan.blobId, number, part, signal);
        [number, sent] = [number + 1, sent + part.length];
        if (there !== null) progress(sent, total);
      }
    } catch (error) {
      if (error instanceof FileChanged) {
        await this.owner.account.memory.keep({ [waiting]: null });
        await this.#drop(plan.blobId);
      }
      throw error;
    }
    return { digest: whole.digest(), parts: number, whole: there === null ? last : null };
  }

  /** Which parts of a blob the vault has, each with its SHA-256. */
  async #there(blobId: Bytes): Promise<ReadonlyMap<number, string>> {
    const there = new Map<number, string>();
    for (let after = -1; ; ) {
      const shown = await absent(this.owner.account.get(`${targetOf(blobId)}?after=${after}`));
      const rows = shown?.objects("parts") ?? [];
      if (rows.length === 0) return there;
      for (const row of rows) there.set(row.whole("part"), row.hash("hash"));
      after = Math.max(...there.keys());
    }
  }

  async #put(blobId: Bytes, number: number, body: Bytes, signal: AbortSignal | undefined): Promise<void> {
    await this.#sendOctets(`${targetOf(blobId)}/parts/${number}`, body, signal);
  }

  async #sendOctets(target: string, body: Bytes, signal: AbortSignal | undefined): Promise<void> {
    const headers = { "content-type": "application/octet-stream" };
    await this.owner.account.exchange({ method: "PUT", target, body, headers, signal });
  }

  async #drop(blobId: Bytes): Promise<void> {
    await absent(this.owner.account.put("DELETE", targetOf(blobId), {}));
  }

  /**
   * The blob is finished first: an item never names one that is not whole. If it is of one part, it is put before the
   * turn in the journal, so that nobody waits for its bytes.
   */
  async #write(
    item: string,
    reference: BlobReference,
    { parts, whole }: Sent,
    digest: Bytes,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { account, stored } = this.owner;
    const { blobId } = reference;
    let hangs = whole === null ? undefined : await stored.begun(FILE);
    if (hangs !== undefined) await this.#hang(item, hangs, blobId, parts, whole, signal);
    const identity = new RowIdentity(await account.unlocked.identity.recordSecret(), "file");
    const at = writeTime(account.clock());
    const row = {
      id: await identity.recordId("content", toHex(digest)),
      name: reference.name,
      type: reference.mediaType,
      size_bytes: reference.size,
      at,
      content: toBase64url(writeBlobReference(reference)),
      grants: [],
    };
    const columns = Object.fromEntries(Object.entries(row).map(([name, value]) => [name, [value]]));
    const hung = async () => {
      const collection = await stored.writable(FILE);
      if (hangs !== undefined && same(hangs.collectionId, collection.collectionId)) return columns;
      // Another device renewed or erased that collection: no item will name it.
      if (hangs !== undefined && whole !== null) await this.#drop(blobId);
      await this.#hang(item, collection, blobId, parts, whole, signal);
      hangs = collection;
      return columns;
    };
    await this.owner.write(FILE, at.slice(0, 7), hung, item);
  }

  /** Say that all parts of a blob are there, and which field of which item refers to it; or put it `whole`. */
  async #hang(
    item: string,
    collection: CollectionKey,
    blobId: Bytes,
    parts: number,
    whole: Bytes | null,
    signal?: AbortSignal,
  ): Promise<void> {
    const [target, field] = [targetOf(blobId), await fieldIdOf(collection, "content")];
    if (whole === null) await this.owner.account.put("POST", target, { parts, item, field });
    else await this.#sendOctets(`${target}?item=${item}&field=${field}`, whole, signal);
  }

  #fetch(file: StoredFile, signal?: AbortSignal): Fetch {
    const target = `${targetOf(file.reference.blobId)}/content`;
    return (start, end) => {
      const headers = rangeOf(start, end);
      return this.owner.account.exchange({ method: "GET", target, body: null, headers, signal });
    };
  }
}

function targetOf(blobId: Bytes): string {
  return `/v1/blobs/${toBase64url(blobId)}`;
}

/** What comes, or null if there is none. */
async function absent<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Refused && error.code === "not-found") return null;
    throw error;
  }
}

function grantsIn(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.map(String) : [];
}

/** A media type as browsers give it, without its parameters. */
function plainType(type: string): string {
  return (type.split(";")[0] ?? "").trim().toLowerCase();
}

function verifyNamed(name: string, mediaType: string): void {
  const { name: named, type } = COLUMNS[FILE];
  try {
    named?.(name);
    type?.(mediaType);
  } catch (cause) {
    if (!(cause instanceof RowError)) throw cause;
    throw new InputError("a file has a printable name, and a type such as image/jpeg", { cause });
  }
}
