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
 *         ├── BrokenText       an invitation, a plea or a letter that was cut, changed, or is for somebody else
 *         ├── DigitsDiffer     what one side told is not what the other heard: let nobody in, send nothing
 *         ├── StillWaiting     the vault hands out its half later, unless a device says no before
 *         ├── Vetoed           a device said no; asking again begins a new waiting period
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

export class BrokenText extends ServiceError {}

export class DigitsDiffer extends ServiceError {}

export class StillWaiting extends ServiceError {
  constructor(
    /** When it is handed out, such as `2027-03-20T12:00:00Z`. */
    readonly opens: string,
  ) {
    super(`opens at ${opens}, if no device says no`);
  }
}

export class Vetoed extends ServiceError {
  constructor(
    /** What the device signed (docs/spec/veto.md). */
    readonly veto: string,
  ) {
    super("a device of this account said no");
  }
}

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
