/** Checks told one a line, with a figure at the end. A check that fails does not stop those after it. */

export class Told {
  #passed = 0;
  #failed = 0;
  readonly #begun = performance.now();

  /** What `run` returns is told beside the name. */
  async check(name: string, run: () => Promise<string | undefined>): Promise<void> {
    try {
      const more = await run();
      this.#passed++;
      process.stdout.write(`  ${name}${more === undefined ? "" : `: ${more}`}\n`);
    } catch (error) {
      this.#failed++;
      process.stdout.write(`FAILED ${name}\n  ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }

  /** The last line; the exit code of the program says the same. */
  end(): void {
    const seconds = ((performance.now() - this.#begun) / 1000).toFixed(0);
    process.stdout.write(`browser: ${this.#passed} passed, ${this.#failed} failed in ${seconds} s\n`);
    process.exitCode = this.#failed === 0 ? 0 : 1;
  }
}
