// Runs the code of the wire document unchanged: Node modules, Python functions and shell scripts.
import { execFile, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { test } from 'vitest';
import type { ReceivedRequest } from '../../lib/protocol/http-message.ts';
import { ROOT } from './documents.ts';

/** How each runtime prints its version, and which versions are sufficient. */
const RUNTIMES = {
  python3: { argument: '-V', needed: /^Python 3\.(9|\d\d)/ },
  openssl: { argument: 'version', needed: /^OpenSSL [3-9]/ },
  curl: { argument: '-V', needed: /^curl / },
} as const;

type Runtime = keyof typeof RUNTIMES;

const missing = (runtimes: readonly Runtime[]) =>
  runtimes.filter((name) => {
    const { stdout } = spawnSync(name, [RUNTIMES[name].argument], { encoding: 'utf8' });
    return !RUNTIMES[name].needed.test(stdout ?? '');
  });

/** Declares a test that is skipped when a runtime is missing. The title and the console then say which one. */
export function testWith(runtimes: readonly Runtime[], name: string, run: () => Promise<void>): void {
  const absent = missing(runtimes);
  if (absent.length === 0) return void test(name, run);
  console.warn(`skipped, because this machine has no ${absent.join(' and no ')}: ${name}`);
  test.skip(`${name} (this machine has no ${absent.join(' and no ')})`, run);
}

/** Makes a folder outside the project in which the document's imports resolve, as in a project of the reader. */
export function makeScratch(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'signet-wire-'));
  symlinkSync(join(ROOT, 'node_modules'), join(path, 'node_modules'));
  return { path, remove: () => rmSync(path, { recursive: true }) };
}

/** Writes a module with this source into the folder and returns its exports. */
export function importModule(folder: string, name: string, source: string): Promise<Record<string, unknown>> {
  const file = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
  writeFileSync(file, source);
  return import(/* @vite-ignore */ pathToFileURL(file).href);
}

/** One call of a function that a Python source defines. A `Buffer` among the arguments becomes `bytes`. */
export interface PythonCall {
  readonly source: string;
  readonly call: string;
  readonly arguments: readonly unknown[];
}

export type PythonAnswer = { readonly value: unknown } | { readonly error: string };

const DRIVER = `
import json, sys
modules, answers = {}, []
def decode(value):
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) and set(value) == {"hex"} else value
for call in json.load(sys.stdin):
    try:
        if call["source"] not in modules:
            modules[call["source"]] = {}
            exec(call["source"], modules[call["source"]])
        value = modules[call["source"]][call["call"]](*map(decode, call["arguments"]))
        answers.append({"value": value if isinstance(value, (bool, str, dict)) else str(value)})
    except Exception as error:
        answers.append({"error": repr(error)})
json.dump(answers, sys.stdout)
`;

/** Makes all calls in one Python process, in order, and returns their answers. */
export async function runPython(calls: readonly PythonCall[]): Promise<PythonAnswer[]> {
  const python = spawn('python3', ['-c', DRIVER], { stdio: ['pipe', 'pipe', 'inherit'] });
  python.stdin.end(
    JSON.stringify(calls, (_, value) => (isBytes(value) ? { hex: Buffer.from(value.data).toString('hex') } : value)),
  );
  return JSON.parse(await text(python.stdout));
}

function isBytes(value: unknown): value is { data: number[] } {
  return typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer' && 'data' in value;
}

const run = promisify(execFile);

/** Runs a script with `sh` and returns what it prints. @throws Error when its exit code is not 0 */
export async function runShell(script: string, cwd: string, env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout } = await run('sh', ['-eu', '-c', script], { cwd, env: { PATH: process.env.PATH, ...env } });
  return stdout;
}

/** The body of the server's refusals. */
export const REFUSAL = '{"code":"signature_invalid"}';

/** Starts a server that records every request as the relay would see it. It answers 202, and refuses `/refused`. */
export async function recordRequests() {
  const requests: ReceivedRequest[] = [];
  const server = createServer(async (incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const { pathname: path, search } = new URL(url, 'http://any');
    const authority = headers.host?.toLowerCase() ?? '';
    const request = { method, path, query: search.slice(1), authority, gatewayAuthority: authority };
    requests.push({ ...request, headers: headers as Record<string, string>, body: await buffer(incoming) });
    if (path === '/refused') response.writeHead(401).end(REFUSAL);
    else response.writeHead(202).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    /** Returns the requests since the last call. */
    take: () => requests.splice(0),
    stop: () => new Promise((resolve) => server.close(resolve)),
  };
}
