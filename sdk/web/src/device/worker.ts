/** Her device, in its worker. */

import { answerFor, send } from "../frame/answering.ts";
import { Device } from "./device.ts";

answerFor(Device.open(location.origin, (progress) => send({ progress })));
