/** Argon2id alone, in a module of its own, so that it is loaded when first needed and nothing else comes with it. */

export { argon2id } from "hash-wasm";
