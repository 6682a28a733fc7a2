// A Link Peeler user's existing code: plain Node with its own signing, and nothing of ours.
// Only the endpoint, the key and the secret were replaced.
import { createHmac, randomUUID } from 'node:crypto';

const ENDPOINT = process.env.LINK_PEELER_ENDPOINT;
const KEY = process.env.LINK_PEELER_KEY;
const SECRET = process.env.LINK_PEELER_SECRET;

export async function peel(idempotencyKey, trackingUrl, source, rowId) {
  const body = JSON.stringify({ idempotencyKey, trackingUrl, source, rowId });
  const timestamp = Math.floor(Date.now() / 1000).toString();
  const nonce = randomUUID();
  const signature = createHmac('sha256', SECRET).update(`${timestamp}.${nonce}.${body}`).digest('hex');
  const response = await fetch(`${ENDPOINT}/api/links/fetch`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'X-Link-Peeler-Key': KEY,
      'X-Link-Peeler-Timestamp': timestamp,
      'X-Link-Peeler-Nonce': nonce,
      'X-Link-Peeler-Signature': signature,
    },
    body,
  });
  if (!response.ok) throw new Error(await response.text());
  return response.json();
}

const [idempotencyKey, trackingUrl] = process.argv.slice(2);
console.log(JSON.stringify(await peel(idempotencyKey, trackingUrl, 'crm', 'row-17')));
