/** Write a newly sealed vault to standard output; what is frozen already is not touched. */

import { freeze } from "./freeze.js";

process.stdout.write(`${JSON.stringify(await freeze(), null, 1)}\n`);
