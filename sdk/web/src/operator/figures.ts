/** What a vault tells its operator: `/metrics`, in Prometheus' text format, as the figures that the page shows. */

/** Of each figure its samples: labels in the order they are written, and the value. */
export type Figures = ReadonlyMap<string, readonly Sample[]>;

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const LINE = /^([a-z_]+)(?:\{(.*)\})? (\S+)$/;
const LABEL = /([a-z_]+)="((?:[^"\\]|\\.)*)"/g;

export function readFigures(text: string): Figures {
  const found = new Map<string, Sample[]>();
  for (const line of text.split("\n")) {
    const [, name, labels = "", value = ""] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const told = Object.fromEntries([...labels.matchAll(LABEL)].map(([, key, text]) => [key, text]));
    const samples = found.get(name) ?? [];
    samples.push({ labels: told, value: Number(value) });
    found.set(name, samples);
  }
  return found;
}

/** The sum over all samples of a figure; 0 where there is none. */
export function total(
  figures: Figures,
  name: string,
  where: (sample: Sample) => boolean = () => true,
): number {
  return (figures.get(`planetvault_${name}`) ?? []).filter(where).reduce((sum, { value }) => sum + value, 0);
}

/** The alarms of deploy/prometheus/alerts.yaml that one look at a vault can tell. */
export const ALARMS = ["halted", "books", "queue", "anchors", "errors"] as const;
export type Alarm = (typeof ALARMS)[number];

const QUEUE_SECONDS_MAX = 60;
const ANCHOR_SECONDS_MAX = 7200;
const ERRORS_MOST = 0.01;

export function alarmsOf(figures: Figures): readonly Alarm[] {
  const answered = total(figures, "request_seconds_count");
  const failed = total(
    figures,
    "request_seconds_count",
    ({ labels }) => labels["status"]?.startsWith("5") ?? false,
  );
  const rings: Readonly<Record<Alarm, boolean>> = {
    halted: total(figures, "halts") > 0,
    books: total(figures, "books_difference_micros") !== 0,
    queue: total(figures, "queue_age_seconds") > QUEUE_SECONDS_MAX,
    anchors:
      total(figures, "anchored_entries") > 0 && total(figures, "anchor_lag_seconds") > ANCHOR_SECONDS_MAX,
    errors: answered > 0 && failed / answered > ERRORS_MOST,
  };
  return ALARMS.filter((alarm) => rings[alarm]);
}

/** Uses by what became of them, the most frequent first. */
export function outcomes(figures: Figures): readonly (readonly [string, number])[] {
  return (figures.get("planetvault_uses_total") ?? [])
    .map(({ labels, value }) => [labels["outcome"] ?? "", value] as const)
    .toSorted((one, other) => other[1] - one[1]);
}

/** The seconds within which this part of the uses was answered: an upper bound, from the buckets; null if there were none. */
export function quantile(figures: Figures, part: number): number | null {
  const uses = (figures.get("planetvault_request_seconds_bucket") ?? []).filter(
    ({ labels }) => labels["route"] === "/v1/uses",
  );
  const counts = new Map<number, number>();
  for (const { labels, value } of uses) {
    const bound = labels["le"] === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels["le"]);
    counts.set(bound, (counts.get(bound) ?? 0) + value);
  }
  const all = counts.get(Number.POSITIVE_INFINITY) ?? 0;
  if (all === 0) return null;
  const bounds = [...counts.keys()].toSorted((one, other) => one - other);
  return bounds.find((bound) => (counts.get(bound) ?? 0) >= part * all) ?? Number.POSITIVE_INFINITY;
}
