/** SHA-256 of what comes in pieces, in a module of its own, so that it is loaded when a file is first read or sent. */

export { createSHA256 } from "hash-wasm";
