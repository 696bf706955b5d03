/** A partner's signature on its requests: HTTP Message Signatures (RFC 9421), as docs/spec/http.md asks. */

import { random, sha256 } from "../digest.js";
import { toBase64, toBase64url, utf8 } from "../encoding.js";
import type { SigningKey } from "../keys.js";
import type { Clock, Credential, Message } from "./connection.js";

/** The vault allows five minutes; one is for clocks that differ. */
const LIFE_SECONDS = 240;

/** Signs method, URL and body of each request to this vault, with a nonce that is taken once. */
export function requestSigner(url: string, key: SigningKey, clock: Clock): Credential {
  return async (message) => {
    const created = Math.floor(clock().getTime() / 1000);
    const digest = message.body === null ? null : `sha-256=:${toBase64(await sha256(message.body))}:`;
    const covered = ["@method", "@target-uri", ...(digest === null ? [] : ["content-digest"])];
    const times = `created=${created};expires=${created + LIFE_SECONDS}`;
    const names = `nonce="${toBase64url(random(16))}";keyid="${key.kid}";tag="planetvault"`;
    const parameters = `(${covered.map((name) => `"${name}"`).join(" ")});${times};${names}`;
    const signature = await key.sign(utf8(signatureBase(url, message, digest, parameters)));
    return {
      ...(digest === null ? {} : { "content-digest": digest }),
      "signature-input": `vault=${parameters}`,
      signature: `vault=:${toBase64(signature)}:`,
    };
  };
}

/** RFC 9421 §2.5. */
function signatureBase(url: string, message: Message, digest: string | null, parameters: string): string {
  const lines = [`"@method": ${message.method}`, `"@target-uri": ${url}${message.target}`];
  if (digest !== null) lines.push(`"content-digest": ${digest}`);
  return [...lines, `"@signature-params": ${parameters}`].join("\n");
}
