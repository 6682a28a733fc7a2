// Measures how long verification takes: our code, other libraries and the HMAC alone. `--smoke` only checks that it works.
import { availableParallelism } from 'node:os';
import { parseSignedRequest } from '../lib/protocol/signatures/parse-request.ts';
import { verifyRequest } from '../lib/protocol/signatures/verify-request.ts';
import { verifyWebhook } from '../lib/protocol/signatures/webhook.ts';
import { countCrypto } from './count-crypto.ts';
import { FLOOR, floorSubjects } from './floor-subjects.ts';
import { measure } from './measure.ts';
import { ourSubjects } from './our-subjects.ts';
import { peerSubjects } from './peer-subjects.ts';

const effort = process.argv.includes('--smoke') ? { warmUpRounds: 0, rounds: 1 } : { warmUpRounds: 20, rounds: 200 };

const ours = ourSubjects({ parseSignedRequest, verifyRequest, verifyWebhook });
const subjects = [...floorSubjects(), ...ours, ...peerSubjects()];

// This throws, and so the exit code is not 0, when a subject does not verify.
for (const subject of subjects) await subject.prove();
const counts = await countCrypto();
const timings = await measure(subjects, { ...effort, floor: FLOOR });

console.log(`Node ${process.version}, ${process.arch}, ${availableParallelism()} cores, ${effort.rounds} rounds\n`);
console.log('| subject | × floor | median ns | middle half of the rounds | node:crypto calls for each |');
console.log('|---|---:|---:|---:|---|');
for (const { name, medianNs, quartilesNs, timesFloor } of timings) {
  const [from, to] = quartilesNs.map(Math.round);
  const cells = [name, timesFloor.toFixed(2), Math.round(medianNs), `${from}–${to}`, counts.get(name) ?? ''];
  console.log(`| ${cells.join(' | ')} |`);
}
