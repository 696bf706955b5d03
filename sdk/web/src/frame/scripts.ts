/** The only addresses that scripts are loaded from by name: our own workers (W3C Trusted Types). */

interface Policy {
  createScriptURL(address: string): string;
}
interface Factory {
  createPolicy(name: string, rules: Policy): Policy;
}

const WORKERS = /^\/(sw\.js|assets\/[\w-]+\.js|src\/[\w./?=&-]+)$/;

function checked(address: string): string {
  const { origin, pathname, search } = new URL(address, location.href);
  if (origin !== location.origin || !WORKERS.test(pathname)) throw new TypeError("not a script of this app");
  return pathname + search;
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy = factory?.createPolicy("planetvault", { createScriptURL: checked });

/** The address of a worker's script, as the browser demands it. */
export function scriptAddress(address: string | URL): string {
  return policy?.createScriptURL(String(address)) ?? checked(String(address));
}
