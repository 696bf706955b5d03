/** Spotify's plays: the extended history, and the short one of the account data. */

import { text, whole, yesNo } from "./cells.js";
import type { RowIdentity } from "./identity.js";
import { ARRAY, jsonRows } from "./json-rows.js";
import type { DataRecord } from "./record.js";
import type { Format, Row } from "./rows.js";
import { leavingOut, RowError } from "./rows.js";
import type { Times } from "./times.js";

const EXTENDED_KEPT =
  "ts platform ms_played conn_country master_metadata_track_name master_metadata_album_artist_name " +
  "master_metadata_album_album_name spotify_track_uri episode_name episode_show_name spotify_episode_uri " +
  "audiobook_title audiobook_uri audiobook_chapter_uri audiobook_chapter_title reason_end offline incognito_mode";
const EXTENDED_DROPPED =
  "ip_addr ip_addr_decrypted username user_agent_decrypted city region metro_code latitude longitude reason_start " +
  "shuffle skipped offline_timestamp";
const ACCOUNT_KEPT = "endTime artistName trackName podcastName episodeName msPlayed".split(" ");
const EXTENDED_FILE = /^(?:.*\/)?(?:Streaming_History_(?:Audio|Video)_.*|endsong_\d+)\.json$/;
const ACCOUNT_FILE = /^(?:.*\/)?StreamingHistory(?:_music_|_podcast_)?\d+\.json$/;

/** The first word that is found says what it played on; versions, models and makers point at a person. */
const PLATFORMS: readonly (readonly [string, readonly string[]])[] = [
  ["web", ["web_player", "webplayer", "web player"]],
  ["cast", ["cast", "sonos", "speaker", "alexa", "echo", "homepod", "bose", "denon"]],
  ["console", ["playstation", "ps3", "ps4", "ps5", "xbox"]],
  ["tv", ["tv", "roku", "fire_", "samsung_tizen", "lg_webos", "webos"]],
  ["car", ["car ", "carplay", "automotive", "tesla", "car_thing"]],
  ["android", ["android"]],
  ["ios", ["ios", "iphone", "ipad", "watchos"]],
  ["windows", ["windows"]],
  ["macos", ["os x", "osx", "macos"]],
  ["linux", ["linux"]],
];

function platformOf(told: string): string | null {
  const words = told.slice(0, 200).trim().toLowerCase();
  if (words === "" || words === "not_applicable") return null;
  return PLATFORMS.find(([, signs]) => signs.some((sign) => words.includes(sign)))?.[0] ?? "other";
}

function countryOf(cell: unknown): string | null {
  const told = text(cell);
  return told !== null && told !== "ZZ" && /^[A-Z]{2}$/.test(told) ? told : null;
}

interface Title {
  readonly media: string;
  readonly name: string;
  readonly by: readonly string[];
  readonly in: string | null;
  readonly link: unknown;
}

function titleOf(row: Row): Title {
  const track = text(row["master_metadata_track_name"]);
  if (track !== null) {
    const artist = text(row["master_metadata_album_artist_name"]);
    const album = text(row["master_metadata_album_album_name"]);
    return {
      media: "track",
      name: track,
      by: artist === null ? [] : [artist],
      in: album,
      link: row["spotify_track_uri"],
    };
  }
  const episode = text(row["episode_name"]);
  if (episode !== null) {
    const show = text(row["episode_show_name"]);
    return { media: "episode", name: episode, by: [], in: show, link: row["spotify_episode_uri"] };
  }
  const book = text(row["audiobook_title"]);
  const chapter = text(row["audiobook_chapter_title"]) ?? book;
  if (chapter === null) throw new RowError("NO_TITLE");
  const link = row["audiobook_chapter_uri"] || row["audiobook_uri"];
  return { media: "audiobook", name: chapter, by: [], in: book, link };
}

async function extended(row: Row, identity: RowIdentity, times: Times): Promise<DataRecord> {
  const { link, ...title } = titleOf(row);
  const ref = text(link);
  const end = times.iso(row["ts"]);
  const played_ms = whole(row["ms_played"]);
  const reason = text(row["reason_end"]);
  // Without the platform: its wording changed between exports of the same play.
  const id = await identity.recordId("extended", end, ref ?? title.name, String(played_ms));
  return {
    v: 1,
    kind: "music.play",
    id,
    ...title,
    ref,
    played_ms,
    start: null,
    end,
    precision: "second",
    completed: reason === null ? null : reason === "trackdone",
    platform: platformOf(text(row["platform"]) ?? ""),
    offline: yesNo(row["offline"]),
    private: yesNo(row["incognito_mode"]),
    country: countryOf(row["conn_country"]),
  };
}

async function account(row: Row, identity: RowIdentity, times: Times): Promise<DataRecord> {
  const episode = text(row["episodeName"]);
  const name = text(row["trackName"]) ?? episode;
  if (name === null) throw new RowError("NO_TITLE");
  const artist = text(row["artistName"]);
  const end = times.iso(row["endTime"]);
  const played_ms = whole(row["msPlayed"]);
  const show = text(row["podcastName"]);
  const id = await identity.recordId("account", end, artist ?? show ?? "", name, String(played_ms));
  const unsaid = { completed: null, platform: null, offline: null, private: null, country: null };
  return {
    v: 1,
    kind: "music.play",
    id,
    name,
    by: artist === null ? [] : [artist],
    in: show,
    media: episode === null ? "track" : "episode",
    ref: null,
    played_ms,
    start: null,
    end,
    precision: "minute",
    ...unsaid,
  };
}

/** By its fields; by its name only when it is an empty list, which has none. */
function knows(file: RegExp, ...names: readonly string[]): (name: string, head: string) => boolean {
  return (name, head) => {
    const begins = head.trimStart().startsWith("[") && names.every((field) => head.includes(`"${field}"`));
    return begins || (file.test(name) && /^\s*\[\s*\]\s*$/.test(head));
  };
}

const kept = EXTENDED_KEPT.split(" ");

export const EXTENDED: Format = {
  provider: "spotify",
  title: "Spotify extended streaming history",
  knows: knows(EXTENDED_FILE, "ts", "ms_played"),
  rows: (text) => jsonRows(text, ARRAY),
  record: extended,
  leftOut: leavingOut(EXTENDED_DROPPED.split(" "), kept),
};

export const ACCOUNT: Format = {
  provider: "spotify",
  title: "Spotify account data",
  knows: knows(ACCOUNT_FILE, "endTime", "msPlayed"),
  rows: (text) => jsonRows(text, ARRAY),
  record: account,
  leftOut: leavingOut([], ACCOUNT_KEPT),
};
