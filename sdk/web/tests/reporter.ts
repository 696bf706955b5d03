/** Says what failed or was skipped, what was measured, and one line of figures. */

interface Event {
  readonly type: string;
  readonly data: {
    readonly name?: string;
    readonly message?: string;
    readonly skip?: boolean | string;
    readonly details?: { readonly error?: { readonly cause?: unknown } };
  };
}

const TOTALS = /^(tests|pass|fail|cancelled|skipped|duration_ms) ([\d.]+)$/;

export default async function* report(events: AsyncIterable<Event>): AsyncGenerator<string> {
  const totals = new Map<string, number>();
  for await (const { type, data } of events) {
    const name = data.name ?? "";
    if (type === "test:fail") yield `FAILED ${name}\n  ${String(data.details?.error?.cause)}\n`;
    if (type === "test:pass" && data.skip !== undefined) yield `skipped ${name}: ${String(data.skip)}\n`;
    if (type !== "test:diagnostic") continue;
    const [, word, value] = TOTALS.exec(data.message ?? "") ?? [];
    if (word !== undefined) totals.set(word, Number(value));
    else if (!/^(suites|todo) /.test(data.message ?? "")) yield `  ${data.message}\n`;
  }
  const [passed, failed, skipped] = ["pass", "fail", "skipped"].map((word) => totals.get(word) ?? 0);
  const seconds = ((totals.get("duration_ms") ?? 0) / 1000).toFixed(1);
  yield `app: ${passed} passed, ${failed} failed, ${skipped} skipped in ${seconds}s\n`;
}
