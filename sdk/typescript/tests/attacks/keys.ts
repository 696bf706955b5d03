/** Attacks on keys: planted, swapped, lowered, enrolled, or made up around what is public. */

import { LockedOut, OpensNothing } from "../../src/client/errors.js";
import { FleetingMemory } from "../../src/client/memory.js";
import { random } from "../../src/digest.js";
import { fromBase64url, toBase64url } from "../../src/encoding.js";
import { InputError, OpenError, ProofError, SignatureError } from "../../src/errors.js";
import { SigningKey } from "../../src/keys.js";
import { Password, RecoveryPhrase } from "../../src/owner/openers.js";
import { Partner } from "../../src/partner/partner.js";
import * as records from "../../src/records/index.js";
import type { Locker } from "../../src/sealing/index.js";
import * as sealing from "../../src/sealing/index.js";
import { attempt, equal, flipped, holds, refused } from "./attack.js";
import type { Json } from "./routes.js";
import type { Town } from "./town.js";
import { copied, DOMAIN, plays, readAll, URL_OF_VAULT } from "./town.js";
import type { KeptLocker } from "./vault.js";

const PLACES = [0, 1, 25, 60, -1];

/** Every sealed blob that the vault keeps of an owner: what it is called, and how to read and to replace it. */
function blobsOf(town: Town): readonly (readonly [string, () => string, (blob: string) => void])[] {
  const account = town.vault.account();
  const [locker] = account.lockers.values();
  const [collection] = account.collections.keys();
  const [item] = account.items.values();
  const [field] = Object.keys(item?.fields ?? {});
  if (!locker || !collection || !item || !field) throw new Error("there is nothing to attack");
  const { secrets } = account;
  return [
    ["the root key", () => locker.sealed_root, (blob) => Object.assign(locker, { sealed_root: blob })],
    ["a root MAC", () => locker.root_mac, (blob) => Object.assign(locker, { root_mac: blob })],
    ["the older roots", () => secrets["roots"] ?? "", (blob) => Object.assign(secrets, { roots: blob })],
    [
      "a collection",
      () => account.collections.get(collection) ?? "",
      (blob) => account.collections.set(collection, blob),
    ],
    ["an item key", () => item.key, (blob) => Object.assign(item, { key: blob })],
    ["a field", () => item.fields[field] ?? "", (blob) => Object.assign(item.fields, { [field]: blob })],
  ];
}

async function alteredBlobs(town: Town): Promise<void> {
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  await town.owner.rotate();
  for (const [, read, replace] of blobsOf(town)) {
    const stored = read();
    const octets = fromBase64url(stored);
    for (const place of PLACES.filter((at) => at < octets.length)) {
      replace(toBase64url(flipped(octets, place)));
      await refused(async () => readAll(await town.reopened()));
    }
    replace(stored);
  }
  equal((await readAll(await town.reopened())).length, 1);
}

async function plantedRoot(town: Town): Promise<void> {
  const { locker, account } = town.owner.account.unlocked;
  const root = sealing.newRoot(fromBase64url(account));
  const planted = await sealing.sealRoot(root, locker.kid, locker.opening.publicKey);
  const [kept] = town.vault.account().lockers.values();
  Object.assign(kept as KeptLocker, { sealed_root: toBase64url(planted) });
  await refused(() => town.reopened(), OpenError);
}

async function plantedCollection(town: Town): Promise<void> {
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  const { collections } = town.vault.account();
  const [id = ""] = collections.keys();
  const root = new sealing.AccountRoot(fromBase64url(town.owner.account.unlocked.account), 0, random(32));
  const own = { ...sealing.newCollection(root, "music.play"), collectionId: fromBase64url(id) };
  collections.set(id, toBase64url(await sealing.sealCollection(root, own)));
  const owner = await town.reopened();
  await refused(() => owner.write("music.play", "2027-02", plays("2027-02")), OpenError);
  equal(town.vault.account().journal.length, 1);
}

async function plantedGrantKey(town: Town): Promise<void> {
  const grant = await town.granted();
  const items = await town.partner.items(grant);
  const opening = (await town.partner.keys.newest()).record.sealing_key;
  const id = fromBase64url(grant.record.id);
  const parties = { partner: DOMAIN, ownerKid: fromBase64url(grant.kid) };
  const own = { grantId: id, key: random(32) };
  const { shares } = await sealing.sealGrantKey(own, fromBase64url(opening), parties);
  const [kept] = town.vault.state.grants.values();
  Object.assign(kept ?? {}, { keys: shares.map(toBase64url) });
  await refused(() => town.partner.use(grant, items), OpenError);
}

async function otherPartnersKeys(town: Town): Promise<void> {
  await town.asked();
  const memory = new FleetingMemory();
  await Partner.create("imposter.example", "Music Example", URL_OF_VAULT, memory, town.options);
  const entries = town.vault.state.partners.get("imposter.example") ?? [];
  town.between.lies.set(`/v1/partners/${DOMAIN}`, () => ({ entries }));
  await refused(() => town.owner.connect(DOMAIN), ProofError);
  town.between.lies.clear();
  const key = await SigningKey.generate();
  const [ask] = town.vault.state.asks;
  const {
    v: _,
    salt: __,
    ...said
  } = (
    await records.verify(ask?.jws ?? "", records.ASK, async () => {
      return (await town.partner.keys.newest()).record.sign_key;
    })
  ).record as records.Ask & { v: 1 };
  Object.assign(ask ?? {}, { jws: (await records.sign(records.ASK, said, key)).jws });
  await refused(() => town.owner.asks(), ProofError, SignatureError);
  const sent = town.between.requests.filter(({ path }) => path === "/v1/grants");
  equal(sent.length, 0);
}

async function loweredCost(town: Town): Promise<void> {
  const kept = Password.create("a password");
  await town.owner.addLocker(kept);
  const weaker: readonly Json[] = [
    { passes: 1 },
    { memory: 8192 },
    { passes: 1, memory: 8 },
    { salt: toBase64url(new Uint8Array(16)) },
    { passes: 1000 },
  ];
  for (const cost of weaker) {
    town.between.lies.set("/v1/finders", (shown) => {
      return { ...shown, parameters: { ...(shown["parameters"] as Json), ...cost } };
    });
    const before = town.between.requests.length;
    await refused(() => town.arriving(kept), OpensNothing);
    const asked = town.between.requests.slice(before).map(({ path }) => path);
    const heard = "salt" in cost ? ["/v1/logins"] : [];
    equal(asked, ["/v1/trust", "/v1/vault", "/v1/finders", ...heard]);
  }
}

async function upgradedCost(town: Town): Promise<void> {
  const floor = { passes: 3, memoryKib: 64 * 1024 };
  const old = Password.create("a password", floor);
  const before = await town.owner.addLocker(old);
  const today = new Password("a password", old.text, { ...floor, passes: 4 });
  const device = await town.arriving(today);
  const standing = (await device.lockers()).filter(({ kind }) => kind === "password");
  equal(standing.length, 1);
  holds(standing[0]?.kid !== before, "the locker of the lower cost still stands");
  const kept = town.vault.account().lockers.get(standing[0]?.kid ?? "")?.parameters;
  equal(kept?.["passes"], 4);
  await town.arriving(old);
  const again = (await device.lockers()).filter(({ kind }) => kind === "password");
  equal(again, standing);
}

async function nothingAboutAPassword(town: Town): Promise<void> {
  const kept = Password.create("a password");
  const kid = await town.owner.addLocker(kept);
  const wrong = new Password("a guess", kept.text);
  const asked: string[] = [];
  for (const stored of [null, toBase64url(random(1169))]) {
    const locker = town.vault.account().lockers.get(kid);
    if (stored !== null) Object.assign(locker ?? {}, { sealed_root: stored });
    const before = town.between.requests.length;
    await refused(() => town.arriving(wrong), OpensNothing);
    asked.push(
      town.between.requests
        .slice(before)
        .map(({ method, path }) => `${method} ${path}`)
        .join(),
    );
  }
  equal(asked[0], asked[1]);
  holds(asked[0]?.endsWith("POST /v1/logins") === true, "a wrong guess goes no further than the login");
}

/** An entry of the account chain, by whoever likes to sign one. */
async function entryBy(town: Town, signer: SigningKey, locker: Locker, more: Json = {}): Promise<string> {
  const { account, chain, newest } = town.owner.account.unlocked;
  const said = {
    account,
    seq: chain.entries.length + 1,
    prev: chain.head,
    action: "add" as const,
    kind: "device" as const,
    sign_key: locker.signing.publicKey,
    sealing_key: toBase64url(locker.opening.publicKey),
    generation: newest.generation,
    root_commitment: toBase64url(await newest.commitment()),
    journal: town.vault.account().head,
    time: records.writeTime(town.time.clock()),
    ...more,
  };
  return (await records.sign(records.ACCOUNT, said as never, signer)).jws;
}

async function plantedDevice(town: Town): Promise<void> {
  const own = await sealing.newDeviceLocker();
  const planted = await entryBy(town, own.signing, own);
  town.between.lies.set("/v1/account", (shown) => {
    return { ...shown, chain: [...(shown["chain"] as string[]), planted] };
  });
  await refused(() => town.owner.items(), SignatureError);
  await refused(() => town.reopened(), SignatureError);
}

async function demandedEnrolment(town: Town): Promise<void> {
  const kept = await town.owner.addLocker(await RecoveryPhrase.create());
  const demanded = await sealing.newDeviceLocker();
  const row = {
    kid: demanded.signing.kid,
    kind: "recovery",
    sealed_root: "AQAB",
    root_mac: "AQAB",
    parameters: {},
    sealing_key: toBase64url(demanded.opening.publicKey),
    policy: "this organisation requires a recovery locker",
  };
  town.between.lies.set("/v1/account", (shown) => {
    return "lockers" in shown ? { ...shown, lockers: [...(shown["lockers"] as Json[]), row] } : shown;
  });
  await town.owner.rotate();
  const sent = town.between.requests.findLast(({ path }) => path === "/v1/account/entries");
  const { roots } = JSON.parse(sent?.body ?? "{}") as { roots: Json };
  const ours = town.owner.account.unlocked.locker.signing.kid;
  equal(Object.keys(roots).sort(), [kept, ours].sort());
  holds(!(await town.owner.lockers()).some(({ kid }) => kid === row.kid), "the demanded locker stands");
}

async function noOtherWayIn(town: Town): Promise<void> {
  const account = town.owner.account.unlocked.account;
  const stranger = await sealing.newDeviceLocker();
  const memory = new FleetingMemory();
  const trust = town.vault.trust;
  await memory.keep({ trust, account, device: toBase64url(stranger.secret()) });
  await refused(() => town.reopened(memory), LockedOut);
  town.between.lies.set("/v1/logins", (shown) => ({ ...shown, account, code: "123456" }));
  await refused(() => town.reopened(memory));
  equal(town.vault.account().chain.length, 1);
}

async function noSecretIsSent(town: Town): Promise<void> {
  const [phrase, password] = [await RecoveryPhrase.create(), Password.create("a password of hers")];
  await town.owner.addLocker(phrase);
  await town.owner.addLocker(password);
  await town.used();
  await town.owner.rotate();
  const other = await town.arriving(phrase);
  await other.write("music.play", "2027-03", plays("2027-03"));
  const secrets: Uint8Array[] = [];
  for (const owner of [town.owner, other]) {
    const { locker, identity, roots } = owner.account.unlocked;
    secrets.push(locker.secret(), locker.signing.seed(), identity.secret, ...roots.map(({ key }) => key));
    secrets.push((await identity.signingKeyFor(DOMAIN)).seed());
  }
  const { roots } = town.owner.account.unlocked;
  for (const [id, blob] of town.vault.account().collections) {
    const { key, names } = await sealing.openCollection(roots, fromBase64url(id), fromBase64url(blob));
    secrets.push(key, names);
  }
  secrets.push(await sealing.entropyOf(phrase.words), fromBase64url(password.text));
  const sent = town.between.requests.map(({ url, body }) => `${url}\n${body}`).join("\n");
  const answered = town.between.answers.map(({ body }) => body).join("\n");
  const texts = ["a password of hers", phrase.words, ...secrets.map(toBase64url)];
  const hex = secrets.map((octets) => [...octets].map((each) => each.toString(16).padStart(2, "0")).join(""));
  for (const secret of [...texts, ...hex])
    holds(!sent.includes(secret) && !answered.includes(secret), "a secret was sent");
}

async function everyByteOfARootMac(): Promise<void> {
  const [locker, account, rootKid] = [await sealing.newDeviceLocker(), random(16), random(32)];
  const made = new Set([toBase64url(await locker.rootMac(account, rootKid))]);
  for (let at = 0; at < 16; at++) made.add(toBase64url(await locker.rootMac(flipped(account, at), rootKid)));
  for (let at = 0; at < 32; at++) made.add(toBase64url(await locker.rootMac(account, flipped(rootKid, at))));
  for (let at = 0; at < 32; at++) {
    const other = await sealing.deviceLocker(flipped(locker.secret(), at));
    made.add(toBase64url(await other.rootMac(account, rootKid)));
  }
  equal(made.size, 1 + 16 + 32 + 32);
}

async function everyPartOfAContext(): Promise<void> {
  const [one, two, kid, other] = [random(16), random(16), random(32), random(32)];
  const made = new Set<string>();
  let count = 0;
  const add = (octets: Uint8Array): void => {
    made.add(toBase64url(octets));
    count++;
  };
  const parts = [one, ...[0, 5, 15].map((at) => flipped(one, at)), two];
  for (const account of parts)
    for (const root of [kid, other, flipped(kid, 31)]) add(sealing.context("root-mac", account, root));
  for (const account of parts)
    for (const number of [0, 1, 256, 2 ** 40]) {
      for (const root of [kid, other]) add(sealing.context("root-for-locker", account, number, root));
      add(sealing.context("root-commitment", account, number));
      for (const item of [one, two]) {
        add(sealing.context("field", account, item, number));
        add(sealing.context("field-value", account, item, number));
        add(sealing.context("item-key", account, item, number));
        add(sealing.context("envelope", account, item, number));
      }
    }
  equal(made.size, count);
}

async function madeUpAccount(town: Town): Promise<void> {
  const phrase = await RecoveryPhrase.create();
  const kid = await town.owner.addLocker(phrase);
  const { chain, account } = town.owner.account.unlocked;
  const real = chain.lockers.get(kid);
  const [own, root] = [await sealing.newDeviceLocker(), sealing.newRoot(fromBase64url(account))];
  const fixed = {
    account,
    generation: 0,
    root_commitment: toBase64url(await root.commitment()),
    journal: null,
    time: records.writeTime(town.time.clock()),
  };
  const keys = { sign_key: own.signing.publicKey, sealing_key: toBase64url(own.opening.publicKey) };
  const create = { ...fixed, seq: 1, prev: null, action: "create", kind: "device", ...keys } as const;
  const first = await records.sign(records.ACCOUNT, create, own.signing);
  const hers = { sign_key: real?.sign_key ?? "", sealing_key: real?.sealing_key ?? "" };
  const add = { ...fixed, seq: 2, prev: first.hash, action: "add", kind: "recovery", ...hers } as const;
  const second = await records.sign(records.ACCOUNT, add, own.signing);
  const sealed = await sealing.sealRoot(root, fromBase64url(kid), fromBase64url(hers.sealing_key));
  const known = town.vault.account().lockers.get(kid)?.root_mac ?? "";
  const guesses = [known, toBase64url(random(32)), toBase64url(await own.rootMac(random(16), own.kid))];
  for (const root_mac of guesses) {
    const row = { kid, kind: "recovery", sealed_root: toBase64url(sealed), root_mac, parameters: {} };
    town.between.lies.set("/v1/account", (shown) => {
      return { ...shown, chain: [first.jws, second.jws], lockers: [row], secrets: {} };
    });
    const before = town.between.requests.length;
    await refused(() => town.arriving(phrase), OpenError);
    const sent = town.between.requests.slice(before).filter(({ method }) => method !== "GET");
    const paths = new Set(sent.map(({ path }) => path));
    equal([...paths].sort(), ["/v1/finders", "/v1/logins", "/v1/sessions"]);
  }
}

async function weakKeys(): Promise<void> {
  const zeros = new Uint8Array(32);
  const weak = [zeros, flipped(zeros, 0), zeros.slice().fill(255), random(31)];
  for (const key of weak) {
    const entry = { ...(await someEntry()), sign_key: toBase64url(key) };
    await refused(async () =>
      records
        .sign(records.ACCOUNT, entry as never, await SigningKey.generate())
        .then(({ jws }) => records.verifyAccount([jws])),
    );
  }
  const { opening } = await sealing.newDeviceLocker();
  for (const key of [opening.publicKey.slice(1), opening.publicKey.slice().fill(255, 0, 3)])
    await refused(() => sealing.hseal(key, sealing.context("wrap-roots"), random(32)), InputError);
}

async function someEntry() {
  const locker = await sealing.newDeviceLocker();
  return {
    account: toBase64url(random(16)),
    seq: 1,
    prev: null,
    action: "create",
    kind: "device",
    sign_key: locker.signing.publicKey,
    sealing_key: toBase64url(locker.opening.publicKey),
    generation: 0,
    root_commitment: toBase64url(random(32)),
    journal: null,
    time: "2027-03-01T12:00:00Z",
  };
}

async function lenientSignature(): Promise<void> {
  // Of these two over the same record, a lenient verifier takes both: the second has a part of small order in its R.
  const key = await SigningKey.generate();
  const said = { grant: toBase64url(random(32)), erase: true, uses: 0, time: "2027-03-01T12:00:00Z" };
  const { jws } = await records.sign(records.REVOCATION, said, key);
  const [header, payload, signature = ""] = jws.split(".");
  const octets = fromBase64url(signature);
  // S + L is the same number to a verifier that does not compare it with L.
  const order = 2n ** 252n + 27742317777372353535851937790883648493n;
  let sum = [...octets.slice(32)].reduceRight((high, octet) => (high << 8n) | BigInt(octet), 0n) + order;
  for (let at = 32; at < 64; at++, sum >>= 8n) octets[at] = Number(sum & 255n);
  const again = `${header}.${payload}.${toBase64url(octets)}`;
  await refused(() => records.verify(again, records.REVOCATION, () => key.publicKey), SignatureError);
  await records.verify(jws, records.REVOCATION, () => key.publicKey);
}

async function removedDeviceMemory(town: Town): Promise<void> {
  const phrase = await RecoveryPhrase.create();
  await town.owner.addLocker(phrase);
  const memory = new FleetingMemory();
  const lost = await town.arriving(phrase, memory);
  const kid = lost.account.unlocked.locker.signing.kid;
  await town.owner.removeLocker(kid);
  await town.owner.write("music.play", "2027-01", plays("2027-01"));
  await refused(() => lost.items(), LockedOut);
  await refused(async () => town.reopened(await copied(memory)), LockedOut);
  const newest = town.owner.account.unlocked.newest.generation;
  const older = lost.account.unlocked.roots;
  for (const [id, blob] of town.vault.account().collections)
    await refused(() => sealing.openCollection(older, fromBase64url(id), fromBase64url(blob)), OpenError);
  equal(newest, 1);
}

export const KEYS = [
  attempt(1, "a byte changed in any sealed blob gives a typed error and no plaintext", alteredBlobs),
  attempt(2, "a root key of the vault's own, sealed to the device", plantedRoot),
  attempt(2, "a collection key of the vault's own", plantedCollection),
  attempt(2, "a grant key of the vault's own, sealed to the partner", plantedGrantKey),
  attempt(3, "other keys under the partner's name", otherPartnersKeys),
  attempt(9, "a lowered cost, an absurd one, or another salt", loweredCost),
  attempt(11, "a locker of a lower cost is made anew when it is next opened", upgradedCost),
  attempt(14, "the vault learns nothing about a password by what it stores", nothingAboutAPassword),
  attempt(17, "a device that the vault added to the chain", plantedDevice),
  attempt(17, "a removed device opens nothing that is written afterwards", removedDeviceMemory),
  attempt(18, "a recovery locker that the vault demands", demandedEnrolment),
  attempt(19, "no request of a whole life carries a key or a secret", noSecretIsSent),
  attempt(20, "a new device gets in by a locker and by nothing else", noOtherWayIn),
  attempt(26, "a weak or malformed key", weakKeys),
  attempt(26, "a signature that only a lenient verifier takes", lenientSignature),
  attempt(28, "every byte that a root MAC stands for changes it", everyByteOfARootMac),
  attempt(28, "every part of a context changes it", everyPartOfAContext),
  attempt(36, "an account made up around a phrase's public keys", madeUpAccount),
];
