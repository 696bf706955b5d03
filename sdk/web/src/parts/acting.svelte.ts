/** One thing at a time that a screen does on the device: whether it runs, and what came of it if it failed. */

import { DeviceError } from "../device/remote.ts";

export class Acting {
  busy = $state(false);
  trouble = $state("");

  /** @param said words of the screen's own for faults that it knows, by code or name. */
  async run(task: () => Promise<void>, said: Readonly<Record<string, string>> = {}): Promise<void> {
    this.busy = true;
    this.trouble = "";
    try {
      await task();
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      this.trouble = said[error.code] ?? said[error.name] ?? error.message;
    } finally {
      this.busy = false;
    }
  }
}
