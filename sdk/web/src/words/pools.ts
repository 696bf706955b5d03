/** Pots that offers promise, and what her share of one was. */

import { told } from "./index.svelte.ts";

export const POOLS = told(
  {
    title: "Shared pots",
    lead: "Some offers promise a pot besides the price of each use. At the end of the offer it is shared among all whose data was used: one use, one point.",
    joined: "You take part",
    noneJoined: "You take part in no pot now.",
    uses: (count: number) =>
      count === 0
        ? "no use of your data counts yet"
        : count === 1
          ? "1 use of your data counts so far"
          : `${count} uses of your data count so far`,
    unknown: "How much that brings depends on the uses of all others, which nobody knows before the end.",
    ends: (when: string) => `ends ${when}`,
    dividing: "ended; the vault shares it within minutes",
    nothing: "ended without a use of your data: no share",
    left: "You took back what you allowed. What was used before goes on counting.",
    see: "What you allowed",
    leave: "Leave",
    leaveText: "To leave is to take back what you allowed. Uses until then go on counting.",
    offered: "Pots on offer",
    noneOffered: "No offer with a pot fits you now.",
    pot: (amount: string) => `${amount} in the pot`,
    shared: "Shared",
    noneShared: "No pot was shared with you yet.",
    points: (hers: string, all: string) => `${hers} of ${all} uses were of your data`,
    ofPot: (amount: string) => `out of ${amount}`,
    checked:
      "This device worked each share out again, from your receipts and the place that the vault signed for. That the uses of others happened, it can't see: an auditor with all receipts can.",
    allOffers: "All offers",
    back: "Earnings",
  },
  {
    title: "共享池",
    lead: "有些要约除了每次使用的价格，还承诺一笔共享的钱。要约到期时，它会分给所有数据被使用的人：一次使用，一个点。",
    joined: "您参与的",
    noneJoined: "您目前没有参与任何共享池。",
    uses: (count: number) =>
      count === 0 ? "您的数据还没有使用计入" : `到目前为止，您的数据有 ${count} 次使用计入`,
    unknown: "能分到多少，取决于其他所有人的使用次数，到期之前没有人知道。",
    ends: (when: string) => `${when} 到期`,
    dividing: "已到期；保险库会在几分钟内分配",
    nothing: "已到期，您的数据没有被使用：没有份额",
    left: "您已收回授权。此前的使用仍然计入。",
    see: "您的授权",
    leave: "退出",
    leaveText: "退出就是收回授权。此前的使用仍然计入。",
    offered: "可以参与的",
    noneOffered: "目前没有适合您的带共享池的要约。",
    pot: (amount: string) => `池中有 ${amount}`,
    shared: "已分配的",
    noneShared: "还没有共享池分配给您。",
    points: (hers: string, all: string) => `您的数据占 ${hers} 次，共 ${all} 次使用`,
    ofPot: (amount: string) => `总额 ${amount}`,
    checked:
      "这台设备根据您的回执和保险库签名的位置，重新计算了每一份。其他人的使用是否真的发生，它看不到；持有全部回执的审计者可以核对。",
    allOffers: "全部要约",
    back: "收益",
  },
);
