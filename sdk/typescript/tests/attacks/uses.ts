/** Attacks on grants, on what may be read, and on what is sealed. */

import { Refused } from "../../src/client/errors.js";
import { FleetingMemory } from "../../src/client/memory.js";
import { random } from "../../src/digest.js";
import { concat, fromBase64url, toBase64url, utf8 } from "../../src/encoding.js";
import { FormatError, OpenError, ProofError } from "../../src/errors.js";
import { leafHash, nodeHash, verifyInclusion } from "../../src/evidence/merkle.js";
import { SigningKey } from "../../src/keys.js";
import { RecoveryPhrase } from "../../src/owner/openers.js";
import { Partner } from "../../src/partner/partner.js";
import * as records from "../../src/records/index.js";
import * as sealing from "../../src/sealing/index.js";
import { seal, unseal } from "../../src/sealing/seal.js";
import { attempt, equal, flipped, holds, refused } from "./attack.js";
import { deriveMessage, opensUnderBoth } from "./collision.js";
import type { Json } from "./routes.js";
import { plays, readAll, SECRET_WORDS, Town, URL_OF_VAULT } from "./town.js";

async function nothingInTheClear(town: Town): Promise<void> {
  const phrase = await RecoveryPhrase.create();
  await town.owner.addLocker(phrase);
  await town.used();
  await readAll(await town.arriving(phrase));
  await town.between.fetch(`${URL_OF_VAULT}/v1/items/none`);
  const seen = [
    ...town.between.requests.map(({ url, body }) => url + body),
    ...town.between.answers.map(({ body }) => body),
    everything(town.vault.state),
  ].join("\n");
  clear(seen);
}

function everything(value: unknown): string {
  return JSON.stringify(value, (_, member: unknown) =>
    member instanceof Map || member instanceof Set ? [...member] : member,
  );
}

/** None of the words of the data, nor any part of them as base64url would write it, stands in this text. */
function clear(text: string): void {
  for (const word of [...SECRET_WORDS, "spotify:"]) {
    holds(!text.includes(word), `«${word}» stands in the clear`);
    for (let shift = 0; shift < 3; shift++) {
      const encoded = toBase64url(concat(new Uint8Array(shift), utf8(word))).slice(shift > 0 ? 4 : 0, -4);
      holds(encoded.length < 8 || !text.includes(encoded), `«${word}» stands in base64url`);
    }
  }
}

async function nothingKeptInTheClear(town: Town): Promise<void> {
  await town.used();
  for (const memory of [town.memory, town.partnersMemory]) clear(everything(await memory.under("")));
}

async function otherPartner(town: Town): Promise<void> {
  const grant = await town.granted();
  const items = await town.partner.items(grant);
  const memory = new FleetingMemory();
  const other = await Partner.create("other.example", "Other", URL_OF_VAULT, memory, town.options);
  await refused(() => other.use(grant, items));
  // A vault that gives it everything gives it nothing: keys are sealed to the partner of the grant.
  const { keys } = [...town.vault.state.grants.values()][0] ?? { keys: [] };
  const own = await other.keys.newest();
  const opener = await other.keys.openingKey(await kidOfSealing(own.record.sealing_key));
  const parties = { partner: grant.record.partner, ownerKid: fromBase64url(grant.kid) };
  const commitment = {
    shares: grant.record.holders.map((holder) => fromBase64url(holder.commitment)),
    key: fromBase64url(grant.record.key_commitment),
  };
  const shares = keys.map((share) => fromBase64url(share));
  const open = () =>
    sealing.openGrantKey(opener, fromBase64url(grant.record.id), shares, commitment, parties);
  await refused(open, OpenError);
  equal((await town.owner.receipts()).length, 0);
}

async function kidOfSealing(sealingKey: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", fromBase64url(sealingKey));
  return toBase64url(new Uint8Array(digest));
}

async function tooOften(town: Town): Promise<void> {
  const grant = await town.granted({ max_uses: 1 });
  const items = await town.partner.items(grant);
  await town.partner.use(grant, items);
  await refused(() => town.partner.use(grant, items), Refused);
  equal((await town.owner.receipts()).length, 1);
  // The vault sells one more: neither partner nor owner takes its receipt.
  await sold(town, grant);
  await refused(() => town.partner.receipts(grant), ProofError);
  await refused(() => town.owner.receipts(), ProofError);
}

/** A use beyond the grant, which the vault allows all the same. */
async function sold(town: Town, grant: records.Signed<records.Grant>): Promise<void> {
  const account = town.vault.account();
  const [first] = account.receipts;
  const said = {
    vault: grant.record.vault,
    grant: grant.hash,
    purpose: grant.record.purposes[0] ?? "",
    items: [toBase64url(random(16))],
    last: first?.hash ?? null,
    time: records.writeTime(town.time.clock()),
  };
  const use = await records.sign(records.USE, said, await town.partner.keys.signing());
  const opened = said.items.map((item) => ({ item, version: 1, sealed: toBase64url(random(32)) }));
  const content = {
    use: use.hash,
    revocation: null,
    purpose: said.purpose,
    opened,
    price: 50_000,
    fee: 5_000,
  };
  const receipt = await town.vault.issue(account, grant, content);
  town.vault.keep(account, grant.hash, receipt, { use: use.jws, revocation: null });
}

async function afterTheEnd(town: Town): Promise<void> {
  const grant = await town.used();
  const items = await town.partner.items(grant);
  const [given] = await town.owner.grants();
  if (given === undefined) throw new Error("a grant was given");
  await town.owner.revoke(given);
  await refused(() => town.partner.use(grant, items), Refused);
  equal(
    (await town.owner.receipts()).map(({ revocation }) => revocation !== null),
    [false, true],
  );
  await sold(town, grant);
  await refused(() => town.owner.receipts(), ProofError);
}

async function tooLate(town: Town): Promise<void> {
  const grant = await town.granted();
  const items = await town.partner.items(grant);
  town.time.now += 400 * 86_400_000;
  await refused(() => town.partner.use(grant, items), Refused);
  await sold(town, grant);
  await refused(() => town.owner.receipts(), ProofError);
}

async function outsideTheWindow(town: Town): Promise<void> {
  const grant = await town.granted();
  const items = await town.partner.items(grant);
  for (const minutes of [-6, 6]) {
    const clock = (): Date => new Date(town.time.clock().getTime() + minutes * 60_000);
    const options = { ...town.options, clock };
    const skewed = await Partner.create(
      "music.example",
      "Music Example",
      URL_OF_VAULT,
      town.partnersMemory,
      options,
    );
    await refused(() => skewed.use(grant, items), Refused);
  }
  equal(town.vault.account().receipts.length, 0);
}

async function replayed(town: Town): Promise<void> {
  await town.asked();
  const signed = town.between.requests.findLast(({ headers }) => headers.has("signature-input"));
  if (signed === undefined) throw new Error("a request was signed");
  const { method, url, headers, body } = signed;
  const send = (target: string, text: string): Promise<Response> => {
    const octets = text === "" ? null : utf8(text);
    return town.vault.fetch(target, { method, headers, body: octets });
  };
  equal((await send(url, body)).status, 401);
  town.vault.state.nonces.clear();
  for (const [target, text] of [
    [`${url}?limit=1`, body],
    [url, `${body} `],
    [url.replace("/v1/asks", "/v1/grants"), body],
  ] as const)
    holds((await send(target, text)).status >= 400, "another request went through under this signature");
  equal((await send(url, body)).status, 200);
}

async function lookAlike(): Promise<void> {
  const root = sealing.newRoot(random(16));
  const collection = sealing.newCollection(root, "music.play");
  const sizes = new Set<number>();
  for (const value of ["", "no", "yes", "twenty-eight bytes, at most."]) {
    const fields = new Map([["name", utf8(value)]]);
    const place = { itemId: random(16), version: 1 };
    const sealed = await sealing.sealItem(collection, place, { label: "2027-01", rows: 1, fields });
    const id = await sealing.fieldIdOf(collection, "name");
    sizes.add(sealed.fields.get(id)?.length ?? 0);
  }
  equal([...sizes], [32 + 73]);
}

async function twoKeys(): Promise<void> {
  const [salt, place] = [random(24), utf8("any place")];
  const keys = [random(32), random(32)] as const;
  const [one, two] = [await deriveMessage(keys[0], place, salt), await deriveMessage(keys[1], place, salt)];
  const chunk = await opensUnderBoth(one, two);
  for (const { key, nonce } of [one, two]) {
    const imported = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
    const opened = await crypto.subtle.decrypt({ name: "AES-GCM", iv: nonce }, imported, chunk);
    equal(opened.byteLength, 32);
  }
  for (const [at, { commitment }] of [one, two].entries()) {
    const blob = concat(Uint8Array.of(1), salt, commitment, chunk);
    equal((await unseal(keys[at] ?? keys[0], place, blob)).length, 32);
    await refused(() => unseal(keys[1 - at] ?? keys[0], place, blob), OpenError);
  }
}

async function sameWords(): Promise<void> {
  const [key, place] = [random(32), utf8("here")];
  const { opening } = await sealing.newDeviceLocker();
  const [blob, hblob] = [
    await seal(key, place, utf8("value")),
    await sealing.hseal(opening.publicKey, place, random(32)),
  ];
  const attempts = [
    () => unseal(new Uint8Array(32), place, blob),
    () => unseal(key, utf8("there"), blob),
    () => unseal(key, place, concat(Uint8Array.of(2), blob.slice(1))),
    () => unseal(key, place, blob.slice(0, -1)),
    () => unseal(key, place, blob.slice(0, 30)),
    () => unseal(key, place, new Uint8Array()),
    () => opening.hunseal(utf8("there"), hblob),
    () => opening.hunseal(place, hblob.slice(0, -1)),
    () => opening.hunseal(place, flipped(hblob, 1100)),
  ];
  const errors: string[] = [];
  for (const trying of attempts) {
    const error = await refused(trying, OpenError);
    holds(error.cause === undefined, "an error tells its cause");
    errors.push(error.message);
  }
  equal([...new Set(errors)].length, 1);
}

async function labels(): Promise<void> {
  const key = random(32);
  const derived = new Set<string>();
  const bare = ["locker-sign", "locker-open", "locker-root", "wrap-roots", "import-secret", "record-secret"];
  for (const label of [...bare, "identity", "wrap-collections", "locker-finder"])
    derived.add(toBase64url(await sealing.kdf(key, sealing.context(label as "identity"))));
  equal(derived.size, bare.length + 3);
  await refused(() => sealing.context("identity", ...([random(16)] as unknown as [])));
  await refused(() => sealing.context("root-mac", random(15), random(32)));
}

async function twoReaders(): Promise<void> {
  const key = await SigningKey.generate();
  const said = { grant: toBase64url(random(32)), erase: true, uses: 7, time: "2027-03-01T12:00:00Z" };
  const { jws } = await records.sign(records.REVOCATION, said, key);
  const [header = "", payload = ""] = jws.split(".");
  const text = new TextDecoder().decode(fromBase64url(payload));
  const others = [
    text.replace('"uses":7', '"uses":7,"uses":8'),
    text.replace('"uses":7', '"uses":7.0'),
    text.replace('"uses":7', '"uses":9007199254740993'),
    text.replace('"uses":7', '"uses":-0'),
    text.replace('"erase":true', '"erase":true,"more":1'),
    `\ufeff${text}`,
    `${text} {}`,
    text.replace("{", '{"__proto__":{},'),
  ];
  for (const other of others) {
    const body = `${header}.${toBase64url(utf8(other))}`;
    const again = `${body}.${toBase64url(await key.sign(utf8(body)))}`;
    await refused(() => records.verify(again, records.REVOCATION, () => key.publicKey), FormatError);
  }
  for (const other of [`${payload}=`, payload.replace(/.$/, "+"), ` ${payload}`]) {
    const body = `${header}.${other}`;
    const again = `${body}.${toBase64url(await key.sign(utf8(body)))}`;
    await refused(() => records.verify(again, records.REVOCATION, () => key.publicKey), FormatError);
  }
}

async function nodeAsLeaf(): Promise<void> {
  const entries = Array.from({ length: 4 }, () => random(33));
  const leaves = await Promise.all(entries.map((entry) => leafHash(entry)));
  const [one, two, three, four] = leaves as [Uint8Array<ArrayBuffer>, ...Uint8Array<ArrayBuffer>[]];
  const [left, right] = [await nodeHash(one, two ?? one), await nodeHash(three ?? one, four ?? one)];
  const root = await nodeHash(left, right);
  await verifyInclusion(entries[0] ?? one, 0n, 4n, [two ?? one, right], root);
  const inner = concat(one, two ?? one);
  await refused(() => verifyInclusion(inner, 0n, 2n, [right], root), ProofError, FormatError);
  await refused(() => verifyInclusion(left, 0n, 2n, [right], root), ProofError, FormatError);
  await refused(
    () => verifyInclusion(concat(Uint8Array.of(1), inner), 0n, 2n, [right], root),
    ProofError,
    FormatError,
  );
}

async function noSaltTwice(): Promise<void> {
  const [key, place] = [new Uint8Array(32), utf8("a place")];
  const salts = new Set<string>();
  for (let round = 0; round < 100; round++) {
    const blobs = await Promise.all(Array.from({ length: 100 }, () => seal(key, place, place)));
    for (const blob of blobs) salts.add(toBase64url(blob.slice(1, 25)));
  }
  equal(salts.size, 10_000);
}

async function restoredProfile(town: Town): Promise<void> {
  // The same profile twice, as after a restore: both write the same, and nothing of what is sealed is the same.
  const copy = new FleetingMemory();
  await copy.keep(Object.fromEntries(await town.memory.under("")));
  const sealed: string[] = [];
  for (const memory of [town.memory, copy]) {
    const fork = town.vault.fork();
    town.between.vault = fork;
    const owner = await town.reopened(memory);
    await owner.write("music.play", "2027-01", plays("2027-01"));
    const [item] = fork.account().items.values();
    sealed.push(item?.key ?? "", ...Object.values(item?.fields ?? {}));
  }
  equal(new Set(sealed).size, sealed.length);
}

async function equalValues(): Promise<void> {
  const [key, place] = [random(32), utf8("here")];
  const seen = new Set<string>();
  for (let at = 0; at < 1000; at++) seen.add(toBase64url(await seal(key, place, utf8("the same"))));
  equal(seen.size, 1000);
}

async function twoOwners(town: Town): Promise<void> {
  const other = await Town.found();
  const kept: Set<string>[] = [];
  for (const one of [town, other]) {
    await one.owner.write("music.play", "2027-01", plays("2027-01"));
    const [[id, { key, fields }] = ["", { key: "", fields: {} }]] = one.vault.account().items;
    kept.push(new Set([id, key, ...Object.keys(fields), ...Object.values(fields)]));
  }
  holds(
    [...(kept[0] ?? [])].every((each) => !kept[1]?.has(each)),
    "two owners share an id or sealed bytes",
  );
}

async function verifiersThrow(town: Town): Promise<void> {
  const grant = await town.used();
  const [receipt] = town.vault.account().receipts;
  const key = await SigningKey.generate();
  const { publicKey } = key;
  const link = { seq: 1, prev: null, blind: toBase64url(random(32)) };
  const signed = await records.verify(
    receipt?.receipt ?? "",
    records.RECEIPT,
    () => town.vault.key.publicKey,
  );
  const attempts: readonly (() => unknown)[] = [
    () => records.verify(grant.jws, records.GRANT, () => publicKey),
    () => records.verifyOwnerLink(link, signed.record),
    () => records.verifyTerms(signed, grant, { use: null, revocation: null }),
    () => records.verifyNextReceipt(signed, signed),
    () => records.verifyAccount([]),
    () => sealing.verifyRoot(sealing.newRoot(random(16)), random(32)),
    () =>
      sealing.openItem(
        ...([
          sealing.newCollection(sealing.newRoot(random(16)), "x"),
          { itemId: random(16), version: 1, key: random(80), fields: new Map() },
          new Map(),
          "",
        ] as const),
      ),
    () => verifyInclusion(random(33), 0n, 1n, [], random(32)),
  ];
  for (const trying of attempts) await refused(trying);
  const answers: Json = {};
  answers["terms"] = typeof records.verifyNextReceipt(null, signed);
  answers["grant"] = typeof (await records.verifyGrant(grant.jws));
  equal(Object.values(answers), ["object", "object"]);
}

export const USES = [
  attempt(12, "no word of the data is stored, sent or answered in the clear", nothingInTheClear),
  attempt(13, "one ciphertext cannot be made to open under two keys", twoKeys),
  attempt(15, "every failure to open has the same text and no cause", sameWords),
  attempt(16, "every label derives another key, and takes its own parts alone", labels),
  attempt(22, "signed bytes are read in one form only", twoReaders),
  attempt(23, "a grant opens nothing for another partner", otherPartner),
  attempt(23, "a grant opens nothing after its last use, and a sold use is found out", tooOften),
  attempt(23, "a grant opens nothing after it was taken back", afterTheEnd),
  attempt(23, "a grant opens nothing after it expired", tooLate),
  attempt(23, "a use dated outside the window", outsideTheWindow),
  attempt(24, "a signed request sent again, with another body, or elsewhere", replayed),
  attempt(25, "values of one size bucket look alike", lookAlike),
  attempt(27, "a node handed in as a leaf", nodeAsLeaf),
  attempt(31, "ten thousand seals repeat no salt", noSaltTwice),
  attempt(31, "a restored profile seals nothing the same way twice", restoredProfile),
  attempt(32, "equal values sealed a thousand times", equalValues),
  attempt(32, "two owners with the same data share no id and no sealed byte", twoOwners),
  attempt(33, "what verifies or opens throws, or answers with the verified thing", verifiersThrow),
  attempt(
    34,
    "nothing that a device remembers, and so no backup of it, is in the clear",
    nothingKeptInTheClear,
  ),
];
