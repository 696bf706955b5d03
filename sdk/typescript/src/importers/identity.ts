/** Names for rows that only their owner's devices can compute (docs/spec/data-record.md, Identity). */

import { hmac } from "../digest.js";
import type { Bytes } from "../encoding.js";
import { HALF_A_PAIR, toHex, utf8 } from "../encoding.js";
import { InputError } from "../errors.js";
import { RowError } from "./rows.js";

export class RowIdentity {
  readonly #secret: Bytes;

  constructor(
    ownerSecret: Bytes,
    readonly provider: string,
  ) {
    if (ownerSecret.length !== 32) throw new InputError("an owner secret has 32 bytes");
    this.#secret = ownerSecret;
  }

  /** The id of a row: `format` is the format's name, the native key what tells rows apart. */
  async recordId(format: string, ...nativeKey: readonly string[]): Promise<string> {
    return `${this.provider}:${await this.#name(format, nativeKey)}`;
  }

  /** 32 hex digits that the rows of one order share, in place of its number. */
  async basket(orderNumber: string): Promise<string> {
    if (orderNumber === "") throw new RowError("NO_IDENTITY");
    return this.#name("basket", [orderNumber]);
  }

  async #name(format: string, nativeKey: readonly string[]): Promise<string> {
    if (nativeKey.some((part) => part.includes("\0") || HALF_A_PAIR.test(part)))
      throw new RowError("NOT_TEXT");
    const message = utf8([this.provider, format, ...nativeKey].join("\0"));
    return toHex((await hmac(this.#secret, message)).subarray(0, 16));
  }
}
