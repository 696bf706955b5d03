/**
 * A year of an invented person, as the export files that services would give her; no such artist, shop or course exists. The
 * same on every device that makes it in the same month. Read by the same readers as a real export.
 */

import type { ExportFile } from "planetvault/importers/index";

const DAYS = 365;
const DAY = 86_400_000;

const SONGS = [
  ["纸船过河", "青石板乐队", "雨停在巷口", 214],
  ["巷口的灯", "青石板乐队", "雨停在巷口", 187],
  ["Paper Lanterns", "The Tin Umbrellas", "Low Tide Radio", 201],
  ["Low Tide", "The Tin Umbrellas", "Low Tide Radio", 243],
  ["Kaffee ohne Ende", "Möwe & Söhne", "Straße nach Süden", 176],
  ["Nothing Rhymes With Orange", "Quiet Appliances", "Household Noises, Vol. 2", 229],
  ["二十四节气", "小满", "慢慢来", 258],
  ["Ça ira mieux demain", "Lune d’Étain", "Quai nº 9", 208],
] as const;

const GOODS = [
  ["河流地理入门 平装", "示例图书旗舰店", "图书文娱", 46.8],
  ["手冲咖啡壶", "示例家居专营店", "家居家装", 129],
  ["燕麦片 1kg", "示例食品旗舰店", "食品酒饮", 35.9],
  ["折叠雨伞", "示例日用百货", "日用百货", 59],
  ["笔记本 A5 方格", "示例文具店", "图书文娱", 18.5],
] as const;

const LESSONS = [
  "Where a river begins",
  "Deltas",
  "Floods and dams",
  "Rivers that cross borders",
  "A river in a city",
];
/** When she listens: the weight of each hour. */
const HOURS = [2, 1, 0, 0, 0, 0, 1, 6, 9, 4, 2, 2, 4, 3, 2, 2, 3, 5, 8, 9, 11, 12, 9, 5];

/** A die that falls the same each time (xorshift, Marsaglia 2003); for samples, not for secrets. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

export function sampleFiles(now: Date): readonly ExportFile[] {
  const end = Math.floor(now.getTime() / DAY) * DAY - DAY;
  const throwOf = dice(20_270_314);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(throwOf() * from.length)] as T;
  const days = Array.from({ length: DAYS }, (_, at) => end - (DAYS - 1 - at) * DAY);
  const file = (name: string, text: string): ExportFile => ({ name, bytes: new TextEncoder().encode(text) });
  return [
    file("Streaming_History_Audio_0.json", JSON.stringify(days.flatMap((day) => plays(day, throwOf, pick)))),
    file("jd-bill.csv", bill(days, throwOf, pick)),
    file("xapi-statements.jsonl", days.flatMap((day, at) => steps(day, at, throwOf, pick)).join("\n")),
  ];
}

type Pick = <T>(from: readonly T[]) => T;

function plays(day: number, throwOf: () => number, pick: Pick): readonly unknown[] {
  return Array.from({ length: Math.floor(throwOf() * 7) }, () => {
    const [name, artist, album, seconds] = pick(SONGS);
    const at = day + hour(throwOf) * 3_600_000 + throwOf() * 3_600_000;
    return {
      ts: `${new Date(at).toISOString().slice(0, 19)}Z`,
      platform: pick(["android", "ios", "web_player"]),
      ms_played: Math.round(seconds * 1000 * (0.4 + 0.6 * throwOf())),
      conn_country: "CN",
      // From the range that RFC 5737 keeps for documentation: the reader leaves it out.
      ip_addr: "203.0.113.7",
      master_metadata_track_name: name,
      master_metadata_album_artist_name: artist,
      master_metadata_album_album_name: album,
      spotify_track_uri: `spotify:track:demo${String(SONGS.findIndex((song) => song[0] === name)).padStart(18, "0")}`,
      episode_name: null,
      episode_show_name: null,
      spotify_episode_uri: null,
      reason_start: "trackdone",
      reason_end: "trackdone",
      shuffle: true,
      skipped: null,
      offline: throwOf() < 0.1,
      offline_timestamp: null,
      incognito_mode: false,
    };
  });
}

/** In UTC, so that the person's own clock shows her evening wherever she is. */
function hour(throwOf: () => number): number {
  const weights = HOURS.map((_, at) => HOURS.slice(0, at + 1).reduce((sum, weight) => sum + weight, 0));
  const thrown = throwOf() * (weights.at(-1) ?? 0);
  const local = weights.findIndex((weight) => thrown < weight);
  return (local + new Date().getTimezoneOffset() / 60 + 24) % 24;
}

function bill(days: readonly number[], throwOf: () => number, pick: Pick): string {
  const head =
    "交易时间,商户名称,交易说明,金额,收/付款方式,交易状态,收/支,交易分类,交易订单号,商家订单号,备注";
  const lines = days.flatMap((day, at) => {
    if (throwOf() > 0.14) return [];
    const [name, shop, category, price] = pick(GOODS);
    const time = `${new Date(day).toISOString().slice(0, 10)} 20:${String(10 + Math.floor(throwOf() * 49))}:05`;
    const paid = (price * (1 + Math.floor(throwOf() * 3))).toFixed(2);
    return [
      `${time},${shop},${name},${paid},示例银行信用卡(0000),交易成功,支出,${category},JDS${String(at).padStart(6, "0")}\t,${100_000_000_000 + at}\t,`,
    ];
  });
  return `\ufeff导出信息：\n京东账号名：jd_sample\n\n特别提示\n1.本明细为虚构的示例数据，仅供演示使用。\n\n${head}\n${lines.toReversed().join("\n")}\n`;
}

function steps(day: number, at: number, throwOf: () => number, pick: Pick): readonly string[] {
  // She learns for some weeks, then pauses.
  if ((at % 61) / 61 > 0.55 || throwOf() > 0.72) return [];
  const lesson = pick(LESSONS);
  const verb = pick(["experienced", "completed", "answered"]);
  const page = LESSONS.indexOf(lesson);
  return [
    JSON.stringify({
      id: `5f0c1a4e-0000-4000-8000-${String(at).padStart(12, "0")}`,
      actor: { objectType: "Agent", account: { homePage: "https://lms.example", name: "student-0042" } },
      verb: { id: `http://adlnet.gov/expapi/verbs/${verb}`, display: { en: verb } },
      object: {
        objectType: "Activity",
        id: `https://lms.example/course/rivers/${page}`,
        definition: { name: { en: lesson }, type: "http://adlnet.gov/expapi/activities/lesson" },
      },
      ...(verb === "answered"
        ? { result: { success: throwOf() > 0.3, score: { scaled: Math.round(throwOf() * 100) / 100 } } }
        : {}),
      timestamp: new Date(day + 12 * 3_600_000).toISOString(),
      version: "1.0.3",
    }),
  ];
}
