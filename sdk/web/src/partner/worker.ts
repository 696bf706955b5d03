/** The desk, in its worker. */

import { answerFor } from "../frame/answering.ts";
import { Desk } from "./desk.ts";

answerFor(Desk.open(location.origin));
