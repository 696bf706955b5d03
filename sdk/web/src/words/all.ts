/** Every catalogue, for the test that compares the languages. */

import { ABOUT, WELCOME } from "./about.ts";
import { ARRIVE } from "./arriving.ts";
import { CHECK } from "./check.ts";
import { COLUMNS } from "./columns.ts";
import { DISPUTES } from "./disputes.ts";
import { FILES } from "./files.ts";
import { FRAME } from "./frame.ts";
import { GUARDIAN, GUARDIANS, RECOVER } from "./guardians.ts";
import { ADMIT, CARRY, JOIN } from "./joining.ts";
import { ACTIVITY, BACK, DEVICES, KIT, LEAVE, MORE, START } from "./keys.ts";
import { COUNTER, OPEN_OFFERS, PAUSE, RULES } from "./offers.ts";
import { OPERATOR } from "./operator.ts";
import { ACCESS, ADD, ASK, DATA, GRANT, HOME, MONEY, RECEIPTS } from "./owner.ts";
import { DESK, PARTNER, PARTNER_KEYS, PARTNER_RECORD, PARTNER_TEST } from "./partner.ts";
import { GRANTS, OFFERS, PARTNER_MONEY, PARTNER_RECEIPT, TERMS, WEBHOOKS } from "./partner-business.ts";
import { REWARDS, WITHDRAW } from "./payouts.ts";
import { POOLS } from "./pools.ts";

export const CATALOGUES = {
  ...{ FRAME, WELCOME, ABOUT, CHECK, COLUMNS },
  ...{ HOME, DATA, ADD, ASK, ACCESS, GRANT, RECEIPTS, MONEY },
  ...{ FILES, DISPUTES, POOLS },
  ...{ OPEN_OFFERS, COUNTER, PAUSE, RULES, WITHDRAW, REWARDS },
  OPERATOR,
  ...{ DESK, PARTNER, PARTNER_KEYS, PARTNER_RECORD, PARTNER_TEST },
  ...{ OFFERS, TERMS, GRANTS, PARTNER_RECEIPT, PARTNER_MONEY, WEBHOOKS },
  ...{ GUARDIANS, GUARDIAN, RECOVER, CARRY, ADMIT, JOIN, ARRIVE },
  ...{ START, BACK, KIT, DEVICES, ACTIVITY, MORE, LEAVE },
};
