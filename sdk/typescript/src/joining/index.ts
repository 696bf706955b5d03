/**
 * A device lets another one in: three short texts between the two, and six digits that a person compares.
 *
 *     new device                                         a device that is in
 *     newcomer = await Newcomer.begin(memory)
 *     newcomer.offer             ── QR or message ──▶    admission = await admit(owner, offer)
 *     newcomer.answer(…)         ◀── its answer ─────    admission.answer
 *     newcomer.reveal            ── its reveal ─────▶    await admission.digits(reveal)
 *     await newcomer.digits()   «372041»  are they the same?  «372041»
 *                                                        await owner.addDevice(await admission.verifyDigits(reveal, digits))
 *     await Owner.join(url, memory, newcomer)
 *
 * The texts may travel on any path, also one that somebody reads and changes (docs/spec/keys.md, Lockers).
 */

export { Admission, admit } from "./admission.js";
export { Newcomer } from "./newcomer.js";
