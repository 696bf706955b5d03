/**
 * What can go wrong with a vault.
 *
 *     VaultError
 *     └── ServiceError
 *         ├── Unreachable      no usable answer came; what was asked may have happened all the same
 *         ├── BrokenAnswer     the answer is not one of docs/spec/http.md
 *         ├── Refused          a clear no, with its code
 *         ├── NothingRemembered   this memory lacks what is asked for
 *         ├── MemoryFault      what this client remembers can't be read or written
 *         ├── LockedOut        the vault does not know this device any more
 *         ├── OpensNothing     these words, this password or this passkey open no account here
 *         ├── OwnLocker        a locker is removed by another one, never by itself
 *         └── AnswerGone       paid before, and its keys are not given out again
 *
 * That a vault or a partner contradicts what was signed is a FormatError, SignatureError, ProofError or OpenError.
 */

import { VaultError } from "../errors.js";

export class ServiceError extends VaultError {}

export class Unreachable extends ServiceError {}

export class BrokenAnswer extends ServiceError {}

export class NothingRemembered extends ServiceError {}

export class MemoryFault extends ServiceError {}

export class LockedOut extends ServiceError {}

export class OpensNothing extends ServiceError {}

export class OwnLocker extends ServiceError {}

export class AnswerGone extends ServiceError {}

export class Refused extends ServiceError {
  constructor(
    /** Such as `grant-revoked`: the codes of docs/spec/http.md. */
    readonly code: string,
    readonly status: number,
    detail: string,
    readonly requestId: string,
  ) {
    super(`${code}: ${detail}`);
  }
}
