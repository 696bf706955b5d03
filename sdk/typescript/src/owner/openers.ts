/**
 * What opens an account besides a device: a recovery phrase, a password, a passkey. Each has 128 random bits or more in
 * it, so nobody guesses it with what the vault holds; from these bits comes the finder too (docs/spec/keys.md).
 */

import type { Answer } from "../client/answer.js";
import { OpensNothing } from "../client/errors.js";
import { random } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { fromBase64url, toBase64url } from "../encoding.js";
import { VaultError } from "../errors.js";
import type { Locker } from "../sealing/lockers.js";
import { finderOf, passkeyLocker, passwordLocker, recoveryLocker } from "../sealing/lockers.js";
import { ENTROPY_BYTES, entropyOf, phraseOf } from "../sealing/recovery-phrase.js";
import type { Cost } from "../sealing/stretching.js";
import { newStretching, TODAY } from "../sealing/stretching.js";
import type { OwnerAccount } from "./account.js";

/** What the vault must keep to make a locker again: nothing secret. */
export type Parameters = Readonly<Record<string, string | number>>;

/** The vault's half of a guardians' locker, in base64url, and the seconds that whoever asks for it waits. */
export interface Guarded {
  readonly half: string;
  readonly asking_key: string;
  readonly waiting: number;
}

/** A way to open an account that a person, not a device, carries. */
export interface Opener {
  /** 32 bytes by which the vault finds the locker. */
  finder(): Promise<Bytes>;
  newParameters(): Parameters;
  /** What the vault keeps with a new locker, and shows to nobody before its time. */
  guarded?(): Promise<Guarded>;
  /**
   * The locker in this account; `device` may be asked for what the vault has to add.
   *
   * @throws OpensNothing if it can't be made with these parameters.
   */
  locker(account: Bytes, parameters: Answer, device: OwnerAccount): Promise<Locker>;
  /** Whether parameters cost less to guess against than today's do, so that the locker is made anew. */
  isDated(parameters: Answer): boolean;
}

/** Twelve English words (BIP-39) that stand for 128 random bits. */
export class RecoveryPhrase implements Opener {
  constructor(readonly words: string) {}

  /** Twelve words that nobody has. */
  static async create(): Promise<RecoveryPhrase> {
    return new RecoveryPhrase(await phraseOf(random(ENTROPY_BYTES)));
  }

  async finder(): Promise<Bytes> {
    return finderOf(await opening(() => entropyOf(this.words)));
  }

  newParameters(): Parameters {
    return {};
  }

  async locker(account: Bytes): Promise<Locker> {
    return opening(async () => recoveryLocker(await entropyOf(this.words), account));
  }

  isDated(): boolean {
    return false;
  }
}

/** A password, and the secret key of 128 random bits without which it opens nothing; she keeps `text` on paper. */
export class Password implements Opener {
  constructor(
    private readonly password: string,
    /** The secret key, 22 characters, to be written down. */
    readonly text: string,
    private readonly cost: Cost = TODAY,
  ) {}

  /** A password with a secret key that nobody has. */
  static create(password: string, cost: Cost = TODAY): Password {
    return new Password(password, toBase64url(random(ENTROPY_BYTES)), cost);
  }

  async finder(): Promise<Bytes> {
    return opening(async () => finderOf(this.#secretKey()));
  }

  newParameters(): Parameters {
    const { salt, passes, memoryKib } = newStretching(this.cost);
    return { salt: toBase64url(salt), passes, memory: memoryKib };
  }

  /** A cost below today's least is refused before anything is stretched. */
  async locker(account: Bytes, parameters: Answer): Promise<Locker> {
    const salt = fromBase64url(parameters.id("salt"));
    const cost = { passes: parameters.whole("passes"), memoryKib: parameters.whole("memory") };
    return opening(() => passwordLocker(this.password, this.#secretKey(), account, { salt, ...cost }));
  }

  isDated(parameters: Answer): boolean {
    return parameters.whole("passes") < this.cost.passes || parameters.whole("memory") < this.cost.memoryKib;
  }

  #secretKey(): Bytes {
    return fromBase64url(this.text.replaceAll(/\s/g, ""));
  }
}

/** A passkey, by the 32 bytes that its PRF extension returned (WebAuthn Level 3 §10.1.4). */
export class Passkey implements Opener {
  constructor(private readonly prfOutput: Bytes) {}

  finder(): Promise<Bytes> {
    return opening(() => finderOf(this.prfOutput));
  }

  newParameters(): Parameters {
    return {};
  }

  locker(account: Bytes): Promise<Locker> {
    return opening(() => passkeyLocker(this.prfOutput, account));
  }

  isDated(): boolean {
    return false;
  }
}

async function opening<T>(make: () => Promise<T>): Promise<T> {
  try {
    return await make();
  } catch (cause) {
    if (cause instanceof VaultError) throw new OpensNothing(cause.message, { cause });
    throw cause;
  }
}
