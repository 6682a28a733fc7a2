// A partner and its consumer in one program: it submits a job to `npm start`, waits for its result and verifies its delivery.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { RelayClient, verifyDelivery } from 'signet-relay/client';

const { baseUrl, demoSite, keys, ownWebhooks } = JSON.parse(readFileSync(String(process.argv[2]), 'utf8'));
const [{ keyId, profile, secret }] = keys;
const [endpoint] = ownWebhooks;
const relay = new RelayClient({ baseUrl, profile, keyId, secret });

const consumer = createServer(async (request, response) => {
  const body = Buffer.concat(await request.toArray());
  const event = verifyDelivery({ profile: endpoint.profile, secret: endpoint.secret, headers: request.headers, body });
  response.writeHead(204).end();
  if (event.data.job?.rowId !== 'scratch-1') return;
  console.log(`delivered: ${event.type} ${event.data.job.jobId}`);
  consumer.close();
});
consumer.listen(Number(new URL(endpoint.url).port), '127.0.0.1');

const submission = { idempotencyKey: 'scratch-1', trackingUrl: demoSite, source: 'scratch', rowId: 'scratch-1' };
const { job } = await relay.submit(submission);
const ended = await relay.waitForResult(job.jobId);
console.log(`ended: ${ended.state} ${ended.jobId}`);
