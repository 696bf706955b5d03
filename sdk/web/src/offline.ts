/**
 * The service worker: the app without a network, and never a file that is not in its manifest.
 *
 * Each version has a cache of its own, filled once, each file held against its SHA-256. Whatever belongs to the vault's
 * interface passes by untouched, except the trust file, which a check needs where there is no network.
 */

const worker = globalThis as unknown as ServiceWorkerGlobalScope;

const MANIFEST = "/app.json";
const MANIFEST_HASH = "the-hash-of-app.json";
const CACHE = `app ${MANIFEST_HASH}`;
const TRUST = "/v1/trust";
const TRUST_CACHE = "trust";

worker.addEventListener("install", (event) => {
  event.waitUntil(fill());
});

worker.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => worker.clients.claim()));
});

/** A new version waits until the person says so: nothing changes under her hands. */
worker.addEventListener("message", (event) => {
  if (event.data === "take over") void worker.skipWaiting();
});

worker.addEventListener("fetch", (event) => {
  const { origin, pathname } = new URL(event.request.url);
  if (event.request.method !== "GET") letGo(event.request);
  if (event.request.method !== "GET" || origin !== worker.location.origin) return;
  if (pathname === TRUST) event.respondWith(trust(event.request));
  else if (pathname === "/" || pathname === MANIFEST || isFile(pathname))
    event.respondWith(answer(event.request));
});

/**
 * What is sent passes by, but a copy of its body comes here, and stays in memory until this worker clears away, which it has
 * little reason to: the parts of a large file would come together again. The copy is ours alone; the request goes on with its
 * own (Fetch Standard, HTTP fetch).
 */
function letGo(request: Request): void {
  void request.body?.cancel();
}

function isFile(path: string): boolean {
  return path.startsWith("/assets/") || /^\/(icon[^/]*|app\.webmanifest)$/.test(path);
}

/** What a check needs is there even if nobody checked anything while there was a network. */
async function fillTrust(): Promise<void> {
  const shown = await fetch(TRUST).catch(() => null);
  if (shown?.ok) await (await caches.open(TRUST_CACHE)).put(TRUST, shown);
}

async function fill(): Promise<void> {
  await fillTrust();
  const cache = await caches.open(CACHE);
  const manifest = await fetched(MANIFEST, MANIFEST_HASH);
  const { files } = (await manifest.clone().json()) as { files: Record<string, string> };
  await cache.put(MANIFEST, manifest);
  await Promise.all(
    Object.entries(files).map(async ([name, hash]) => {
      const path = name === "index.html" ? "/" : `/${name}`;
      await cache.put(path, await fetched(path, hash));
    }),
  );
}

/** @throws Error if the file is another than the manifest says; then this version is not installed at all. */
async function fetched(path: string, hash: string): Promise<Response> {
  const answer = await fetch(path, { cache: "no-cache" });
  const digest = await crypto.subtle.digest("SHA-256", await answer.clone().arrayBuffer());
  const hex = [...new Uint8Array(digest)].map((octet) => octet.toString(16).padStart(2, "0")).join("");
  if (!answer.ok || hex !== hash) throw new Error(`${path} is not the file of this version`);
  return answer;
}

async function forgetOthers(): Promise<void> {
  const names = (await caches.keys()).filter((name) => name !== CACHE && name !== TRUST_CACHE);
  await Promise.all(names.map((name) => caches.delete(name)));
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}

/** As the vault shows it now; without a network, as it was seen last. */
async function trust(request: Request): Promise<Response> {
  const cache = await caches.open(TRUST_CACHE);
  try {
    const shown = await fetch(request);
    if (shown.ok) await cache.put(TRUST, shown.clone());
    return shown;
  } catch (error) {
    const seen = await cache.match(TRUST);
    if (seen === undefined) throw error;
    return seen;
  }
}

export {};
