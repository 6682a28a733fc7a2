// Runs an operator's command in this process: terminal, clock and deployment are the test's.
import type { OperatorTerminal } from '../../../../bin/signet/operator/operator-terminal.ts';
import { runOperator } from '../../../../bin/signet/operator/run-operator.ts';
import type { OpenTarget } from '../../../../bin/signet/operator/target.ts';
import type { OperatorAccess } from '../../../../lib/aws/deployment/operator-access.ts';
import { DependencyUnavailable } from '../../../../lib/relay/model/ports.ts';
import { createWorld } from '../../../support/relay/world.ts';
import { COLUMNS, NONCE, NOW_MS } from '../fake-terminal.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** What was printed with `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: answers are data of any shape, and the tests say which they expect
  readonly json: any;
}

export interface Choices extends Partial<OperatorTerminal> {
  readonly access?: OperatorAccess;
  readonly open?: OpenTarget;
}

export const DESCRIPTION = 'stage test, https://relay.example';

/** Nobody can be asked, unless the choices say so. */
export async function run(words: readonly string[], { access, open, ...terminal }: Choices = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const openGiven = async () => ({ access: access ?? (await openWorld()), description: DESCRIPTION });
  const ownTerminal: OperatorTerminal = {
    environment: {},
    columns: COLUMNS,
    nowMs: () => NOW_MS,
    nonce: () => NONCE,
    fetch,
    readStdin: async () => Buffer.alloc(0),
    isErrTerminal: false,
    onInterrupt: () => {},
    ...terminal,
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  };
  const code = await runOperator(words, ownTerminal, open ?? openGiven);
  return { code, out, err, json: words.includes('--json') ? JSON.parse(out) : undefined };
}

/** The relay in memory, as an operator reaches it. Nobody waits there. */
export async function openWorld(): Promise<OperatorAccess> {
  const { ports } = await createWorld();
  const deployment = { stage: 'test', apiUrl: 'https://relay.example' };
  return { ...ports, deployment } as unknown as OperatorAccess;
}

/** Whatever is asked of it, nobody answers. */
export function openNobody(
  cause: Error = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
): OperatorAccess {
  const port = new Proxy({}, { get: () => () => failLater(cause) });
  const known = {
    clock: () => NOW_MS,
    randomBytes: (count: number) => Buffer.alloc(count),
    deployment: { apiUrl: 'https://x' },
  };
  return new Proxy(known, { get: (own, name) => own[name as keyof typeof own] ?? port }) as unknown as OperatorAccess;
}

/** As a promise, and as a list that is read page by page. */
function failLater(cause: Error): object {
  const fail = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause }));
  const failing = fail();
  // Whoever iterates never looks at the promise.
  failing.catch(() => {});
  return Object.assign(failing, { [Symbol.asyncIterator]: () => ({ next: fail }) });
}
