/** Steam's games: running totals at the moment of the answer, which does not say when that was. */

import { text, whole } from "./cells.js";
import type { RowIdentity } from "./identity.js";
import type { Frame } from "./json-rows.js";
import { jsonRows } from "./json-rows.js";
import type { DataRecord } from "./record.js";
import type { Format, Row } from "./rows.js";
import { leavingOut, RowError } from "./rows.js";
import type { Times } from "./times.js";

const GAMES: Frame = {
  opening: /^\s*\{\s*"response"\s*:\s*\{\s*(?:"(?:game|total)_count"\s*:\s*\d{1,9}\s*,\s*)?"games"\s*:\s*\[/,
  closing: /^\s*(?:,\s*"(?:game|total)_count"\s*:\s*\d{1,9}\s*)?\}\s*\}\s*$/,
};
const KEPT = "appid name playtime_forever playtime_2weeks rtime_last_played".split(" ");
const DROPPED =
  "img_icon_url img_logo_url has_community_visible_stats has_leaderboards has_workshop has_market has_dlc " +
  "content_descriptorids capsule_filename sort_as playtime_windows_forever playtime_mac_forever " +
  "playtime_linux_forever playtime_deck_forever playtime_disconnected";

function seconds(minutes: unknown): number {
  const read = whole(minutes);
  if (read < 0) throw new RowError("BAD_NUMBER");
  return read * 60;
}

async function record(row: Row, identity: RowIdentity, times: Times): Promise<DataRecord> {
  const [app, name, recent, last] = [
    row["appid"],
    text(row["name"]),
    row["playtime_2weeks"],
    row["rtime_last_played"],
  ];
  if (typeof app !== "number" || app < 0) throw new RowError("NO_IDENTITY");
  if (name === null) throw new RowError("NO_TITLE");
  return {
    v: 1,
    kind: "game.session",
    // One snapshot a day: a second one of the same day brings the first up to date.
    id: await identity.recordId("owned-games", String(app), times.importedAt.slice(0, 10)),
    name,
    ref: `steam:app:${app}`,
    played_total_s: seconds(row["playtime_forever"]),
    played_recent_s: recent === undefined || recent === null ? null : seconds(recent),
    at: times.importedAt,
    last_played: last ? times.unix(last) : null,
  };
}

export const OWNED_GAMES: Format = {
  provider: "steam",
  title: "Steam owned games",
  knows: (_, head) => GAMES.opening.test(head),
  rows: (text) => jsonRows(text, GAMES),
  record,
  leftOut: leavingOut(DROPPED.split(" "), KEPT),
};
