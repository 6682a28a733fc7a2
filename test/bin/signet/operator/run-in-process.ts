// Runs an operator's command in this process: terminal, clock and deployment belong to the test.
import { runOperator } from '../../../../bin/signet/operator/run-operator.ts';
import type { OpenTarget } from '../../../../bin/signet/operator/target.ts';
import type { OperatorAccess } from '../../../../lib/aws/deployment/operator-access.ts';
import { DependencyUnavailable } from '../../../../lib/relay/model/ports.ts';
import { createWorld } from '../../../support/relay/world.ts';
import { NOW_MS, runOn, type TerminalChoices } from '../fake-terminal.ts';

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The output of `--json`. */
  // biome-ignore lint/suspicious/noExplicitAny: the output is data of any shape, and the tests say which they expect
  readonly json: any;
}

export interface Choices extends TerminalChoices {
  readonly access?: OperatorAccess;
  readonly open?: OpenTarget;
}

export const DESCRIPTION = 'stage test, https://relay.example';

/** Runs `signet` with these words. Nobody can be asked, unless the choices say otherwise. */
export async function run(words: readonly string[], { access, open, ...terminal }: Choices = {}): Promise<Ran> {
  const openGiven = async () => ({ access: access ?? (await openWorld()), description: DESCRIPTION });
  const { code, out, err } = await runOn((fake) => runOperator(words, fake, open ?? openGiven), terminal);
  return { code, out, err, json: words.includes('--json') ? JSON.parse(out) : undefined };
}

/** Returns a relay in memory, as an operator reaches it. Nothing in it waits. */
export async function openWorld(): Promise<OperatorAccess> {
  const { ports } = await createWorld();
  const deployment = { stage: 'test', apiUrl: 'https://relay.example' };
  return { ...ports, deployment } as unknown as OperatorAccess;
}

/** Returns an access whose every call fails with this cause. */
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

/** Fails as a promise, and as a list that is read page by page. */
function failLater(cause: Error): object {
  const fail = () => Promise.reject(new DependencyUnavailable('DynamoDB', { cause }));
  const failing = fail();
  // A caller that iterates never looks at the promise.
  failing.catch(() => {});
  return Object.assign(failing, { [Symbol.asyncIterator]: () => ({ next: fail }) });
}
