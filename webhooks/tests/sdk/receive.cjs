// Deliveries through the receiver of the official TypeScript client. Reads {clientId, publicKey, deliveries: [{headers, body}]} from
// standard input and prints, for each, what the client thought of it: with the raw body, and with a body parsed before (older set-ups).
"use strict";
const { HighLevel } = require("@gohighlevel/api-client");

async function received(middleware, request) {
  await new Promise((done, failed) => Promise.resolve(middleware(request, {}, error => error ? failed(error) : done())).catch(failed));
  return { valid: request.isSignatureValid ?? null, skipped: request.skippedSignatureVerification ?? null };
}

async function main() {
  let text = "";
  for await (const piece of process.stdin) text += piece;
  const given = JSON.parse(text);
  process.env.CLIENT_ID = given.clientId;
  process.env.WEBHOOK_SIGNATURE_PUBLIC_KEY = given.publicKey;
  const client = new HighLevel({ clientId: given.clientId, clientSecret: "x", logLevel: "none" });
  const told = [];
  for (const { headers, body } of given.deliveries) {
    const lower = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
    const base = { method: "POST", url: "/hooks", headers: lower };
    const parsed = JSON.parse(body);
    told.push({
      type: parsed.type,
      raw: await received(client.webhooks.subscribe(), { ...base, body: parsed, rawBody: Buffer.from(body, "utf8") }),
      parsed: await received(client.webhooks.subscribe(), { ...base, body: parsed }),
      tampered: await received(client.webhooks.subscribe(), { ...base, body: { ...parsed, tampered: 1 } }),
      same: JSON.stringify(parsed) === body,
    });
  }
  process.stdout.write(JSON.stringify(told));
}

main().catch(error => { console.error(error); process.exit(1) });
