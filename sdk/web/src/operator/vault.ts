/** What the operator's page asks of the vault. */

import type { Figures } from "./figures.ts";
import { readFigures } from "./figures.ts";

export interface Standing {
  readonly figures: Figures;
  readonly ready: boolean;
  readonly witnesses: number;
  readonly quorum: number;
  readonly chain: string | null;
  readonly time: Date;
}

export class Refused extends Error {}

interface Trust {
  readonly quorum: number;
  readonly witnesses?: readonly string[];
  readonly chain?: { readonly name?: string; readonly chain_id?: number } | null;
}

/** @throws Refused if the token is not the operator's; TypeError if nobody answers. */
export async function look(token: string): Promise<Standing> {
  const headers = { authorization: `Bearer ${token}` };
  const [metrics, ready, shown] = await Promise.all([
    fetch("/metrics", { headers }),
    fetch("/readyz"),
    fetch("/v1/trust"),
  ]);
  if (metrics.status === 401 || metrics.status === 403) throw new Refused();
  if (!metrics.ok || !shown.ok) throw new TypeError("the vault does not answer");
  const trust = (await shown.json()) as Trust;
  return {
    figures: readFigures(await metrics.text()),
    ready: ready.ok,
    witnesses: trust.witnesses?.length ?? 0,
    quorum: trust.quorum,
    chain: trust.chain?.name ?? null,
    time: new Date(),
  };
}
