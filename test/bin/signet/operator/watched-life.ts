// A relay in memory that partners, agents, strangers and operators use in every way. All its output is recorded.
import { hash } from 'node:crypto';
import { inspect } from 'node:util';
import { describeUnanswered } from '../../../../bin/signet/operator/describe-unanswered.ts';
import { SIGNET } from '../../../../bin/signet/operator/run-operator.ts';
import type { OperatorAccess } from '../../../../lib/aws/deployment/operator-access.ts';
import type { IncomingRequest } from '../../../../lib/relay/http/request-pipeline.ts';
import { secretOf } from '../../../../lib/relay/keys/resolve-key.ts';
import { describeFailure } from '../../../../lib/relay/model/describe-failure.ts';
import type { KeyRingKeeper } from '../../../../lib/relay/model/ports.ts';
import type { Endpoint, PartnerKey } from '../../../../lib/relay/model/records.ts';
import { parseLine } from '../../../../lib/terminal/parse-line.ts';
import type { TwoTenants } from '../../../relay/isolation/two-tenants.ts';
import { createFaultyProcess, type Fault } from '../../../support/faults/fault-port.ts';
import { createInMemoryKeyRings } from '../../../support/in-memory/key-rings.ts';
import { createLeakFinder, type KnownSecret, secretBytes, secretText } from '../../../support/leaks.ts';
import type { World } from '../../../support/relay/world.ts';
import { ed25519Pair } from '../../../support/signing/signing.ts';
import { run } from './run-in-process.ts';

export interface Output {
  readonly where: string;
  readonly text: string;
}

export type WatchedLife = ReturnType<typeof watchLife>;

type Ports = World['ports'];

/** Records all output of the world. Call it before anything happens there. */
export function watchLife({ world, victim, attacker }: TwoTenants) {
  const { ports, time } = world;
  const outputs = new Map<string, Output>();
  const known = new Map<string, KnownSecret>();
  const keep = (where: string, what: unknown) => {
    const text = show(what);
    outputs.set(`${where} ${text}`, { where, text });
  };
  const know = (secret: KnownSecret) => void known.set(`${secret.what} ${secret.texts} ${secret.bytes}`, secret);
  ports.outboundRing = createInMemoryKeyRings(JSON.stringify({ 1: hash('sha256', 'first master, outbound') }));
  let drawn = 0;
  ports.randomBytes = (count) => {
    drawn += 1;
    return hash('sha256', `draw ${drawn}`, 'buffer').subarray(0, count);
  };
  for (const { token } of [victim, attacker]) know(secretText('an enrolment token', token));
  for (const pair of [1, 2, 3] as const) know(secretBytes(`the private key of agent ${pair}`, seedOf(pair)));
  const raw = { ...ports };
  Object.assign(ports, watchPorts(raw, keep));

  /** Learns every secret that exists now. */
  async function learn(): Promise<void> {
    const [inbound, outbound] = [raw.inboundRing, raw.outboundRing];
    await learnMasters('inbound', inbound, know);
    await learnMasters('outbound', outbound, know);
    for (const name of raw.importedSecrets.names()) {
      const secret = await raw.importedSecrets.read(name);
      if (secret) know(secretText(`what was imported as ${name}`, secret.reveal()));
    }
    for (const { accountId } of await raw.directory.listAccounts()) {
      for (const key of await raw.keys.list(accountId)) await learnDerived(key, inbound, know);
      for (const endpoint of await raw.endpoints.list(accountId)) await learnDerived(endpoint, outbound, know);
    }
  }

  /** Returns the fault with a cause that quotes every secret: a failing service may print what it knows. */
  async function talkative(fault: Fault | undefined): Promise<Fault | undefined> {
    if (!fault) return undefined;
    await learn();
    const said = [...known.values()].flatMap(({ texts, bytes }) => [
      ...texts,
      ...bytes.map((one) => one.toString('hex')),
    ]);
    return { ...fault, cause: Object.assign(new Error(said.join(' ')), { code: 'ThrottlingException' }) };
  }

  const accessOn = (own: Ports) =>
    ({ ...own, backlog: NO_BACKLOG, deployment: DEPLOYMENT }) as unknown as OperatorAccess;
  const nowMs = () => time.nowMs;

  async function ask(request: IncomingRequest, fault?: Fault) {
    const whole = createFaultyProcess(ports, await talkative(fault));
    const answer = await Promise.race([world.askProcess(whole.ports)(request), whole.crashed]);
    keep(`the answer to ${request.method} ${request.path}`, answer);
    return answer ?? NO_ANSWER;
  }

  /** Runs a command. The one secret that it prints on purpose becomes known, and is not counted there. */
  async function signet(words: readonly string[], { fault, environment = {} }: Circumstances = {}): Promise<void> {
    const whole = createFaultyProcess(ports, await talkative(fault));
    const ran = run(words, { access: accessOn(whole.ports), environment, nowMs });
    const ended = await Promise.race([ran, whole.crashed]);
    const [shown = ''] = SHOWN.exec(ended?.out ?? '') ?? [];
    if (shown !== '') for (const secret of secretsIn(shown, words)) know(secret);
    keep(`what signet ${words.join(' ')} prints`, ended && [ended.out.replace(shown, ''), ended.err]);
    await learn();
  }

  /** Runs the operation of a command and records what it throws, before the command line describes it. */
  async function fail(words: readonly string[], { fault, environment = {} }: Circumstances): Promise<void> {
    const line = parseLine(SIGNET, words, { columns: 80, nowMs: nowMs() });
    if (line.kind === 'help' || !('changes' in line.command)) return;
    const { command } = line;
    const whole = createFaultyProcess(ports, fault);
    const terminal = { environment, nowMs, columns: 80 } as never;
    const call = {
      ...line,
      access: accessOn(whole.ports),
      terminal,
      progress: (text: string) => keep('progress', text),
    };
    await Promise.race([(async () => command.run(call))(), whole.crashed]).catch((error: Error) =>
      keepError(`what signet ${words.join(' ')} throws`, error, keep),
    );
    await learn();
  }

  return {
    ...{ world, victim, attacker, ask, signet, fail, learn, outputs: () => [...outputs.values()] },
    /** Returns each leak with its place. It is empty when no secret leaked. */
    leaks: () => findLeaks([...outputs.values(), { where: 'the log', text: show(world.events) }], [...known.values()]),
    countKnown: () => known.size,
  };
}

interface Circumstances {
  readonly fault?: Fault | undefined;
  readonly environment?: Readonly<Record<string, string>>;
}

const SHOWN = /\b(?:sk|whsec|set)_[A-Za-z0-9+/_=-]{20,}/;
const DEPLOYMENT = { stage: 'test', apiUrl: 'https://relay.example' };
const NO_ANSWER = { status: 0, headers: {}, text: '', json: undefined };
const NO_BACKLOG = {
  deliveries: async () => undefined,
  deadDeliveries: async () => undefined,
  deadEvents: async () => undefined,
};

/** Searches all output at once, and each output by itself only when that finds something. */
export function findLeaks(outputs: readonly Output[], secrets: readonly KnownSecret[]): readonly string[] {
  const find = createLeakFinder(secrets);
  if (find(outputs.map(({ text }) => text).join('\n')).length === 0) return [];
  const found = outputs.flatMap(({ where, text }) => find(text).map((what) => `${what}: in ${where}`));
  return [...new Set(found)];
}

/** Key rings receive masters by design. All other ports must receive no secret. */
const HOLDERS: ReadonlySet<string> = new Set(['inboundRing', 'outboundRing']);

function watchPorts(ports: Ports, keep: (where: string, what: unknown) => void): Partial<Ports> {
  const watch = <T extends object>(name: string, port: T): T =>
    new Proxy(port, {
      get(target, method) {
        const value: unknown = Reflect.get(target, method);
        if (typeof value !== 'function') return value;
        return (...given: unknown[]) => {
          keep(`${name}.${String(method)}`, given);
          return Reflect.apply(value, target, given);
        };
      },
    });
  const entries = Object.entries(ports).filter(([name, port]) => typeof port === 'object' && !HOLDERS.has(name));
  return Object.fromEntries(entries.map(([name, port]) => [name, watch(name, port as object)]));
}

/** Returns the value as text. Bytes appear as text and in hex. */
function show(what: unknown): string {
  if (typeof what === 'string' || what === undefined) return what ?? '';
  return JSON.stringify(what, function (this: Record<string, unknown>, name, value) {
    const original = this[name];
    return original instanceof Uint8Array ? `${Buffer.from(original)} ${Buffer.from(original).toString('hex')}` : value;
  });
}

function keepError(where: string, error: Error, keep: (where: string, what: unknown) => void): void {
  const shown = inspect(error, { depth: 12, showHidden: true, maxStringLength: null });
  keep(where, [shown, String(error), error.stack, describeFailure(error), describeUnanswered(error)]);
}

async function learnMasters(
  direction: string,
  ring: KeyRingKeeper,
  know: (secret: KnownSecret) => void,
): Promise<void> {
  for (const [number, master] of (await ring.readCurrent()).ring.masters)
    know(secretBytes(`master ${number} of the ${direction} ring`, master));
}

async function learnDerived(
  owner: PartnerKey | Endpoint,
  rings: KeyRingKeeper,
  know: (secret: KnownSecret) => void,
): Promise<void> {
  if (!('versions' in owner)) return;
  const { ring } = await rings.readCurrent();
  const name = 'endpointId' in owner ? owner.endpointId : owner.keyId;
  for (const version of owner.versions)
    if ('master' in version && ring.masters.has(version.master))
      know(secretText(`version ${version.version} of ${name}`, secretOf(owner, version, ring).reveal()));
}

function secretsIn(shown: string, words: readonly string[]): readonly KnownSecret[] {
  const what = `what signet ${words.slice(0, 2).join(' ')} showed`;
  if (!shown.startsWith('set_')) return [secretText(what, shown)];
  const { t } = JSON.parse(Buffer.from(shown.slice('set_'.length), 'base64url').toString());
  return [secretText(what, t), secretBytes(what, Buffer.from(t, 'base64url'))];
}

function seedOf(pair: 1 | 2 | 3): Buffer {
  return Buffer.from(ed25519Pair(pair).privateKey.export({ format: 'jwk' }).d ?? '', 'base64url');
}
