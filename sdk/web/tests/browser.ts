/** `make browser`: the whole story in both languages, what is measured, and every screen looked through. */

import { lookThrough } from "./access.ts";
import { tellEarning } from "./earning.ts";
import { withoutBrowser } from "./files.ts";
import { tellKeeping } from "./keeping.ts";
import { measure } from "./measures.ts";
import { tellRescue } from "./rescue.ts";
import { tellStory } from "./story.ts";
import { Told } from "./told.ts";

/** ONLY=story runs a part alone. */
const only = process.env["ONLY"] ?? "story,earning,keeping,rescue,measures,access,console";

if (withoutBrowser !== false) throw new Error(withoutBrowser);
const told = new Told();
if (only.includes("story")) for (const tongue of ["en", "zh-CN"] as const) await tellStory(told, tongue);
if (only.includes("earning")) for (const tongue of ["en", "zh-CN"] as const) await tellEarning(told, tongue);
if (only.includes("keeping")) for (const tongue of ["en", "zh-CN"] as const) await tellKeeping(told, tongue);
if (only.includes("rescue")) for (const tongue of ["en", "zh-CN"] as const) await tellRescue(told, tongue);
if (only.includes("measures")) await measure(told);
if (only.includes("access")) await lookThrough(told, "owner");
if (only.includes("console")) await lookThrough(told, "console");
told.end();
