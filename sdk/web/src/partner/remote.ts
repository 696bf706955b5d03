/** The page's end of the partner's desk. */

import { remote } from "../frame/remote.ts";
import type { Desk } from "./desk.ts";
import address from "./worker.ts?worker&url";

export const desk = remote<Pick<Desk, keyof Desk>>(address);
