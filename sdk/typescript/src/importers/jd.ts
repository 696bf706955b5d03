/**
 * JD.com's bill (京东账单): a preamble, Beijing time, the refund inside the amount, and one more row for the refund itself.
 *
 * An order keeps its full amount; the refund's own row counts below zero, so all totals together are what was spent.
 */

import { micros, text } from "./cells.js";
import { csvRows } from "./csv-rows.js";
import type { RowIdentity } from "./identity.js";
import type { DataRecord } from "./record.js";
import type { Format, Row } from "./rows.js";
import { leavingOut, RowError } from "./rows.js";
import type { Times } from "./times.js";

/** Minutes east of UTC: one zone, and no summer time since 1991. */
const BEIJING = 8 * 60;
const KEPT = ["交易时间", "商户名称", "交易说明", "金额", "交易状态", "收/支", "交易分类"];
const DROPPED = ["收/付款方式", "交易订单号", "商家订单号", "备注"];
const HEADER_LINE = /^交易时间,商户名称,交易说明,金额,/m;
const ACCOUNT_NAME = /^京东账号名[:：]\s*\S/m;
const AMOUNT = /^([^()]*)(?:\((?:已退款([^()]*)|(已全额退款))\))?$/;
const REFUND_TITLE = "退款-";
const BETWEEN_PEOPLE = ["转账", "红包"];
const STATUS = new Map([
  ["交易成功", "paid"],
  ["支付成功", "paid"],
  ["已完成", "paid"],
  ["退款成功", "refund"],
  ["交易关闭", "cancelled"],
  ["已取消", "cancelled"],
  ["等待付款", "pending"],
  ["待付款", "pending"],
  ["处理中", "pending"],
]);

interface Amounts {
  readonly total: number;
  readonly refunded: number;
}

function amountsOf(cell: string): Amounts {
  const [, amount, part, all] = AMOUNT.exec(cell.replaceAll("（", "(").replaceAll("）", ")").trim()) ?? [];
  if (amount === undefined) throw new RowError("BAD_MONEY");
  const total = micros(amount);
  const refunded = all !== undefined ? total : part !== undefined ? micros(part) : 0;
  if (refunded < 0 || refunded > Math.max(total, 0)) throw new RowError("BAD_MONEY");
  return { total, refunded };
}

function statusOf(told: string | null, { total, refunded }: Amounts): string {
  if (refunded !== 0) return refunded === total ? "refunded" : "partly-refunded";
  return STATUS.get(told ?? "") ?? "other";
}

async function record(row: Row, identity: RowIdentity, times: Times): Promise<DataRecord> {
  const [title, category] = [text(row["交易说明"]), text(row["交易分类"])];
  if (title === null) throw new RowError("NO_TITLE");
  const between = BETWEEN_PEOPLE.some((sign) => category?.includes(sign) || title.startsWith(sign));
  if (between) throw new RowError("ABOUT_A_PERSON");
  const number = text(row["交易订单号"]) ?? "";
  const at = times.iso(text(row["交易时间"]), BEIJING);
  const amounts = amountsOf(text(row["金额"]) ?? "");
  const status = statusOf(text(row["交易状态"]), amounts);
  const came = status === "refund" || text(row["收/支"]) === "收入";
  // Without the amount: its cell grows by the refund, while the row stays the same.
  const id = await identity.recordId("bill", at, number, text(row["商家订单号"]) ?? "", title);
  return {
    v: 1,
    kind: "commerce.order",
    id,
    name: (title.startsWith(REFUND_TITLE) ? title.slice(REFUND_TITLE.length) : title) || title,
    category,
    quantity: null,
    ref: null,
    basket: await identity.basket(number),
    at,
    precision: "second",
    total_micros: came ? -Math.abs(amounts.total) + 0 : amounts.total,
    price_micros: null,
    refunded_micros: amounts.refunded,
    currency: "CNY",
    status,
    seller: text(row["商户名称"]),
  };
}

const named = leavingOut(DROPPED, KEPT);

export const BILL: Format = {
  provider: "jd",
  title: "JD.com bill",
  knows: (_, head) => HEADER_LINE.test(head),
  rows: (text) => csvRows(text, (names) => [...KEPT, ...DROPPED].every((name) => names.has(name))),
  record,
  leftOut: (row) =>
    named(
      Object.fromEntries(
        Object.entries(row).map(([name, cell]) => [name, typeof cell === "string" ? cell.trim() : cell]),
      ),
    ),
  besideRows: (head) => (ACCOUNT_NAME.test(head) ? ["京东账号名"] : []),
  encoding: "gb18030",
};
