/** Padding: a value's length is told only roughly (docs/spec/sealing.md, Padding). */

import type { Bytes } from "../encoding.js";
import { concat, u32be } from "../encoding.js";
import { InputError, OpenError } from "../errors.js";

export const MOST_VALUE_BYTES = 7 * 1024 * 1024;
const SMALL_SIZES = [32, 64, 128, 256];

/** The size to which this many bytes are padded: a small one, or the next Padmé size. */
export function paddedSize(size: number): number {
  const small = SMALL_SIZES.find((each) => size <= each);
  if (small !== undefined) return small;
  const exponent = floorLog2(size);
  const step = 2 ** (exponent - floorLog2(exponent) - 1);
  return Math.ceil(size / step) * step;
}

function floorLog2(value: number): number {
  let exponent = 0;
  while (2 ** (exponent + 1) <= value) exponent++;
  return exponent;
}

/** @throws InputError for more than 7 MiB. */
export function pad(value: Uint8Array): Bytes {
  if (value.length > MOST_VALUE_BYTES) throw new InputError("a value has at most 7 MiB");
  const size = 4 + value.length;
  return concat(u32be(value.length), value, new Uint8Array(paddedSize(size) - size));
}

/** @throws OpenError unless it was padded just so. */
export function unpad(padded: Bytes): Bytes {
  if (padded.length < 4) throw new OpenError();
  const length = new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const whole = padded.length === paddedSize(4 + length);
  if (!whole || padded.subarray(4 + length).some((octet) => octet !== 0)) throw new OpenError();
  return padded.slice(4, 4 + length);
}
