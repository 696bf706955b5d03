import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { MemoryFault, Refused } from "../src/client/errors.js";
import { FleetingMemory } from "../src/client/memory.js";
import { toBase64url, utf8 } from "../src/encoding.js";
import { FormatError, ProofError } from "../src/errors.js";
import { SigningKey } from "../src/keys.js";
import { offersFor } from "../src/offers/index.js";
import { Owner } from "../src/owner/owner.js";
import * as desk from "../src/partner/index.js";
import { DEMAND } from "../src/records/kinds.js";
import { writeTime } from "../src/records/shape.js";
import { sign } from "../src/records/signed.js";
import { ROOT } from "./files.js";
import type { RunningVault } from "./running-vault.js";
import { PYTHON, runVault, withoutPython } from "./running-vault.js";

const TERMS = {
  clusters: ["music.play/what"],
  purposes: ["dpv:ServicePersonalisation"],
  reason: "To suggest what to hear next.",
  price: 50_000,
  budget: 500_000,
  max_uses: 10,
  period_days: 0,
  period_uses: 0,
  paid_by_period: false,
  look_back_days: 400,
  future_items: false,
  duration_days: 90,
  retention_days: 30,
};
const PLAYS = {
  id: ["spotify:1"],
  name: ["Rain at Nine"],
  by: [["Alder Lane"]],
  end: ["2026-01-01T07:00:00Z"],
};

async function until<T>(look: () => Promise<T | null>): Promise<T> {
  for (const deadline = Date.now() + 20_000; ; ) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > deadline) throw new Error("it did not come");
    await new Promise((resume) => setTimeout(resume, 200));
  }
}

test("what a partner's console does", { skip: withoutPython }, async (place) => {
  const [memory, secrets] = [new FleetingMemory(), desk.newSecrets()];
  let vault: RunningVault;
  let partner: desk.Partner;
  before(async () => {
    vault = await runVault({ PLANETVAULT_MODE: "test", PLANETVAULT_ORIGIN: "test.vault.example" });
    partner = await desk.Partner.create("music.example", "Music Example", vault.url, memory, { secrets });
  });
  after(() => vault.stop());

  await place.test("test money comes, and an offer sets some of it aside until it is withdrawn", async () => {
    assert.equal(await desk.testTopUp(partner, 100_000_000), 100_000_000);
    await assert.rejects(desk.offer(partner, { ...TERMS, campaign: 200_000_000, pool: 0 }), (error) => {
      return error instanceof Refused && error.code === "insufficient-funds";
    });
    const published = await desk.offer(partner, { ...TERMS, campaign: 5_000_000, pool: 0 });
    assert.equal((await partner.balance()).funding, 95_000_000);
    const state = async () => (await desk.offers(partner)).find(({ hash }) => hash === published.hash);
    assert.deepEqual([(await state())?.state, (await state())?.left], ["open", 5_000_000]);
    await desk.withdraw(partner, published.hash);
    assert.equal((await state())?.state, "withdrawn");
    assert.equal((await partner.balance()).funding, 100_000_000);
  });

  const file = () => {
    const [sign, open] = [toBase64url(secrets.sign), [toBase64url(secrets.open)]];
    return desk.writeKeyFile({ partner: "music.example", name: "Music Example", sign, open });
  };

  await place.test(
    "a file of keys opens the partner elsewhere, with its asks and what they brought",
    async () => {
      const owner = await Owner.create(vault.url, new FleetingMemory());
      await owner.write("music.play", "2026-01", PLAYS);
      await partner.ask({ ...TERMS, owner: await owner.connect("music.example") });
      const [ask] = await owner.asks();
      assert.ok(ask !== undefined);
      await owner.grant(ask, owner.preview(ask));

      const elsewhere = await desk.adoptPartner(
        desk.readKeyFile(utf8(file())),
        vault.url,
        new FleetingMemory(),
      );
      const [grant] = await elsewhere.grants();
      assert.ok(grant !== undefined);
      const opened = await elsewhere.use(grant, await elsewhere.items(grant));
      assert.deepEqual(opened.items[0]?.columns["name"], ["Rain at Nine"]);
      assert.deepEqual(
        (await desk.asks(elsewhere)).map(({ state }) => state),
        ["granted"],
      );
      const receipts = (await partner.receipts(grant)).map(({ receipt }) => receipt);
      const invoice = desk.invoiceOf(opened.receipt.record.time.slice(0, 7), receipts, []);
      assert.deepEqual([invoice.total, invoice.fees, invoice.lines.length], [50_000, 5000, 1]);
      assert.match(desk.invoiceCsv(invoice), new RegExp(`,use,50000,${opened.receipt.hash}\r\n$`));

      await desk.dispute(partner, opened.receipt.hash, "It came empty.");
      const [disputed] = await desk.disputes(partner);
      assert.deepEqual([disputed?.receipt, disputed?.decision], [opened.receipt.hash, null]);
      await owner.revoke((await owner.grants())[0] ?? assert.fail());
      assert.deepEqual(await desk.demands(partner, await partner.grants()), []);

      const key = await owner.account.unlocked.identity.signingKeyFor("music.example");
      const [time, deadline] = [new Date(), new Date(Date.now() + 10 * 86_400_000)].map(writeTime);
      const said = { grant: grant.hash, uses: 1, deadline: deadline ?? "", time: time ?? "" };
      const { jws } = await sign(DEMAND, said, key);
      await owner.account.put("POST", "/v1/demands", { demand: jws });
      const demanded = async () => (await desk.demands(partner, await partner.grants()))[0] ?? assert.fail();
      assert.deepEqual([(await demanded()).jws, (await demanded()).state], [jws, "open"]);
      await desk.attest(partner, await demanded());
      assert.equal((await demanded()).state, "attested");
      const { uses, attested } = await desk.publicRecord(partner);
      assert.deepEqual([uses, attested], [1, 1]);
      await assert.rejects(desk.demands(partner, []), ProofError);
    },
  );

  await place.test("Python reads the file, and writes the very same", () => {
    const read = "print(KeyFile.read(sys.stdin.buffer.read()), end='')";
    const script = `import sys; from planetvault.partner.moving import KeyFile; ${read}`;
    const env = { ...process.env, PYTHONPATH: `${ROOT}sdk/python:${ROOT}` };
    const written = execFileSync(PYTHON, ["-c", script], { cwd: ROOT, env, input: file() }).toString();
    assert.equal(written, file());
  });

  await place.test(
    "an offer that one program made is known to the other when somebody answers it",
    async () => {
      const elsewhere = await desk.adoptPartner(
        desk.readKeyFile(utf8(file())),
        vault.url,
        new FleetingMemory(),
      );
      const published = await desk.offer(partner, { ...TERMS, campaign: 1_000_000, pool: 0 });
      const owner = await Owner.create(vault.url, new FleetingMemory());
      await owner.write("music.play", "2026-01", PLAYS);
      await owner.connect("music.example");
      const [found] = await offersFor(owner);
      assert.ok(found !== undefined);
      await owner.grant(found, owner.preview(found));
      const grant = (await elsewhere.grants()).find(({ record }) => record.ask === published.hash);
      assert.ok(grant !== undefined);
      assert.equal((await elsewhere.use(grant, await elsewhere.items(grant))).receipt.record.price, 50_000);
      assert.deepEqual(
        (await desk.offers(elsewhere)).map(({ left }) => left),
        [500_000],
      );
    },
  );

  await place.test("a file whose key was rotated away, or that is none, opens nothing", async () => {
    await partner.keys.rotate();
    await assert.rejects(
      desk.adoptPartner(desk.readKeyFile(utf8(file())), vault.url, new FleetingMemory()),
      ProofError,
    );
    await assert.rejects(desk.adoptPartner(desk.readKeyFile(utf8(file())), vault.url, memory), MemoryFault);
    for (const bad of ["", "{}", '{"v":1}', file().replace('"v": 1', '"v": 2')])
      assert.throws(() => desk.readKeyFile(utf8(bad)), FormatError);
  });

  await place.test("a holder has the signing keys, and the memory none of them", async () => {
    const held = new Map<string, SigningKey>();
    const holder: desk.KeyHolder = {
      hold: async (seed) => {
        const key = await SigningKey.fromSeed(seed);
        held.set(key.kid, key);
        return key;
      },
      find: async (kid) => held.get(kid) ?? null,
    };
    const kept = new FleetingMemory();
    await desk.Partner.create("shop.example", "The Shop", vault.url, kept, { holder });
    const shop = await desk.openPartner(vault.url, kept, { holder });
    await shop.keys.rotate(true);
    assert.equal((await shop.balance()).funding, 0);
    assert.deepEqual(await kept.under("own/sign/"), []);
    assert.deepEqual([held.size, (await kept.under("own/open/")).length], [2, 2]);
  });

  await place.test("an endpoint hears a ping, and hears it again when it is asked for", async () => {
    const heard: string[] = [];
    const receiver = createServer((request, answer) => {
      heard.push(String(request.headers["webhook-id"]));
      answer.end();
    });
    await new Promise<void>((ready) => receiver.listen(0, "127.0.0.1", ready));
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`;
    try {
      const endpoint = await desk.listen(partner, url, { kinds: ["webhook.ping"] });
      assert.match(endpoint.secret, /^whsec_/);
      const event = await desk.ping(partner, endpoint.id);
      const delivered = async () => {
        const found = (await desk.deliveries(partner, endpoint.id)).find((one) => one.event === event);
        return found?.state === "delivered" ? found : null;
      };
      assert.equal((await until(delivered)).status, 200);
      assert.equal(await desk.sendAgain(partner, endpoint.id, event), 1);
      await until(async () => (heard.length === 2 ? heard : null));
      assert.deepEqual(heard, [event, event]);
      const renewed = await desk.listen(partner, url, { kinds: ["webhook.ping"], newSecret: true });
      assert.deepEqual([renewed.id, renewed.generation], [endpoint.id, 2]);
      assert.notEqual(renewed.secret, endpoint.secret);
      await desk.stopListening(partner, endpoint);
      assert.deepEqual(await desk.endpoints(partner), []);
    } finally {
      receiver.close();
    }
  });

  await place.test("a domain is asked for its file, which names the key of today", async () => {
    assert.equal((await desk.domainProof(partner)).state, "unproved");
    assert.equal((await desk.askForProof(partner)).state, "unproved");
    const { kid } = await partner.keys.signing();
    assert.deepEqual(await desk.domainRecord(partner), [
      "_planetvault.music.example",
      `planetvault-key=${kid}`,
    ]);
    assert.equal(
      await desk.domainFile(partner),
      `# who speaks for music.example at a Planet Vault\n${kid}\n`,
    );
  });

  await place.test("the clock is pushed, and what is signed by it is taken", async () => {
    const clock = await desk.TestClock.of(partner.vault);
    await clock.push(partner, 86_400);
    assert.equal(clock.ahead, 86_400);
    const late = await desk.openPartner(vault.url, memory, { clock: clock.now });
    assert.equal((await late.balance()).currency, "USD");
    await assert.rejects(partner.balance(), Refused);
    assert.deepEqual(await desk.testOwners(late), []);
  });
});
