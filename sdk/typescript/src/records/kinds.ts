/**
 * The kinds of records, field by field in the order of their pages (docs/spec), and the type byte of those that are
 * logged. Every record also has the field `v`, which is 1, before these.
 */

import * as shape from "./shape.js";

export interface Kind<F extends shape.Fields> {
  readonly noun: string;
  /** Type byte of its entry in the log; null if it is not logged. */
  readonly type: number | null;
  readonly fields: F;
}

/** What a record of a kind says. */
export type RecordOf<K> = K extends Kind<infer F> ? shape.Read<F> : never;

function kind<F extends shape.Fields>(noun: string, type: number | null, fields: F): Kind<F> {
  return { noun, type, fields };
}

const signedAt = { time: shape.time, salt: shape.salt };

export const PARTNER = kind("partner", 0x01, {
  partner: shape.domain,
  name: shape.text80,
  sign_key: shape.publicKey,
  sealing_key: shape.sealingKey,
  seq: shape.ordinal,
  prev: shape.hashOrNull,
  ...signedAt,
});
export type Partner = RecordOf<typeof PARTNER>;

export const PAIRING = kind("pairing", null, {
  account: shape.id,
  partner: shape.domain,
  owner_key: shape.publicKey,
  ...signedAt,
});
export type Pairing = RecordOf<typeof PAIRING>;

export const ASK = kind("ask", null, {
  vault: shape.origin,
  id: shape.id,
  partner: shape.domain,
  owner: shape.hash,
  counter: shape.hashOrNull,
  clusters: shape.clusters,
  purposes: shape.purposes,
  reason: shape.text500,
  price: shape.micros,
  budget: shape.micros,
  currency: shape.currency,
  max_uses: shape.ordinal,
  period_days: shape.days,
  period_uses: shape.count,
  paid_by_period: shape.boolean,
  look_back_days: shape.days,
  future_items: shape.boolean,
  duration_days: shape.days,
  retention_days: shape.days,
  expires: shape.time,
  ...signedAt,
});
export type Ask = RecordOf<typeof ASK>;

export const GRANT = kind("grant", 0x02, {
  vault: shape.origin,
  id: shape.id,
  version: shape.ordinal,
  prev: shape.hashOrNull,
  ask: shape.hashOrNull,
  owner_key: shape.publicKey,
  partner: shape.domain,
  partner_key: shape.hash,
  sealing_key: shape.hash,
  clusters: shape.clusters,
  purposes: shape.purposes,
  price: shape.micros,
  fee: shape.basisPoints,
  budget: shape.micros,
  currency: shape.currency,
  max_uses: shape.ordinal,
  period_days: shape.days,
  period_uses: shape.count,
  paid_by_period: shape.boolean,
  look_back_days: shape.days,
  future_items: shape.boolean,
  not_before: shape.time,
  expires: shape.time,
  retention_days: shape.days,
  text: shape.hash,
  language: shape.language,
  key_commitment: shape.hash,
  holders: shape.holders,
  ...signedAt,
});
export type Grant = RecordOf<typeof GRANT>;

export const DENIAL = kind("denial", null, { ask: shape.hash, owner_key: shape.publicKey, ...signedAt });
export type Denial = RecordOf<typeof DENIAL>;

export const REVOCATION = kind("revocation", 0x03, {
  grant: shape.hash,
  erase: shape.boolean,
  uses: shape.count,
  ...signedAt,
});
export type Revocation = RecordOf<typeof REVOCATION>;

export const OFFER = kind("offer", null, {
  vault: shape.origin,
  id: shape.id,
  partner: shape.domain,
  clusters: shape.clusters,
  purposes: shape.purposes,
  reason: shape.text500,
  price: shape.micros,
  budget: shape.micros,
  campaign: shape.micros,
  pool: shape.micros,
  currency: shape.currency,
  max_uses: shape.ordinal,
  period_days: shape.days,
  period_uses: shape.count,
  paid_by_period: shape.boolean,
  look_back_days: shape.days,
  future_items: shape.boolean,
  duration_days: shape.days,
  retention_days: shape.days,
  expires: shape.time,
  ...signedAt,
});
export type Offer = RecordOf<typeof OFFER>;

export const WITHDRAWAL = kind("withdrawal", null, { offer: shape.hash, ...signedAt });
export type Withdrawal = RecordOf<typeof WITHDRAWAL>;

export const COUNTER = kind("counter", null, {
  vault: shape.origin,
  ask: shape.hash,
  owner_key: shape.publicKey,
  partner: shape.domain,
  clusters: shape.clusters,
  purposes: shape.purposes,
  price: shape.micros,
  budget: shape.micros,
  currency: shape.currency,
  max_uses: shape.ordinal,
  period_days: shape.days,
  period_uses: shape.count,
  paid_by_period: shape.boolean,
  look_back_days: shape.days,
  future_items: shape.boolean,
  duration_days: shape.days,
  retention_days: shape.days,
  expires: shape.time,
  ...signedAt,
});
export type Counter = RecordOf<typeof COUNTER>;

export const USE = kind("use", null, {
  vault: shape.origin,
  grant: shape.hash,
  purpose: shape.purpose,
  items: shape.items,
  last: shape.hashOrNull,
  ...signedAt,
});
export type Use = RecordOf<typeof USE>;

export const RECEIPT = kind("receipt", 0x04, {
  vault: shape.origin,
  grant: shape.hash,
  use: shape.hashOrNull,
  revocation: shape.hashOrNull,
  partner: shape.domain,
  purpose: shape.orNull(shape.purpose),
  opened: shape.openedItems,
  price: shape.micros,
  fee: shape.micros,
  currency: shape.currency,
  seq: shape.ordinal,
  prev: shape.hashOrNull,
  owner_link: shape.hash,
  ...signedAt,
});
export type Receipt = RecordOf<typeof RECEIPT>;

export const STATEMENT = kind("statement", 0x05, {
  vault: shape.origin,
  account: shape.id,
  log_size: shape.count,
  receipts: shape.count,
  head: shape.hashOrNull,
  pending: shape.micros,
  payable: shape.micros,
  leaving: shape.micros,
  paid: shape.micros,
  currency: shape.currency,
  ...signedAt,
});
export type Statement = RecordOf<typeof STATEMENT>;

export const DIVISION = kind("division", 0x12, {
  vault: shape.origin,
  offer: shape.hash,
  pot: shape.micros,
  currency: shape.currency,
  points: shape.count,
  grants: shape.count,
  root: shape.hash,
  ...signedAt,
});
export type Division = RecordOf<typeof DIVISION>;

export const DEMAND = kind("demand", null, {
  grant: shape.hash,
  uses: shape.ordinal,
  deadline: shape.time,
  ...signedAt,
});
export type Demand = RecordOf<typeof DEMAND>;

export const ATTESTATION = kind("attestation", null, {
  demand: shape.hash,
  partner: shape.domain,
  uses: shape.ordinal,
  ...signedAt,
});
export type Attestation = RecordOf<typeof ATTESTATION>;

export const REPORT = kind("report", null, {
  receipt: shape.hash,
  partner: shape.domain,
  purpose: shape.purpose,
  recipient: shape.orNull(shape.domain),
  text: shape.text500,
  ...signedAt,
});
export type Report = RecordOf<typeof REPORT>;

export const ERASURE = kind("erasure", 0x06, {
  vault: shape.origin,
  account: shape.id,
  chain: shape.hash,
  manifests: shape.count,
  journal: shape.hashOrNull,
  receipts: shape.count,
  head: shape.hashOrNull,
  ...signedAt,
});
export type Erasure = RecordOf<typeof ERASURE>;

export const DELETION = kind("deletion", 0x13, {
  vault: shape.origin,
  account: shape.id,
  collection: shape.orNull(shape.id),
  since: shape.count,
  manifests: shape.count,
  journal: shape.hashOrNull,
  ...signedAt,
});
export type Deletion = RecordOf<typeof DELETION>;

export const EVIDENCE = kind("evidence", 0x07, {
  log: shape.origin,
  partner: shape.domain,
  digest: shape.hash,
  label: shape.text80,
  ...signedAt,
});
export type Evidence = RecordOf<typeof EVIDENCE>;

export const MEMBERSHIP = kind("membership", 0x08, {
  log: shape.origin,
  partner: shape.domain,
  admitted: shape.boolean,
  ...signedAt,
});
export type Membership = RecordOf<typeof MEMBERSHIP>;

/** The head of an evidence log, as the vault signs it for its own log. */
export const LOG_HEAD = kind("head", 0x09, {
  key: shape.text500,
  size: shape.ordinal,
  root: shape.hash,
  ...signedAt,
});
export type LogHead = RecordOf<typeof LOG_HEAD>;

export const ACCOUNT = kind("account", null, {
  account: shape.id,
  seq: shape.ordinal,
  prev: shape.hashOrNull,
  action: shape.accountAction,
  kind: shape.lockerKind,
  sign_key: shape.publicKey,
  sealing_key: shape.sealingKey,
  generation: shape.count,
  root_commitment: shape.hash,
  journal: shape.hashOrNull,
  ...signedAt,
});
export type Account = RecordOf<typeof ACCOUNT>;

export const LOGIN = kind("login", null, {
  vault: shape.origin,
  account: shape.id,
  nonce: shape.hash,
  expires: shape.time,
  salt: shape.salt,
});
export type Login = RecordOf<typeof LOGIN>;

export const MANIFEST = kind("manifest", null, {
  account: shape.id,
  seq: shape.ordinal,
  prev: shape.hashOrNull,
  chain: shape.hash,
  collection: shape.id,
  item: shape.id,
  version: shape.ordinal,
  key: shape.hash,
  fields: shape.fields,
  ...signedAt,
});
export type Manifest = RecordOf<typeof MANIFEST>;

export const ARRIVAL = kind("arrival", null, {
  vault: shape.origin,
  origin: shape.origin,
  account: shape.id,
  chain: shape.hash,
  manifests: shape.count,
  journal: shape.hashOrNull,
  ...signedAt,
});
export type Arrival = RecordOf<typeof ARRIVAL>;

export const OPENING = kind("opening", null, { vault: shape.origin, account: shape.id, ...signedAt });
export type Opening = RecordOf<typeof OPENING>;

export const VETO = kind("veto", null, { account: shape.id, opening: shape.hash, ...signedAt });
export type Veto = RecordOf<typeof VETO>;

export const ANCHOR = kind("anchor", null, {
  log: shape.origin,
  size: shape.ordinal,
  root: shape.hash,
  chain_id: shape.ordinal,
  chain: shape.text80,
  development: shape.boolean,
  contract: shape.address,
  transaction: shape.hash,
  block: shape.count,
  block_hash: shape.hash,
  finality: shape.finality,
  ...signedAt,
});
export type Anchor = RecordOf<typeof ANCHOR>;

export const CLAIM = kind("claim", null, {
  vault: shape.origin,
  account: shape.id,
  way: shape.payoutWay,
  amount: shape.ordinal,
  currency: shape.currency,
  destination: shape.text80,
  ...signedAt,
});
export type Claim = RecordOf<typeof CLAIM>;

export const PAYOUT = kind("payout", 0x10, {
  vault: shape.origin,
  claim: shape.hash,
  outcome: shape.payoutOutcome,
  amount: shape.ordinal,
  currency: shape.currency,
  reference: shape.text80,
  ...signedAt,
});
export type Payout = RecordOf<typeof PAYOUT>;

export const REWARD = kind("reward", null, {
  vault: shape.origin,
  id: shape.id,
  partner: shape.domain,
  kind: shape.rewardKind,
  title: shape.text80,
  details: shape.text500,
  price: shape.ordinal,
  currency: shape.currency,
  stock: shape.ordinal,
  days: shape.days,
  expires: shape.time,
  ...signedAt,
});
export type Reward = RecordOf<typeof REWARD>;

export const REDEMPTION = kind("redemption", null, {
  vault: shape.origin,
  reward: shape.hash,
  owner_key: shape.publicKey,
  sealing_key: shape.sealingKey,
  price: shape.ordinal,
  currency: shape.currency,
  ...signedAt,
});
export type Redemption = RecordOf<typeof REDEMPTION>;

export const FULFILMENT = kind("fulfilment", null, {
  vault: shape.origin,
  redemption: shape.hash,
  code: shape.hashOrNull,
  ...signedAt,
});
export type Fulfilment = RecordOf<typeof FULFILMENT>;

export const DISPUTE = kind("dispute", null, {
  vault: shape.origin,
  receipt: shape.hash,
  reason: shape.text500,
  ...signedAt,
});
export type Dispute = RecordOf<typeof DISPUTE>;

export const DECISION = kind("decision", 0x11, {
  vault: shape.origin,
  dispute: shape.hash,
  receipt: shape.hash,
  share: shape.micros,
  fee: shape.micros,
  currency: shape.currency,
  reason: shape.text500,
  ...signedAt,
});
export type Decision = RecordOf<typeof DECISION>;

export const KINDS = [
  PARTNER,
  PAIRING,
  ASK,
  GRANT,
  DENIAL,
  REVOCATION,
  OFFER,
  WITHDRAWAL,
  COUNTER,
  USE,
  RECEIPT,
  STATEMENT,
  DIVISION,
  DEMAND,
  ATTESTATION,
  REPORT,
  ERASURE,
  DELETION,
  EVIDENCE,
  MEMBERSHIP,
  LOG_HEAD,
  ACCOUNT,
  LOGIN,
  MANIFEST,
  ARRIVAL,
  OPENING,
  VETO,
  ANCHOR,
  CLAIM,
  PAYOUT,
  REWARD,
  REDEMPTION,
  FULFILMENT,
  DISPUTE,
  DECISION,
] as const;
