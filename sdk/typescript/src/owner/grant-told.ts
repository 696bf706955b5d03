/** The words of a grant: what sdk/python/planetvault/grant_text.json says; a test compares the two. */

import type { Language, Words } from "../clusters-told.js";

export interface Told {
  readonly version: number;
  readonly text: Readonly<Record<Language, Readonly<Record<string, string>>>>;
  readonly purposes: Readonly<Record<string, Words>>;
}

export const TOLD: Told = {
  version: 1,
  text: {
    en: {
      who: "“{name}” ({partner}) asks for data in your vault.",
      what: "What they would see:",
      collection: "{label}:",
      cluster: "- {label}. {description} {never}",
      order: "In any case: the month or day each part is about, and in which order things happened.",
      why: "What for: {purposes}. In their own words: “{reason}”",
      back: "How far back: {days} days, in whole months.",
      back_none: "How far back: only what begins after you agree.",
      future: "Later data: yes, also what you add while this lasts.",
      no_future: "Later data: no, only what is in your vault when you agree.",
      long: "How long: {days} days from when you agree, and at most {uses} uses.",
      often: "How often: at most {uses} uses in {days} days.",
      keep: "How long they promise to keep what they have seen: {days} days.",
      keep_none: "They promise to keep nothing of what they have seen.",
      money: "What you get: {share} for each use (they pay {price}, the vault keeps {fee}). At most {most}.",
      money_by_period:
        "What you get: {share} for each {days} days in which they use it (they pay {price}, the vault keeps {fee}). At most {most}.",
      free: "What you get: no money.",
      take_back:
        "You can take this back at any time. From then on your vault hands out no more keys. What they have seen by then they may still have; only their promise covers that.",
      and: ", ",
    },
    "zh-CN": {
      who: "“{name}”（{partner}）请求使用您保险库中的数据。",
      what: "对方将会看到：",
      collection: "{label}：",
      cluster: "- {label}。{description}{never}",
      order: "无论如何都会看到：每一部分所属的月份或日期，以及事情发生的先后顺序。",
      why: "用途：{purposes}。对方的说明：“{reason}”",
      back: "往前追溯：{days} 天，按整月计算。",
      back_none: "往前追溯：仅限您同意之后开始的数据。",
      future: "今后的数据：包括，在有效期内您新增的数据也会提供。",
      no_future: "今后的数据：不包括，仅限您同意时保险库中已有的数据。",
      long: "有效期：自您同意起 {days} 天，最多使用 {uses} 次。",
      often: "频率：每 {days} 天最多使用 {uses} 次。",
      keep: "对方承诺保留所看到内容的时间：{days} 天。",
      keep_none: "对方承诺不保留所看到的任何内容。",
      money: "您的收入：每次使用 {share}（对方支付 {price}，保险库收取 {fee}）。最多共 {most}。",
      money_by_period:
        "您的收入：对方使用数据的每 {days} 天为 {share}（对方支付 {price}，保险库收取 {fee}）。最多共 {most}。",
      free: "您的收入：没有报酬。",
      take_back:
        "您可以随时撤回。撤回之后，您的保险库不再交出任何密钥。对方在此之前已经看到的内容可能仍在其手中，对此只有对方的承诺。",
      and: "、",
    },
  },
  purposes: {
    "dpv:AcademicResearch": {
      en: "academic research",
      "zh-CN": "学术研究",
    },
    "dpv:Advertising": {
      en: "advertising",
      "zh-CN": "广告",
    },
    "dpv:CommercialResearch": {
      en: "commercial research",
      "zh-CN": "商业研究",
    },
    "dpv:CreditChecking": {
      en: "checking your credit",
      "zh-CN": "信用核查",
    },
    "dpv:FraudPreventionAndDetection": {
      en: "preventing and finding fraud",
      "zh-CN": "预防和发现欺诈",
    },
    "dpv:Marketing": {
      en: "marketing",
      "zh-CN": "市场营销",
    },
    "dpv:NonCommercialResearch": {
      en: "non-commercial research",
      "zh-CN": "非商业研究",
    },
    "dpv:Personalisation": {
      en: "fitting something to you",
      "zh-CN": "个性化",
    },
    "dpv:PersonalisedAdvertising": {
      en: "showing you advertising chosen for you",
      "zh-CN": "向您展示个性化广告",
    },
    "dpv:ResearchAndDevelopment": {
      en: "research and development",
      "zh-CN": "研究与开发",
    },
    "dpv:ServiceOptimisation": {
      en: "improving a service",
      "zh-CN": "改进服务",
    },
    "dpv:ServicePersonalisation": {
      en: "fitting a service to you",
      "zh-CN": "为您个性化服务",
    },
    "dpv:ServiceProvision": {
      en: "providing a service to you",
      "zh-CN": "为您提供服务",
    },
  },
};
