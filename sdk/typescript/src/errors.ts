/**
 * What can go wrong, one tree.
 *
 *     VaultError
 *     ├── AnchorError          something that came from outside does not hold
 *     │   ├── FormatError      these bytes are not of this form
 *     │   ├── SignatureError   nobody who is trusted for it signed these bytes
 *     │   ├── ProofError       well formed and signed, but it contradicts what it was checked against
 *     │   └── BundleBroken     an export does not hold together (bundle/directory.ts)
 *     ├── SealError            sealing and opening
 *     │   ├── InputError       an input of our own is out of range; says nothing about what is sealed
 *     │   │   └── FileChanged  a file changed while it was read (files/outline.ts)
 *     │   └── OpenError        it does not open: one text, no cause
 *     ├── ImportError          an export that cannot be read
 *     └── ServiceError         the vault did not answer, or answered with a problem (http.ts)
 */

export class VaultError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

export class AnchorError extends VaultError {}

export class FormatError extends AnchorError {}

export class SignatureError extends AnchorError {}

export class ProofError extends AnchorError {}

export class SealError extends VaultError {}

export class InputError extends SealError {}

/** All failures to open look alike: who watches a client fail must not learn why. */
export class OpenError extends SealError {
  constructor() {
    super("it does not open");
  }
}

export class ImportError extends VaultError {}
