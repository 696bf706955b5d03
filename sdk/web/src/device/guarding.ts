/** Guardians, from all three sides: whoever sets them up, whoever is one, and whoever lost everything. */

import { StillWaiting, Vetoed } from "planetvault/client/errors";
import { addGuardians, type Notice, openings, veto } from "planetvault/guardians/circle";
import { Guardian } from "planetvault/guardians/guardian";
import { type Gathered, Recovery } from "planetvault/guardians/recovery";
import { numberOfInvitation } from "planetvault/guardians/texts";
import { Owner } from "planetvault/owner/owner";
import { Holding } from "./holding.ts";
import type * as shown from "./shown.ts";

const LETTER = /^\s*planetvault-/;
const DAY_SECONDS = 86_400;

export class Guarding extends Holding {
  // -- of her own account --------------------------------------------------------------

  /** Every circle of guardians that stands, as the vault shows its terms. */
  async circles(): Promise<readonly shown.ShownCircle[]> {
    const owner = await this.opened();
    const answer = await owner.account.show();
    const { lockers } = owner.account.unlocked.chain;
    return answer.objects("lockers").flatMap((row) => {
      const [kid, terms] = [row.hash("kid"), row.object("parameters")];
      const entry = lockers.get(kid);
      if (entry?.kind !== "guardians") return [];
      const [threshold, people] = [terms.whole("threshold"), terms.whole("shares")];
      return [{ kid, since: entry.time, threshold, people, days: terms.whole("waiting") / DAY_SECONDS }];
    });
  }

  /** The number that whoever wrote this invitation reads out. */
  numberOfInvitation(invitation: string): Promise<string> {
    return numberOfInvitation(invitation);
  }

  /** A letter for each, in the order of the invitations. */
  async addGuardians(
    invitations: readonly string[],
    threshold: number,
    days: number,
  ): Promise<readonly string[]> {
    const terms = { threshold, waitingSeconds: days * DAY_SECONDS };
    return addGuardians(await this.opened(), invitations, terms);
  }

  /** Who asks, or asked last, to open this account with the secret of its guardians. */
  async openings(): Promise<readonly Notice[]> {
    return openings(await this.opened());
  }

  /** Say no to one that waits. */
  async veto(opening: string): Promise<void> {
    await veto(await this.opened(), { opening });
  }

  // -- for somebody else ---------------------------------------------------------------

  /** What she gives to whoever wants her as a guardian, and whose shares she keeps. Needs no account. */
  async guardian(): Promise<shown.ShownGuardian> {
    const one = await Guardian.on(this.store);
    const kept = (await one.kept()).map(({ name, vault, words }) => ({ name, vault, words }));
    return { invitation: one.invitation, number: one.number, kept };
  }

  async keepShare(letter: string, name: string): Promise<void> {
    await (await Guardian.on(this.store)).keep(letter, name);
  }

  /** The share as a letter that only the device which wrote the plea can read. */
  async sendShare(name: string, plea: string, number: string): Promise<string> {
    return (await Guardian.on(this.store)).send(name, plea, number);
  }

  async forgetShare(name: string): Promise<void> {
    await (await Guardian.on(this.store)).forget(name);
  }

  // -- with nothing else left ----------------------------------------------------------

  async recovery(): Promise<shown.ShownRecovery> {
    const recovery = await Recovery.on(this.store);
    return { plea: recovery.plea, number: recovery.number, ...(await recovery.gathered()) };
  }

  /** Take a guardian's letter, or the words of a share that was kept on paper. */
  async takeShare(text: string): Promise<Gathered> {
    const recovery = await Recovery.on(this.store);
    return LETTER.test(text) ? recovery.take(text) : recovery.takeWords(text);
  }

  /** Ask the vault for its half: begins the waiting period, or tells how far it is. */
  async openWithGuardians(): Promise<shown.Reopening> {
    const recovery = await Recovery.on(this.store);
    try {
      await this.adopt(Owner.openWith(this.url, this.store, await recovery.opener()));
    } catch (error) {
      if (error instanceof StillWaiting) return { state: "waiting", opens: error.opens };
      if (error instanceof Vetoed) return { state: "vetoed" };
      throw error;
    }
    await recovery.forget();
    return { state: "open" };
  }
}
