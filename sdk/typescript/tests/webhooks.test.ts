import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { utf8 } from "../src/encoding.js";
import { FormatError, InputError, SignatureError } from "../src/errors.js";
import { verifyWebhook, WebhookStale } from "../src/webhooks/index.js";

const NOW = new Date("2027-03-14T09:26:53Z");
const KEY = Buffer.from(Array.from({ length: 32 }, (_, at) => at));
const OTHER = Buffer.alloc(32);
const EVENT = {
  type: "grant.revoked",
  timestamp: "2027-03-14T09:26:50Z",
  mode: "live",
  data: { grant: "g" },
};
const BODY = JSON.stringify(EVENT);
const shown = (key: Buffer): string => `whsec_${key.toString("base64")}`;

/** The headers of a delivery, made as docs/spec/webhook.md says and by no code of the SDK's. */
function signed(body = BODY, keys: readonly Buffer[] = [KEY], at = NOW): Record<string, string> {
  const stamp = String(Math.floor(at.getTime() / 1000));
  const macs = keys.map((key) => createHmac("sha256", key).update(`evt_1.${stamp}.${body}`).digest("base64"));
  return {
    "Webhook-Id": "evt_1",
    "Webhook-Timestamp": stamp,
    "Webhook-Signature": macs.map((mac) => `v1,${mac}`).join(" "),
  };
}

test("an event of the vault is returned, from headers of either kind", async () => {
  for (const headers of [signed(), new Headers(signed())]) {
    const event = await verifyWebhook(utf8(BODY), headers, shown(KEY), NOW);
    assert.deepEqual(
      [event.id, event.kind, event.mode, event.data],
      ["evt_1", EVENT.type, "live", EVENT.data],
    );
    assert.equal(event.time.getTime(), NOW.getTime() - 3000);
  }
});

test("the example of Standard Webhooks is read", async () => {
  // From the reference libraries' own tests: signed as published, and no event of ours.
  const headers = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": "1614265330",
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
  };
  const [body, secret] = ['{"test": 2432232314}', "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"];
  await assert.rejects(verifyWebhook(body, headers, secret, new Date(1614265330_000)), FormatError);
});

test("while one secret follows another, either is enough", async () => {
  for (const keys of [
    [KEY, OTHER],
    [OTHER, KEY],
  ]) {
    await verifyWebhook(BODY, signed(BODY, keys), shown(KEY), NOW);
    await verifyWebhook(BODY, signed(), keys.map(shown), NOW);
  }
});

test("what the vault did not sign is refused, and what it signed long ago is stale", async () => {
  const good = signed();
  const refused: Record<string, string>[] = [
    signed(BODY, [OTHER]),
    { ...good, "Webhook-Id": "evt_2" },
    { ...good, "Webhook-Signature": "" },
    { ...good, "Webhook-Signature": (good["Webhook-Signature"] ?? "").replace("v1,", "v1a,") },
    { ...good, "webhook-id": "evt_1" },
    Object.fromEntries(Object.entries(good).slice(1)),
  ];
  for (const headers of refused)
    await assert.rejects(verifyWebhook(BODY, headers, shown(KEY), NOW), SignatureError);
  await assert.rejects(verifyWebhook(BODY.replace("live", "test"), good, shown(KEY), NOW), SignatureError);
  for (const late of [-301, 301]) {
    const then = new Date(NOW.getTime() + late * 1000);
    await assert.rejects(verifyWebhook(BODY, good, shown(KEY), then), WebhookStale);
  }
});

test("what is signed and no event is refused by name, and a bad secret is a mistake of the program", async () => {
  for (const body of [
    "",
    "[]",
    "{",
    '{"type":1}',
    BODY.replace("2027-03-14T", "soon"),
    BODY.replace('{"grant":"g"}', "[]"),
  ])
    await assert.rejects(verifyWebhook(body, signed(body), shown(KEY), NOW), FormatError);
  const long = `${BODY}${" ".repeat(65_536)}`;
  await assert.rejects(verifyWebhook(long, signed(long), shown(KEY), NOW), FormatError);
  for (const secret of ["", "whsec_", "whsec_AAAA", "whsec_*", shown(Buffer.alloc(65))])
    await assert.rejects(verifyWebhook(BODY, signed(), secret, NOW), InputError);
});
