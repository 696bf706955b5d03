/** The page's end: her device as an object whose methods are answered by the worker. */

import { RemoteError, remote } from "../frame/remote.ts";
import type { Device } from "./device.ts";
import type { Progress } from "./shown.ts";
import address from "./worker.ts?worker&url";

/** What can be asked of the device, as the page sees it. */
export type RemoteDevice = Pick<Device, keyof Device>;

export { RemoteError as DeviceError };

const listeners = new Set<(progress: Progress) => void>();

export const device = remote<RemoteDevice, Progress>(address, (progress) => {
  for (const listen of listeners) listen(progress);
});

/** Hear how far something is; the answer ends it. */
export function onProgress(listen: (progress: Progress) => void): () => void {
  listeners.add(listen);
  return () => listeners.delete(listen);
}
