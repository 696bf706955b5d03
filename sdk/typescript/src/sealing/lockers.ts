/** Lockers: the ways to open an account, each with one secret of 32 bytes (docs/spec/keys.md, Lockers). */

import { random, sha256 } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, same } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";
import { SigningKey } from "../keys.js";
import { context } from "./context.js";
import { hseal, OpeningKey } from "./hseal.js";
import { ENTROPY_BYTES } from "./recovery-phrase.js";
import { KEY_BYTES, kdf } from "./seal.js";
import type { Stretching } from "./stretching.js";
import { stretch } from "./stretching.js";
import { AccountRoot, verifyRoot } from "./tree.js";

const SECRET_KEY_BYTES = 16;

/** The kinds whose secret this SDK can make. */
export type LockerKind = "device" | "passkey" | "password" | "recovery" | "guardians";

/** `kdf` with the key that makes root MACs. */
export type Vouching = (place: Bytes) => Promise<Bytes>;

/** One way to open an account, unlocked. */
export class Locker {
  private constructor(
    readonly kind: LockerKind,
    readonly signing: SigningKey,
    readonly opening: OpeningKey,
    private readonly vouching: Vouching,
    private readonly key: Bytes | null,
  ) {}

  /** A device's locker of keys that were made apart: the platform may hold them and show them to nobody. */
  static held(signing: SigningKey, opening: OpeningKey, vouching: Vouching): Locker {
    return new Locker("device", signing, opening, vouching, null);
  }

  static async fromSecret(kind: LockerKind, secret: Bytes): Promise<Locker> {
    const signing = await SigningKey.fromSeed(await kdf(secret, context("locker-sign")));
    const opening = await OpeningKey.fromSeed(await kdf(secret, context("locker-open")));
    const vouching: Vouching = async (place) => kdf(await kdf(secret, context("locker-root")), place);
    return new Locker(kind, signing, opening, vouching, secret.slice());
  }

  /** The locker's name in the account chain, 32 bytes. */
  get kid(): Bytes {
    return fromBase64url(this.signing.kid);
  }

  /**
   * The 32 secret bytes, for a device to keep.
   *
   * @throws InputError for a locker of keys that were made apart.
   */
  secret(): Bytes {
    if (this.key === null) throw new InputError("this locker has no secret that anybody could see");
    return this.key.slice();
  }

  /** 32 bytes with which this locker vouches for the account whose first entry `rootKid` signed. */
  rootMac(accountId: Uint8Array, rootKid: Uint8Array): Promise<Bytes> {
    return this.vouching(context("root-mac", accountId, rootKid));
  }
}

export function deviceLocker(secret: Bytes): Promise<Locker> {
  return Locker.fromSecret("device", secret);
}

export function newDeviceLocker(): Promise<Locker> {
  return deviceLocker(random(KEY_BYTES));
}

/** The locker behind a passkey, from the 32 bytes of its PRF extension (WebAuthn Level 3 §10.1.4). */
export async function passkeyLocker(prfOutput: Bytes, accountId: Uint8Array): Promise<Locker> {
  return Locker.fromSecret("passkey", await kdf(prfOutput, context("passkey-locker", accountId)));
}

/**
 * The locker behind a password and a secret key of 16 random bytes that the vault never saw.
 *
 * @throws InputError for an empty password, a secret key of another length, or a cost outside what we accept.
 */
export async function passwordLocker(
  password: string,
  secretKey: Uint8Array,
  accountId: Uint8Array,
  stretching: Stretching,
): Promise<Locker> {
  if (secretKey.length !== SECRET_KEY_BYTES) throw new InputError("a secret key has 16 bytes");
  const key = await sha256(await stretch(password, stretching), secretKey);
  const { salt, passes, memoryKib } = stretching;
  return Locker.fromSecret(
    "password",
    await kdf(key, context("password-locker", accountId, salt, passes, memoryKib)),
  );
}

/** The locker behind a recovery phrase, from its 16 bytes of entropy. */
export async function recoveryLocker(entropy: Uint8Array, accountId: Uint8Array): Promise<Locker> {
  if (entropy.length !== ENTROPY_BYTES) throw new InputError("a recovery phrase holds 16 bytes");
  return Locker.fromSecret(
    "recovery",
    await kdf(await sha256(entropy), context("recovery-locker", accountId)),
  );
}

/** The locker behind what guardians hold (16 bytes, brought back from shares) and the vault (32 bytes). */
export async function guardiansLocker(
  secret: Uint8Array,
  half: Uint8Array,
  accountId: Uint8Array,
): Promise<Locker> {
  if (secret.length !== ENTROPY_BYTES || half.length !== KEY_BYTES)
    throw new InputError("guardians hold 16 bytes, and the vault 32");
  const key = await sha256(secret, half);
  return Locker.fromSecret("guardians", await kdf(key, context("guardians-locker", accountId)));
}

/** The key that asks the vault for its half; it stands on the guardians' secret alone. */
export async function askingKey(secret: Uint8Array): Promise<SigningKey> {
  return SigningKey.fromSeed(await kdf(await sha256(secret), context("guardians-asking")));
}

/** The account root key, sealed to one locker, and that locker's root MAC. */
export interface SealedRoot {
  readonly generation: number;
  readonly blob: Bytes;
  readonly rootMac: Bytes;
}

/** Seal the account root key to a locker, present or not: its kid and X-Wing key come from the account chain. */
export function sealRoot(root: AccountRoot, lockerKid: Uint8Array, sealingKey: Bytes): Promise<Bytes> {
  return hseal(sealingKey, context("root-for-locker", root.accountId, root.generation, lockerKid), root.key);
}

/** What the verified account chain says about its root. */
export interface RootExpectation {
  readonly accountId: Uint8Array;
  /** The kid that signed the chain's first entry. */
  readonly rootKid: Uint8Array;
  /** To the root key of this generation. */
  readonly commitment: Uint8Array;
}

/**
 * Open the account root key with a locker.
 *
 * @throws OpenError whatever the reason; a made-up account and a planted key included.
 */
export async function openRoot(
  locker: Locker,
  sealed: SealedRoot,
  expected: RootExpectation,
): Promise<AccountRoot> {
  const { accountId, rootKid, commitment } = expected;
  if (!same(await locker.rootMac(accountId, rootKid), sealed.rootMac)) throw new OpenError();
  const place = context("root-for-locker", accountId, sealed.generation, locker.kid);
  const key = await locker.opening.hunseal(place, sealed.blob);
  if (key.length !== KEY_BYTES) throw new OpenError();
  return verifyRoot(new AccountRoot(accountId, sealed.generation, key), commitment);
}

/**
 * 32 bytes by which a vault finds a locker for somebody who remembers nothing of her account.
 *
 * @throws InputError for fewer than 16 bytes: what a person chose would let a vault guess it.
 */
export async function finderOf(random: Uint8Array): Promise<Bytes> {
  if (random.length < ENTROPY_BYTES) throw new InputError("a locker is found by 16 random bytes or more");
  return kdf(await sha256(random), context("locker-finder"));
}
