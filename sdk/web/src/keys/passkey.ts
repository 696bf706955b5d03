/**
 * A passkey that gives 32 secret bytes by its PRF extension (WebAuthn Level 3 §10.1.4). The vault never hears of it: what it
 * signs is not looked at, only what it derives is used.
 */

/** The same for all, so that any device of hers asks the passkey the same question. */
const QUESTION = "planetvault/passkey/v1";
const CHALLENGE_BYTES = 32;
const HANDLE_BYTES = 16;
const SECRET_BYTES = 32;
/** ES256, EdDSA, RS256 (IANA COSE algorithms). */
const ALGORITHMS = [-7, -8, -257];

/** This browser, or this authenticator, has no such passkey. */
export class NoPasskey extends Error {}

interface PrfResults {
  readonly prf?: { readonly enabled?: boolean; readonly results?: { readonly first?: BufferSource } };
}

function random(size: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(size));
}

const prf = {
  prf: { eval: { first: new TextEncoder().encode(QUESTION) } },
} as AuthenticationExtensionsClientInputs;

/**
 * Make a passkey; its 32 bytes come back.
 *
 * @throws NoPasskey where PRF is not to be had, DOMException if the person stopped it.
 */
export async function makePasskey(name: string): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof PublicKeyCredential === "undefined") throw new NoPasskey();
  const made = (await navigator.credentials.create({
    publicKey: {
      rp: { name },
      user: { id: random(HANDLE_BYTES), name, displayName: name },
      challenge: random(CHALLENGE_BYTES),
      pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      extensions: prf,
    },
  })) as PublicKeyCredential | null;
  if (made === null) throw new NoPasskey();
  const results = made.getClientExtensionResults() as PrfResults;
  // Some answer only when they are used.
  if (results.prf?.enabled === true && results.prf.results?.first === undefined)
    return usePasskey(made.rawId);
  return secretIn(results);
}

/** Ask a passkey that was made before. */
export async function usePasskey(only?: ArrayBuffer): Promise<Uint8Array<ArrayBuffer>> {
  if (typeof PublicKeyCredential === "undefined") throw new NoPasskey();
  const used = (await navigator.credentials.get({
    publicKey: {
      challenge: random(CHALLENGE_BYTES),
      userVerification: "required",
      allowCredentials: only === undefined ? [] : [{ type: "public-key", id: only }],
      extensions: prf,
    },
  })) as PublicKeyCredential | null;
  if (used === null) throw new NoPasskey();
  return secretIn(used.getClientExtensionResults() as PrfResults);
}

function secretIn({ prf }: PrfResults): Uint8Array<ArrayBuffer> {
  const first = prf?.results?.first;
  const secret = first === undefined ? null : new Uint8Array(first as ArrayBuffer);
  if (secret === null || secret.length !== SECRET_BYTES) throw new NoPasskey();
  return secret;
}
