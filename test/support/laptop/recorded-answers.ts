// Records every answer of a laptop cloud's API, and checks that the OpenAPI description contains each.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectDescribed } from '../relay/described-answers.ts';

const RECORDER = new URL('record-answers.mjs', import.meta.url).href;

/** Returns the file with the recorded answers of a data directory. */
export const answersFileIn = (dataDir: string) => join(dataDir, 'answers.jsonl');

/** Returns the environment in which a laptop cloud records its answers. */
export function recordingEnvironment(dataDir: string): NodeJS.ProcessEnv {
  const nodeOptions = [process.env['NODE_OPTIONS'], `--import=${RECORDER}`].join(' ').trim();
  return { ...process.env, NODE_OPTIONS: nodeOptions, SIGNET_TEST_ANSWERS: answersFileIn(dataDir) };
}

/** Checks all recorded answers. @throws Error for the first answer that is not described, or if no answer was recorded. */
export function expectAllDescribed(dataDir: string): void {
  const file = answersFileIn(dataDir);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  for (const { method, url, status, headers, text } of lines.map((line) => JSON.parse(line))) {
    if (isGatewaysOwn(status, text)) continue;
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expectDescribed({ method, path: new URL(url, 'http://127.0.0.1').pathname }, { status, headers: texts, text });
  }
  // The demo's job has at least one answer, so an empty recording means that the recorder did not work.
  if (lines.length === 0) throw new Error('The laptop cloud recorded no answer.');
}

/** Returns true for an answer of the gateway itself, which it sends if a function fails. Those are not described. */
function isGatewaysOwn(status: number, text: string): boolean {
  return status >= 500 && /^\{"message":"[^"]*"\}$/.test(text);
}
