// No secret leaks into an answer, a row, a message, a log line, an error or a printed line, whatever is asked or fails.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../../../bin/signet/operator/commands/all-commands.ts';
import { SIGNET } from '../../../../bin/signet/operator/run-operator.ts';
import { DependencyUnavailable } from '../../../../lib/relay/model/ports.ts';
import { parseLine } from '../../../../lib/terminal/parse-line.ts';
import type { TwoTenants } from '../../../relay/isolation/two-tenants.ts';
import { play, tourOf } from '../../../relay/isolation/two-tenants-play.ts';
import type { Fault } from '../../../support/faults/fault-port.ts';
import { NOW } from '../../../support/relay/samples.ts';
import { draftOf, signByHand } from '../../../support/signing/hand-signing.ts';
import { MISTAKES } from '../../../support/signing/mistakes.ts';
import { makePartnerOf, PARTNER_WAYS, submission } from '../../../support/signing/partner-ways.ts';
import { temporaryFile } from '../temporary-file.ts';
import { type WatchedLife, watchLife } from './watched-life.ts';
import { itsEnd, type Line, PUBLIC_KEY_PEM, wholeLife } from './whole-life.ts';

/** Every route in all its variants, called by its owner, by a thief and by a stranger. */
const TOUR = tourOf([
  { who: 'victim', isTheft: false },
  { who: 'attacker', isTheft: true },
  { who: 'nobody', isTheft: false },
]);

/** The fault of each request or command, by its position. */
type Faults = readonly (Fault | undefined)[];

interface Script {
  readonly faults: Faults;
  /** Whether a command prints text, prints JSON, or is watched from inside. */
  readonly manners: readonly ('text' | '--json' | 'inside')[];
}

const pick = <T>(all: readonly T[], index: number): T | undefined => all[index % Math.max(1, all.length)];

async function live({ faults, manners }: Script, spoil?: (two: TwoTenants) => void): Promise<WatchedLife> {
  let place = 0;
  const nextFault = () => pick(faults, place++);
  let life: WatchedLife | undefined;
  const two = await play(TOUR, {
    prepare(created) {
      spoil?.(created);
      const watched = watchLife(created);
      life = watched;
      created.world.ask = (request) => watched.ask(request, nextFault());
    },
  });
  if (!life) throw new Error('Nobody watches.');
  const names = {
    account: two.victim.account.accountId,
    agent: two.victim.agent?.key.keyId ?? 'agt_none',
    job: two.victim.jobIds.at(-1) ?? '',
    publicKeyFile: temporaryFile(PUBLIC_KEY_PEM, { name: 'public.pem' }),
    url: 'https://hooks.example.org/links',
  };
  for (const [index, line] of wholeLife(names).entries()) await command(life, line, pick(manners, index), nextFault());
  await askInEveryWay(life);
  await two.runBackground(60).catch(() => {});
  for (const [index, line] of itsEnd(names).entries()) await command(life, line, pick(manners, index), nextFault());
  return life;
}

function command(life: WatchedLife, { words, brings }: Line, manner = 'text', fault?: Fault): Promise<void> {
  const environment = brings === undefined ? {} : { SIGNET_SECRET: brings };
  if (manner === 'inside' && fault) return life.fail(words, { fault, environment });
  return life.signet(manner === '--json' ? [...words, manner] : words, { fault, environment });
}

/** Sends, with each kind of key, a right request, the same bytes again, and every mistake. */
async function askInEveryWay({ world, ask, learn }: WatchedLife): Promise<void> {
  for (const way of PARTNER_WAYS) {
    const partner = await makePartnerOf(world, way);
    await learn();
    const request = world.signed(submission(), partner);
    for (const one of [request, request]) await ask(one);
    const nowMs = world.time.nowMs - (world.time.nowMs % 1000);
    const right = draftOf(way, { keyId: partner.key.keyId, credential: partner.secret, nowMs });
    for (const mistake of MISTAKES[way.name] ?? [])
      await ask(signByHand(way, { ...right, ...mistake.makes(right, way) }));
  }
}

const ALL_WELL: Script = { faults: [], manners: ['text', '--json'] };

const faults = fc.record<Fault>({
  call: fc.integer({ min: 1, max: 12 }),
  moment: fc.constantFrom('before', 'after'),
  kind: fc.constantFrom('failure', 'failure', 'failure', 'crash'),
});

const scripts = fc.record<Script>({
  faults: fc.array(fc.option(faults, { nil: undefined }), { minLength: 3, maxLength: 17 }),
  manners: fc.array(fc.constantFrom('text', '--json', 'inside'), { minLength: 1, maxLength: 7 }),
});

describe('a life of the relay', () => {
  it('runs every command of an operator', () => {
    const names = { account: 'a', agent: 'b', job: 'c', publicKeyFile: 'd', url: 'e' };
    const lines = [...wholeLife(names), ...itsEnd(names)].map(({ words }) =>
      parseLine(SIGNET, words, { columns: 80, nowMs: NOW }),
    );
    const run = new Set(lines.map((line) => line.kind === 'run' && line.command.name));
    expect(COMMANDS.map(({ name }) => name).filter((name) => !run.has(name))).toEqual([]);
  });

  it('has many secrets, and leaks none when nothing fails', async () => {
    const life = await live(ALL_WELL);
    expect(life.leaks()).toEqual([]);
    expect(life.countKnown()).toBeGreaterThanOrEqual(30);
    const places = new Set(life.outputs().map(({ where }) => where));
    expect([...places]).toEqual(
      expect.arrayContaining([
        'queues.send',
        'deliveries.sendMany',
        'jobs.create',
        'sender.post',
        'keys.change',
        'log.record',
      ]),
    );
    const printed = life
      .outputs()
      .filter(({ where }) => where.startsWith('what signet'))
      .map(({ text }) => text);
    expect(printed.filter((text) => text.includes('secret_in_use'))).toHaveLength(1);
    expect(printed.filter((text) => text.includes('rotation_in_overlap'))).toHaveLength(1);
  });

  it('leaks none when a call fails or the process dies, even if the failing service quotes every secret', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, async (script) => {
        expect((await live(script)).leaks()).toEqual([]);
      }),
      { numRuns: 3 },
    );
  });
});

type Ports = TwoTenants['world']['ports'];

/** Defects that leak a secret, and how the search reports each. */
const DEFECTS: Readonly<Record<string, { readonly leak: (two: TwoTenants) => void; readonly report: RegExp }>> = {
  'a log line with half a secret': {
    report: /^version 1 of link-peeler-kanarienvogel: in the log$/,
    leak: ({ world, victim }) => {
      const secret = String(victim.partners[0].secret);
      world.events.push({ event: 'pointer.dropped', accountId: '', why: secret.slice(0, 26) });
    },
  },
  'a row with a master in hex': {
    report: /^master 1 of the inbound ring: in registry\.putGrant$/,
    leak: ({ world: { ports } }) => leakOnRead(ports, (hex) => ports.registry.putGrant({ accountId: hex } as never)),
  },
  'a queue message with a master in base64': {
    report: /^master 1 of the inbound ring: in deliveries\.send$/,
    leak: ({ world: { ports } }) =>
      leakOnRead(ports, (hex) =>
        ports.deliveries.send({ body: Buffer.from(hex, 'hex').toString('base64') } as never, 0),
      ),
  },
  'an answer with a token': {
    report: /^an enrolment token: in the answer to GET \/healthz$/,
    leak: ({ world, victim: { token } }) => {
      const { askProcess } = world;
      world.askProcess = (own) => async (request) => {
        const answer = await askProcess(own)(request);
        return request.path === '/healthz' ? { ...answer, headers: { 'x-token': token } } : answer;
      };
    },
  },
  'an error whose cause quotes what was to be kept': {
    report: /^what was imported as .*: in what signet key import .* throws$/,
    leak: ({ world: { ports } }) => {
      const { create } = ports.importedSecrets;
      ports.importedSecrets.create = async (place, secret, digest) => {
        await create(place, secret, digest);
        throw new DependencyUnavailable('Secrets Manager', { cause: new Error(`no ${secret.reveal()}`) });
      };
    },
  },
};

/** Makes each read of the accounts leak the first master in hex. */
function leakOnRead(ports: Ports, leak: (hex: string) => Promise<void>): void {
  const { listAccounts } = ports.directory;
  ports.directory.listAccounts = async () => {
    const { ring } = await ports.inboundRing.readCurrent();
    await leak(ring.masters.get(1)?.toString('hex') ?? '');
    return listAccounts();
  };
}

it('finds a leak at every kind of place', async () => {
  const life = await live({ faults: [NEVER], manners: ['text', 'inside'] }, (two) => {
    for (const { leak } of Object.values(DEFECTS)) leak(two);
  });
  const leaks = life.leaks();
  for (const [what, { report }] of Object.entries(DEFECTS))
    expect({ what, found: leaks.some((leak) => report.test(leak)) }).toEqual({ what, found: true });
});

/** A fault after the last call. */
const NEVER: Fault = { call: 10_000, moment: 'before', kind: 'failure' };
