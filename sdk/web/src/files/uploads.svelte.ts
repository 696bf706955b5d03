/** Files on their way into the vault, one after the other. They go on while she looks at other screens. */

import { DeviceError, device, onProgress } from "../device/remote.ts";

export type Stage = "waiting" | "reading" | "sending" | "stopped" | "failed" | "done";

export class Upload {
  stage = $state<Stage>("waiting");
  done = $state(0);
  of = $state(1);
  /** Until it is done, as far as can be said; 0 if it can't. */
  seconds = $state(0);
  /** The name of what went wrong. */
  trouble = $state("");
  item = $state("");
  #begun = 0;

  constructor(readonly file: File) {}

  get name(): string {
    return this.file.name;
  }

  get isMoving(): boolean {
    return this.stage === "reading" || this.stage === "sending";
  }

  hear(stage: Stage, done: number, of: number): void {
    if (stage !== this.stage) this.#begun = performance.now();
    [this.stage, this.done, this.of] = [stage, done, of];
    const each = (performance.now() - this.#begun) / Math.max(1, done);
    this.seconds = stage === "sending" ? Math.ceil((each * (of - done)) / 1000) : 0;
  }

  async run(): Promise<void> {
    this.hear("reading", 0, Math.max(1, this.file.size));
    this.trouble = "";
    try {
      this.item = await device.putFile(this.file);
      this.stage = "done";
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      this.stage = error.name === "AbortError" ? "stopped" : "failed";
      this.trouble = error.code || error.name;
    }
  }
}

class Uploads {
  list = $state.raw<readonly Upload[]>([]);
  /** How many were kept so far: a screen that lists files looks again. */
  kept = $state(0);
  #running = false;

  constructor() {
    onProgress(({ about, done, of }) => {
      const moving = this.list.find((upload) => upload.isMoving);
      if (about === "file-read") moving?.hear("reading", done, of);
      if (about === "file-send") moving?.hear("sending", done, of);
    });
  }

  add(files: readonly File[]): void {
    this.list = [...this.list, ...files.map((file) => new Upload(file))];
    void this.#run();
  }

  again(upload: Upload): void {
    upload.stage = "waiting";
    void this.#run();
  }

  stop(upload: Upload): void {
    if (upload.stage === "waiting") upload.stage = "stopped";
    else void device.stopPutting();
  }

  /** Show it no more. */
  drop(upload: Upload): void {
    this.list = this.list.filter((each) => each !== upload);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      for (let next = this.#next(); next !== undefined; next = this.#next()) {
        await next.run();
        if (next.stage === "done") this.kept++;
      }
    } finally {
      this.#running = false;
    }
  }

  #next(): Upload | undefined {
    return this.list.find(({ stage }) => stage === "waiting");
  }
}

export const uploads = new Uploads();
