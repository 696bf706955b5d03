/** The service worker, and the new version that waits behind it until the person takes it. */

import { scriptAddress } from "./scripts.ts";

const waiting = $state<{ worker: ServiceWorker | null }>({ worker: null });

export function newVersionWaits(): boolean {
  return waiting.worker !== null;
}

export function useNewVersion(): void {
  navigator.serviceWorker.addEventListener("controllerchange", () => location.reload(), { once: true });
  waiting.worker?.postMessage("take over");
}

/** When the page has done what she waits for. Without a service worker the app works all the same, as long as there is a network. */
export async function installOffline(): Promise<void> {
  if (import.meta.env.DEV || !("serviceWorker" in navigator)) return;
  await new Promise<void>((resume) => requestIdleCallback(() => resume(), { timeout: 5000 }));
  const found = await navigator.serviceWorker.register(scriptAddress("/sw.js")).catch(() => null);
  if (found === null) return;
  notice(found);
  found.addEventListener("updatefound", () => {
    found.installing?.addEventListener("statechange", () => notice(found));
  });
}

function notice(found: ServiceWorkerRegistration): void {
  // The first one ever has nobody to replace.
  if (found.waiting !== null && navigator.serviceWorker.controller !== null) waiting.worker = found.waiting;
}
