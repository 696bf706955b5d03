/** The end of items, collections and accounts; the vault signs that it deleted what was sealed. */

export { eraseAccount } from "./account.js";
export { deleteItem, deletions, eraseCollection } from "./deleting.js";
