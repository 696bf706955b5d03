/** Keccak-256, the hash of the EVM (keccak.team, version 3.0): SHA-3 before the standard changed its padding. */

import type { Bytes } from "../encoding.js";
import { concat } from "../encoding.js";

const LANE = (1n << 64n) - 1n;
const RATE = 136;

/** The 32 bytes of a hash. Some tenths of a millisecond a block of 136 bytes: for proofs, never for bulk. */
export function keccak256(...parts: readonly Uint8Array[]): Bytes {
  const message = concat(...parts);
  const padded = new Uint8Array((Math.floor(message.length / RATE) + 1) * RATE);
  padded.set(message);
  padded[message.length] = 1;
  padded[padded.length - 1] = (padded[padded.length - 1] ?? 0) | 0x80;
  const view = new DataView(padded.buffer);
  let state = Array.from({ length: 25 }, () => 0n);
  for (let start = 0; start < padded.length; start += RATE) {
    state = permute(
      state.map((lane, at) => (at < RATE / 8 ? lane ^ view.getBigUint64(start + 8 * at, true) : lane)),
    );
  }
  const hash = new Uint8Array(32);
  const out = new DataView(hash.buffer);
  for (let at = 0; at < 4; at++) out.setBigUint64(8 * at, lane(state, at), true);
  return hash;
}

const lane = (state: readonly bigint[], at: number): bigint => state[at] ?? 0n;
const rotate = (value: bigint, turn: bigint): bigint => ((value << turn) | (value >> (64n - turn))) & LANE;

function permute(before: readonly bigint[]): bigint[] {
  let state = [...before];
  for (const constant of ROUND_CONSTANTS) {
    const column = [0, 1, 2, 3, 4].map((x) =>
      [0, 5, 10, 15, 20].reduce((sum, y) => sum ^ lane(state, x + y), 0n),
    );
    const moved = Array.from({ length: 25 }, () => 0n);
    MOVES.forEach(([target, turn], at) => {
      const mixed = lane(column, (at + 4) % 5) ^ rotate(lane(column, (at + 1) % 5), 1n);
      moved[target] = rotate(lane(state, at) ^ mixed, turn);
    });
    state = moved.map((value, at) => {
      const row = at - (at % 5);
      return value ^ (~lane(moved, row + ((at + 1) % 5)) & LANE & lane(moved, row + ((at + 2) % 5)));
    });
    state[0] = lane(state, 0) ^ constant;
  }
  return state;
}

/** For each lane, where the steps rho and pi take it, and by how many bits it turns. */
const MOVES: readonly (readonly [number, bigint])[] = (() => {
  const moves = Array.from({ length: 25 }, () => [0, 0n] as readonly [number, bigint]);
  let [x, y] = [1, 0];
  for (let step = 0; step < 24; step++) {
    const below = (2 * x + 3 * y) % 5;
    moves[x + 5 * y] = [y + 5 * below, BigInt((((step + 1) * (step + 2)) / 2) % 64)];
    [x, y] = [y, below];
  }
  return moves;
})();

/** The constants of the step iota: bits of a linear feedback register (x⁸ + x⁶ + x⁵ + x⁴ + 1). */
const ROUND_CONSTANTS: readonly bigint[] = (() => {
  let register = 1;
  return Array.from({ length: 24 }, () => {
    let constant = 0n;
    for (let power = 0n; power < 7n; power++) {
      if (register & 1) constant |= 1n << ((1n << power) - 1n);
      register = (register << 1) ^ (register & 0x80 ? 0x171 : 0);
    }
    return constant;
  });
})();
