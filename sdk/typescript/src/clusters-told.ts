/** The clusters in plain words: what sdk/python/planetvault/clusters.json says; a test compares the two. */

export type Language = "en" | "zh-CN";
export type Words = Readonly<Record<Language, string>>;

export interface Cluster {
  readonly id: string;
  readonly columns: readonly string[];
  readonly label: Words;
  readonly description: Words;
  readonly never: Words;
}

export interface Told {
  readonly version: number;
  readonly collections: readonly {
    readonly id: string;
    readonly label: Words;
    readonly clusters: readonly Cluster[];
  }[];
}

export const TOLD: Told = {
  version: 1,
  collections: [
    {
      id: "music.play",
      label: {
        en: "Music and podcasts you played",
        "zh-CN": "您听过的音乐和播客",
      },
      clusters: [
        {
          id: "music.play/what",
          columns: ["name", "by", "in", "media", "ref", "played_ms"],
          label: {
            en: "What you listened to",
            "zh-CN": "您听了什么",
          },
          description: {
            en: "Title, artist and album of each play, the service's link to it, and for how long it played.",
            "zh-CN": "每次播放的标题、艺人、专辑、服务商的链接，以及播放了多久。",
          },
          never: {
            en: "Never included: your user name, your playlists, what you searched for.",
            "zh-CN": "绝不包含：您的用户名、您的歌单、您搜索过的内容。",
          },
        },
        {
          id: "music.play/when",
          columns: ["start", "end", "precision"],
          label: {
            en: "When you listened",
            "zh-CN": "您何时收听",
          },
          description: {
            en: "The time each play began or ended, as exactly as the service noted it.",
            "zh-CN": "每次播放开始或结束的时间，精确到服务商所记录的程度。",
          },
          never: {
            en: "Never included: what you listened to, unless you allow that too.",
            "zh-CN": "绝不包含：您听了什么，除非您另行同意。",
          },
        },
        {
          id: "music.play/how",
          columns: ["completed", "platform", "offline", "private"],
          label: {
            en: "How you listened",
            "zh-CN": "您如何收听",
          },
          description: {
            en: "The kind of device, and whether you heard it to the end, offline, or in a private session.",
            "zh-CN": "设备的种类，以及是否听完、是否离线、是否在私密模式下收听。",
          },
          never: {
            en: "Never included: the model of your device, its network address, your browser.",
            "zh-CN": "绝不包含：您设备的型号、网络地址、浏览器信息。",
          },
        },
        {
          id: "music.play/where",
          columns: ["country"],
          label: {
            en: "In which country you listened",
            "zh-CN": "您在哪个国家或地区收听",
          },
          description: {
            en: "The country you were in during each play.",
            "zh-CN": "每次播放时您所在的国家或地区。",
          },
          never: {
            en: "Never included: any place more exact than the country.",
            "zh-CN": "绝不包含：比国家或地区更精确的位置。",
          },
        },
      ],
    },
    {
      id: "commerce.order",
      label: {
        en: "Things you bought",
        "zh-CN": "您购买的商品",
      },
      clusters: [
        {
          id: "commerce.order/what",
          columns: ["name", "category", "quantity", "ref", "basket"],
          label: {
            en: "What you bought",
            "zh-CN": "您买了什么",
          },
          description: {
            en: "Name, category and number of each thing, the shop's product code, and which things were bought together.",
            "zh-CN": "每件商品的名称、类别、数量、商品编码，以及哪些商品是一起购买的。",
          },
          never: {
            en: "Never included: order numbers, addresses, gift messages, the names of people you bought for.",
            "zh-CN": "绝不包含：订单号、地址、礼品留言、您为其购买的人的姓名。",
          },
        },
        {
          id: "commerce.order/when",
          columns: ["at", "precision"],
          label: {
            en: "When you bought",
            "zh-CN": "您何时购买",
          },
          description: {
            en: "The time of each order or refund.",
            "zh-CN": "每笔订单或退款的时间。",
          },
          never: {
            en: "Never included: when and where it was delivered.",
            "zh-CN": "绝不包含：送货的时间和地点。",
          },
        },
        {
          id: "commerce.order/money",
          columns: ["total_micros", "price_micros", "refunded_micros", "currency", "status"],
          label: {
            en: "What you paid",
            "zh-CN": "您付了多少钱",
          },
          description: {
            en: "The price, what you paid, what came back, and whether the order was paid, refunded or cancelled.",
            "zh-CN": "单价、实付金额、退款金额，以及订单是已付款、已退款还是已取消。",
          },
          never: {
            en: "Never included: cards, bank accounts, or anything else you paid with.",
            "zh-CN": "绝不包含：银行卡、银行账户或任何其他付款方式。",
          },
        },
        {
          id: "commerce.order/seller",
          columns: ["seller"],
          label: {
            en: "Where you bought",
            "zh-CN": "您在哪里购买",
          },
          description: {
            en: "The shop or marketplace of each order.",
            "zh-CN": "每笔订单的店铺或平台。",
          },
          never: {
            en: "Never included: private persons you sent money to, or who sent you some.",
            "zh-CN": "绝不包含：与您有转账往来的个人。",
          },
        },
      ],
    },
    {
      id: "education.activity",
      label: {
        en: "What you did in courses",
        "zh-CN": "您的课程学习活动",
      },
      clusters: [
        {
          id: "education.activity/what",
          columns: ["name", "type", "in", "ref", "verb"],
          label: {
            en: "What you studied",
            "zh-CN": "您学了什么",
          },
          description: {
            en: "Each lesson, video or exercise, its course and its link, and what you did with it.",
            "zh-CN": "每个课时、视频或练习，所属课程及其链接，以及您做了什么。",
          },
          never: {
            en: "Never included: your name or account, your teachers, the answers you gave.",
            "zh-CN": "绝不包含：您的姓名或账号、您的老师、您的作答内容。",
          },
        },
        {
          id: "education.activity/when",
          columns: ["at", "precision"],
          label: {
            en: "When you studied",
            "zh-CN": "您何时学习",
          },
          description: {
            en: "The time of each activity.",
            "zh-CN": "每次学习活动的时间。",
          },
          never: {
            en: "Never included: what you studied, unless you allow that too.",
            "zh-CN": "绝不包含：您学了什么，除非您另行同意。",
          },
        },
        {
          id: "education.activity/result",
          columns: ["completed", "success", "score", "duration_ms"],
          label: {
            en: "How it went",
            "zh-CN": "学习结果",
          },
          description: {
            en: "Whether you finished and passed, your score, and how long it took.",
            "zh-CN": "是否完成、是否通过、得分以及所用时间。",
          },
          never: {
            en: "Never included: the answers you gave, what teachers wrote about you.",
            "zh-CN": "绝不包含：您的作答内容、老师对您的评语。",
          },
        },
      ],
    },
    {
      id: "game.session",
      label: {
        en: "Games you play",
        "zh-CN": "您玩的游戏",
      },
      clusters: [
        {
          id: "game.session/what",
          columns: ["name", "ref"],
          label: {
            en: "Which games you own",
            "zh-CN": "您拥有哪些游戏",
          },
          description: {
            en: "The name of each game, and the shop's link to it.",
            "zh-CN": "每款游戏的名称及商店链接。",
          },
          never: {
            en: "Never included: your player name, your friends, your messages.",
            "zh-CN": "绝不包含：您的玩家昵称、好友、聊天内容。",
          },
        },
        {
          id: "game.session/played",
          columns: ["played_total_s", "played_recent_s"],
          label: {
            en: "How long you played",
            "zh-CN": "您玩了多久",
          },
          description: {
            en: "Time played in each game, in all and in the last two weeks.",
            "zh-CN": "每款游戏的累计游玩时间和最近两周的游玩时间。",
          },
          never: {
            en: "Never included: whom you played with, what you paid.",
            "zh-CN": "绝不包含：您与谁一起玩、您付了多少钱。",
          },
        },
        {
          id: "game.session/when",
          columns: ["at", "last_played"],
          label: {
            en: "When you last played",
            "zh-CN": "您最近何时玩过",
          },
          description: {
            en: "When you last played each game, and when these figures were taken.",
            "zh-CN": "每款游戏最近一次游玩的时间，以及这些数字的统计时间。",
          },
          never: {
            en: "Never included: any time you played before that.",
            "zh-CN": "绝不包含：在此之前的游玩时间。",
          },
        },
      ],
    },
    {
      id: "document.file",
      label: {
        en: "Files you keep",
        "zh-CN": "您保存的文件",
      },
      clusters: [
        {
          id: "document.file/what",
          columns: ["name", "type", "size_bytes"],
          label: {
            en: "Which files",
            "zh-CN": "哪些文件",
          },
          description: {
            en: "The name, kind and size of each file you choose for them.",
            "zh-CN": "您为对方选择的每个文件的名称、类型和大小。",
          },
          never: {
            en: "Never included: files you did not choose, where you had them.",
            "zh-CN": "绝不包含：您没有选择的文件、文件原来的位置。",
          },
        },
        {
          id: "document.file/when",
          columns: ["at"],
          label: {
            en: "When you stored them",
            "zh-CN": "您何时存入",
          },
          description: {
            en: "When you put each file you choose into your vault.",
            "zh-CN": "您将所选择的每个文件存入保险库的时间。",
          },
          never: {
            en: "Never included: when you made, changed or opened it.",
            "zh-CN": "绝不包含：您创建、修改或打开文件的时间。",
          },
        },
        {
          id: "document.file/content",
          columns: ["content"],
          label: {
            en: "The files themselves",
            "zh-CN": "文件本身",
          },
          description: {
            en: "All that is in each file you choose for them, with its name, kind and size.",
            "zh-CN": "您为对方选择的每个文件的全部内容，以及其名称、类型和大小。",
          },
          never: {
            en: "Never included: files you did not choose.",
            "zh-CN": "绝不包含：您没有选择的文件。",
          },
        },
      ],
    },
  ],
};
