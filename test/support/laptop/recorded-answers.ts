// What a laptop cloud answered in its life, to partners, agents and strangers: all of it is described.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expectDescribed } from '../relay/described-answers.ts';

const RECORDER = new URL('record-answers.mjs', import.meta.url).href;

export const answersFileIn = (dataDir: string) => join(dataDir, 'answers.jsonl');

/** The environment in which a laptop cloud writes its answers down. */
export function recordingEnvironment(dataDir: string): NodeJS.ProcessEnv {
  const nodeOptions = [process.env['NODE_OPTIONS'], `--import=${RECORDER}`].join(' ').trim();
  return { ...process.env, NODE_OPTIONS: nodeOptions, SIGNET_TEST_ANSWERS: answersFileIn(dataDir) };
}

/** @throws Error for the first that the description of the API does not have, and where there is none at all. */
export function expectAllDescribed(dataDir: string): void {
  const file = answersFileIn(dataDir);
  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  for (const { method, url, status, headers, text } of lines.map((line) => JSON.parse(line))) {
    if (isGatewaysOwn(status, text)) continue;
    const texts = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    expectDescribed({ method, path: new URL(url, 'http://127.0.0.1').pathname }, { status, headers: texts, text });
  }
  // The demo's own job was answered, so none means that nothing was written down.
  if (lines.length === 0) throw new Error('The laptop cloud wrote no answer down.');
}

/** What the gateway says itself when a function could not answer: not ours to describe. */
function isGatewaysOwn(status: number, text: string): boolean {
  return status >= 500 && /^\{"message":"[^"]*"\}$/.test(text);
}
