/** Every catalogue, for the test that compares the languages. */

import { ABOUT, WELCOME } from "./about.ts";
import { CHECK } from "./check.ts";
import { COLUMNS } from "./columns.ts";
import { FRAME } from "./frame.ts";
import { ACTIVITY, BACK, DEVICES, KIT, LEAVE, MORE, START } from "./keys.ts";
import { OPERATOR } from "./operator.ts";
import { ACCESS, ADD, ASK, DATA, GRANT, HOME, MONEY, RECEIPTS } from "./owner.ts";

export const CATALOGUES = {
  ...{ FRAME, WELCOME, ABOUT, CHECK, COLUMNS },
  ...{ HOME, DATA, ADD, ASK, ACCESS, GRANT, RECEIPTS, MONEY },
  OPERATOR,
  ...{ START, BACK, KIT, DEVICES, ACTIVITY, MORE, LEAVE },
};
