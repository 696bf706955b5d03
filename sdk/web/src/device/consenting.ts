/** What partners propose to her, and what she says to it: asks, offers, counter-offers, and the rules that hold on all her devices. */

import { BrokenAnswer, Refused } from "planetvault/client/errors";
import { newest, rememberedPartner } from "planetvault/client/pinned";
import type { Language } from "planetvault/clusters";
import type { Countered, FoundOffer, Rule, Rules } from "planetvault/offers/index";
import { FILE } from "planetvault/owner/covering";
import type { Preview, ReceivedAsk } from "planetvault/owner/owner";
import type { Terms } from "planetvault/owner/wording";
import { payableUses, paymentsOf, shareOf, textHash } from "planetvault/owner/wording";
import { Arriving } from "./arriving.ts";
import { samplesOf } from "./looking.ts";
import type * as shown from "./shown.ts";

const SAMPLE_ROWS = 4;
const offering = () => import("planetvault/offers/index");

export class Consenting extends Arriving {
  readonly #asks = new Map<string, ReceivedAsk>();
  readonly #offers = new Map<string, FoundOffer>();

  // -- asks and offers -----------------------------------------------------------------

  /** Pin a partner's keys; the name of her key for it comes back, to hand over. */
  async connect(partner: string): Promise<string> {
    return (await this.opened()).connect(partner);
  }

  async asks(): Promise<readonly shown.ShownAsk[]> {
    const owner = await this.opened();
    const asks = await owner.asks();
    for (const ask of asks) this.#asks.set(ask.hash, ask);
    return asks.map((ask) => ({ ...shownOf(ask, owner.fee), state: ask.state }));
  }

  /** Every open offer that she has not answered; looked through here, with what is on her shelf. */
  async offers(): Promise<readonly shown.ShownOffer[]> {
    const owner = await this.opened();
    const { offersFor } = await offering();
    const held = (await this.shelved()).tables();
    const found = await offersFor(owner, { everything: true, held });
    this.#offers.clear();
    for (const offer of found) this.#offers.set(offer.hash, offer);
    return found.map((offer) => {
      const share = shareOf(offer.terms);
      const brings = { share, most: share * paymentsOf(offer.terms), pool: offer.record.pool };
      const meets = { items: offer.items, against: against(offer) };
      return { ...shownOf(offer, owner.fee), state: "open", ...brings, ...meets };
    });
  }

  /** An ask or an offer; null if it is none that can be answered. */
  async proposal(hash: string): Promise<shown.ShownProposal | null> {
    const [owner, proposed] = [await this.opened(), await this.#proposed(hash).catch(() => null)];
    if (proposed === null) return null;
    const [isOffer, pool] = "left" in proposed ? [true, proposed.record.pool] : [false, 0];
    const state = "state" in proposed ? proposed.state : "open";
    const { brokenBy, rulesOf } = await offering();
    const shown = shownOf(proposed, owner.fee);
    const isAgainstRules = brokenBy(await rulesOf(owner), shown.terms).length > 0;
    return { ...shown, state, isOffer, pool, isAgainstRules };
  }

  /** What a yes would mean, with her own newest rows as the partner would see them. */
  async preview(hash: string, narrower: Partial<Terms>, language: Language): Promise<shown.ShownPreview> {
    const { terms, text } = await this.#preview(hash, narrower, language);
    const [share, uses] = [shareOf(terms), payableUses(terms)];
    // A grant opens no file by itself: she chooses each (docs/decisions/0028-files-are-chosen-one-by-one.md).
    const samples = samplesOf((await this.shelved()).tables(), terms, new Date(), SAMPLE_ROWS).filter(
      ({ kind }) => kind !== FILE,
    );
    const most = share * paymentsOf(terms);
    return { text, hash: await textHash(text), language, share, uses, most, samples };
  }

  /** Sign exactly what the preview showed; `shown` is the hash of that very text. */
  async allow(
    hash: string,
    narrower: Partial<Terms>,
    language: Language,
    shownHash: string,
  ): Promise<string> {
    const [owner, preview] = [await this.opened(), await this.#preview(hash, narrower, language)];
    if ((await textHash(preview.text)) !== shownHash)
      throw new BrokenAnswer("the terms are others than those shown");
    return (await owner.grant(await this.#proposed(hash), preview)).hash;
  }

  async decline(hash: string): Promise<void> {
    const ask = this.#asks.get(hash);
    if (ask === undefined) throw notFound();
    await (await this.opened()).deny(ask);
  }

  // -- counter-offers ------------------------------------------------------------------

  /** Say what she would agree to instead. */
  async counter(hash: string, changes: Partial<Countered>): Promise<void> {
    const { counter } = await offering();
    await counter(await this.opened(), await this.#proposed(hash), changes);
  }

  /** The newest first. */
  async counters(): Promise<readonly shown.ShownCounter[]> {
    const { counters } = await offering();
    const made = await counters(await this.opened());
    const told = made.map(async ({ hash, state, acceptedBy: ask, record }) => {
      const { partner, price, currency, time } = record;
      return { hash, name: await this.nameOf(partner), state, price, currency, time, ask };
    });
    return (await Promise.all(told)).reverse();
  }

  // -- rules ---------------------------------------------------------------------------

  async rules(): Promise<Rules> {
    return (await offering()).rulesOf(await this.opened());
  }

  async setRules(rules: readonly Rule[]): Promise<Rules> {
    return (await offering()).setRules(await this.opened(), rules);
  }

  /** Have every use refused, and answer nothing; or go on. */
  async pause(paused: boolean): Promise<Rules> {
    return (await offering()).pause(await this.opened(), paused);
  }

  protected async nameOf(partner: string): Promise<string> {
    const history = await rememberedPartner(this.store, partner);
    return history === null ? partner : newest(history).record.name;
  }

  async #preview(hash: string, narrower: Partial<Terms>, language: Language): Promise<Preview> {
    return (await this.opened()).preview(await this.#proposed(hash), narrower, language);
  }

  async #proposed(hash: string): Promise<ReceivedAsk | FoundOffer> {
    const known = () => this.#asks.get(hash) ?? this.#offers.get(hash);
    if (known() === undefined) await this.asks();
    if (known() === undefined) await this.offers();
    const found = known();
    if (found === undefined) throw notFound();
    return found;
  }
}

function shownOf(proposed: ReceivedAsk | FoundOffer, fee: number): Omit<shown.ShownAsk, "state"> {
  const { name, time } = newest(proposed.partner).record;
  const terms = { ...proposed.record, name, fee };
  return { hash: proposed.hash, name, terms, expires: proposed.record.expires, pinned: time };
}

function against({ items, broken, left, record }: FoundOffer): shown.ShownOffer["against"] {
  if (items === 0) return "data";
  if (broken.length > 0) return "rules";
  return left < record.price ? "money" : null;
}

function notFound(): Refused {
  return new Refused("not-found", 404, "there is no such ask or offer", "");
}
