/** What a visitor reads before she has an account, and what is under "About". */

import { told } from "./index.svelte.ts";

export const WELCOME = told(
  {
    title: "Your data, kept shut until you say otherwise.",
    lead: "Planet Vault seals what you have listened to, bought, learnt and played on your own device. The server keeps it and can't read it.",
    points: [
      {
        title: "You say yes, or less, or no",
        text: "An app asks for named fields, for one purpose, at a price. You see your own rows before you answer.",
      },
      {
        title: "Each use is paid",
        text: "Every time an app opens something, you are paid for it, and you see who, what, why and how much.",
      },
      {
        title: "Anybody can check",
        text: "Each use leaves a receipt that both sides signed. A stranger can check it without asking us.",
      },
    ],
    start: "Begin",
    back: "I have a vault already",
    arrive: "I have a vault elsewhere, and want to move here",
    guardian: "Somebody asked me to be a guardian",
    check: "Check a receipt",
  },
  {
    title: "您的数据，在您点头之前始终锁着。",
    lead: "您听过、买过、学过、玩过的内容，都在您自己的设备上加密封存。服务器只负责保管，无法读取。",
    points: [
      {
        title: "同意、少给一些，或者拒绝",
        text: "应用请求的是指名的字段、一个用途、一个价格。答复之前，您会先看到自己的数据样例。",
      },
      {
        title: "每次使用都付钱",
        text: "应用每打开一次，您都会得到报酬，并且看得到是谁、看了什么、为什么、多少钱。",
      },
      { title: "任何人都能核验", text: "每次使用都留下双方签名的回执。陌生人不必问我们，也能核验。" },
    ],
    start: "开始",
    back: "我已经有保险库",
    arrive: "我在别处有保险库，想迁到这里",
    guardian: "有人请我做守护人",
    check: "核验回执",
  },
);

export const ABOUT = told(
  {
    title: "About this app",
    lead: "These pages run on your device. What you see here is what the vault handed to your browser, so you may want to know what that was.",
    version: "This version",
    versionText:
      "The SHA-256 of the list of all its files. Whoever builds the app from its sources gets the same number.",
    none: "This is a development version without a list of files.",
    files: "Its files",
    file: "File",
    hash: "SHA-256",
    partners: "For businesses",
    partnersText: "Ask for data, pay for each use, and check every receipt.",
    console: "Partner console",
    vault: "This vault",
    origin: "Name",
    fee: "Its fee",
    currency: "Currency",
    log: "Log",
    unreached: "The vault can't be reached just now.",
    language: "Language",
    theme: "Appearance",
    settings: "Settings",
    cant: "What this app can't do",
    cantText: [
      "It can't take back what a partner has already seen.",
      "It can't protect you from a device that somebody else controls.",
      "The vault that serves it could serve another app tomorrow. The number above shows it; only a comparison notices it.",
    ],
  },
  {
    title: "关于本应用",
    lead: "这些页面在您的设备上运行。您看到的就是保险库交给浏览器的内容，所以您可能想知道那究竟是什么。",
    version: "当前版本",
    versionText: "全部文件清单的 SHA-256。任何人从源代码构建本应用，都会得到同一个数字。",
    none: "这是开发版本，没有文件清单。",
    files: "文件清单",
    file: "文件",
    hash: "SHA-256",
    partners: "致企业",
    partnersText: "请求数据，按次付费，核验每一张回执。",
    console: "合作方控制台",
    vault: "本保险库",
    origin: "名称",
    fee: "手续费",
    currency: "货币",
    log: "日志",
    unreached: "目前无法连接保险库。",
    language: "语言",
    theme: "外观",
    settings: "设置",
    cant: "本应用做不到的事",
    cantText: [
      "它无法收回合作方已经看到的内容。",
      "如果设备被别人控制，它无法保护您。",
      "提供本应用的保险库，明天可能提供另一个应用。上面的数字会随之改变，但只有比对才能发现。",
    ],
  },
);
