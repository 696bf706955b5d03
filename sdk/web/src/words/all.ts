/** Every catalogue, for the test that compares the languages. */

import { ABOUT, WELCOME } from "./about.ts";
import { CHECK } from "./check.ts";
import { FRAME } from "./frame.ts";

export const CATALOGUES = { FRAME, WELCOME, ABOUT, CHECK };
