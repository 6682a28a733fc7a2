// The poll loop without I/O: what it asks for after each event, and what it never does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { advancePoll, initialPollState } from '../../../agent/poll/poll-state.ts';
import type { PollEffect, PollEvent, PollState, PullPlan } from '../../../agent/poll/poll-types.ts';
import type { RelayFailure } from '../../../lib/api/relay-answer.ts';
import type { Lease, LeasedJob, PullResponse } from '../../../lib/protocol/messages.ts';
import { leasedJob } from '../../support/agent/fake-relay.ts';

const T0 = Date.parse('2026-11-22T06:00:00Z');

function answer(more: Partial<PullResponse> = {}, atMs = T0): PullResponse {
  const lists = { accepted: [], rejected: [], renewed: [], jobs: [] };
  return { ...lists, nextPollSeconds: 5, pace: 'p', serverTime: new Date(atMs).toISOString(), ...more };
}

function job(number: number, leaseMs = 120_000, fence = 1): LeasedJob {
  const { lease, job: view } = leasedJob(number, 'https://a.example/');
  return { lease: { ...lease, fence, leaseUntil: new Date(T0 + leaseMs).toISOString() }, job: view };
}

/** Drives the machine and remembers the last pull, as the shell does. */
class Driver {
  state: PollState = initialPollState(4);
  effects: readonly PollEffect[] = [];
  nowMs = T0;
  plan: PullPlan | undefined;

  send(
    event: { [K in PollEvent['kind']]: Omit<Extract<PollEvent, { kind: K }>, 'nowMs'> }[PollEvent['kind']],
    afterMs = 0,
  ) {
    this.nowMs += afterMs;
    const step = advancePoll(this.state, { ...event, nowMs: this.nowMs } as PollEvent);
    this.state = step.state;
    this.effects = step.effects;
    for (const effect of step.effects) if (effect.kind === 'pull') this.plan = effect.plan;
    return this;
  }

  start(resumed: readonly LeasedJob[] = [], spooled = 0) {
    return this.send({ kind: 'started', resumed, spooled });
  }

  pulled(
    response: Partial<PullResponse> = {},
    more: { removed?: number; spooled?: number; random?: number; afterMs?: number } = {},
  ) {
    const { removed = 0, spooled = 0, random = 0, afterMs = 0 } = more;
    const plan = this.plan as PullPlan;
    return this.send(
      { kind: 'pulled', plan, response: answer(response, this.nowMs + afterMs), removed, spooled, random },
      afterMs,
    );
  }

  failed(failure: Partial<RelayFailure> = {}, { sentResults = 0, random = 0.5 } = {}) {
    const whole = { kind: 'retry', code: 'x', detail: '', ...failure } as RelayFailure;
    return this.send({ kind: 'pull_failed', plan: this.plan as PullPlan, failure: whole, sentResults, random });
  }

  due(afterMs: number) {
    return this.send({ kind: 'due' }, afterMs);
  }

  finish({ lease: { jobId, fence } }: LeasedJob) {
    return this.send({ kind: 'work_finished', jobId, fence });
  }

  get kinds() {
    return this.effects.map(({ kind }) => kind);
  }

  get wait() {
    return this.effects.flatMap((effect) => (effect.kind === 'wait' ? [effect.ms] : []))[0];
  }
}

describe('asking for work', () => {
  test('begins at once with a long poll for all slots', () => {
    const driver = new Driver().start();
    expect(driver.effects).toMatchObject([{ kind: 'pull', plan: { want: 4, waitSeconds: 8, renew: [], release: [] } }]);
  });

  test('obeys the relay’s pace and adds at most a tenth', () => {
    expect(new Driver().start().pulled({ nextPollSeconds: 30 }, { random: 0 }).wait).toBe(30_000);
    expect(new Driver().start().pulled({ nextPollSeconds: 30 }, { random: 0.999 }).wait).toBeCloseTo(32_997);
  });

  test('happens no earlier than told, then at once', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 30 });
    expect(driver.due(29_999).kinds).toEqual(['wait']);
    expect(driver.due(1).kinds).toEqual(['pull']);
  });

  test('echoes the pace unread', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, pace: 'opaque.7', jobs: [job(0)] });
    expect(driver.plan).toMatchObject({ pace: 'opaque.7' });
  });

  test('goes on at once while work flows, without a long poll, for the slots that are free', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0), job(1)] });
    expect(driver.kinds).toEqual(['work', 'work', 'pull']);
    expect(driver.plan).toMatchObject({ want: 2, waitSeconds: 0 });
  });

  test('stops while every slot is taken', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [0, 1, 2, 3].map((n) => job(n)) });
    expect(driver.kinds).toEqual(['work', 'work', 'work', 'work', 'wait']);
    expect(driver.wait).toBe(60_000);
  });

  test.each([0, -5])('is never hammered: a pace of %d without work means a second', (nextPollSeconds) => {
    expect(new Driver().start().pulled({ nextPollSeconds }).wait).toBe(1_000);
  });

  test('after a long poll that took its time goes on at once', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0 }, { afterMs: 8_000 });
    expect(driver.kinds).toEqual(['pull']);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e12])('a pace of %d means an hour', (nextPollSeconds) => {
    expect(new Driver().start().pulled({ nextPollSeconds }).wait).toBe(3_600_000);
  });
});

describe('reporting', () => {
  test('a finished job is reported at once, without asking for more before its time', () => {
    const first = job(0);
    const driver = new Driver()
      .start()
      .pulled({ nextPollSeconds: 30, jobs: [first] })
      .finish(first);
    expect(driver.effects).toMatchObject([{ kind: 'pull', plan: { want: 0, waitSeconds: 0 } }]);
  });

  test('a job finished during a pull is reported by the next one', () => {
    const first = job(0);
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [first] });
    expect(driver.finish(first).kinds).toEqual([]);
    expect(driver.pulled({ nextPollSeconds: 30 }).kinds).toEqual(['pull']);
  });

  test('results left in the spool by an earlier run go with the first pull', () => {
    expect(new Driver().start([], 3).plan).toMatchObject({ want: 4, waitSeconds: 0 });
  });

  test('more results than one pull carries follow at once', () => {
    const driver = new Driver().start([], 25).pulled({ nextPollSeconds: 30 }, { removed: 10, spooled: 15 });
    expect(driver.kinds).toEqual(['pull']);
  });

  test('results that the relay says nothing about wait for the next paced pull', () => {
    const driver = new Driver().start([], 1).pulled({ nextPollSeconds: 30 }, { removed: 0, spooled: 1 });
    expect(driver.wait).toBe(30_000);
  });
});

describe('leases', () => {
  test('are renewed at half of their time, by the relay’s own clock', () => {
    const driver = new Driver().start();
    driver.nowMs += 3_600_000; // this machine is an hour ahead
    driver.pulled({
      nextPollSeconds: 600,
      jobs: [{ ...job(0), lease: { ...job(0).lease, leaseUntil: new Date(driver.nowMs + 120_000).toISOString() } }],
    });
    expect(driver.wait).toBe(60_000);
    expect(driver.due(60_000).plan).toMatchObject({ want: 0, renew: [{ jobId: job(0).lease.jobId }] });
  });

  test('once renewed are kept under their new end', () => {
    const driver = new Driver()
      .start()
      .pulled({ nextPollSeconds: 600, jobs: [job(0)] })
      .due(60_000);
    const renewed: Lease = { ...job(0, 180_000).lease, receipt: 'new' };
    driver.pulled({ nextPollSeconds: 600, renewed: [renewed] });
    expect(driver.effects).toMatchObject([
      { kind: 'extend', lease: renewed, leaseMs: 120_000 },
      { kind: 'wait', ms: 60_000 },
    ]);
  });

  test('that do not come back renewed are given up with their work', () => {
    const driver = new Driver()
      .start()
      .pulled({ nextPollSeconds: 600, jobs: [job(0)] })
      .due(60_000)
      .pulled({ nextPollSeconds: 600 });
    expect(driver.effects).toMatchObject([
      { kind: 'abandon', why: 'lease_lost' },
      { kind: 'wait', ms: 600_000 },
    ]);
  });

  test('that nobody asked to renew are kept', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0)] });
    expect(driver.pulled({ nextPollSeconds: 600 }).state.work).toHaveLength(1);
  });

  test('of an earlier run are renewed by the first pull', () => {
    expect(new Driver().start([job(0)]).plan).toMatchObject({ want: 3, renew: [job(0).lease] });
  });

  test('over before they came do not make the agent hammer the relay', () => {
    expect(new Driver().start().pulled({ nextPollSeconds: 600, jobs: [job(0, -1)] }).wait).toBe(5_000);
  });

  test('of a job in hand that comes again replace the old one', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0)] });
    driver.pulled({ nextPollSeconds: 600, jobs: [job(0, 120_000, 2)] });
    expect(driver.effects).toMatchObject([
      { kind: 'abandon', why: 'superseded', lease: { fence: 1 } },
      { kind: 'work', lease: { fence: 2 } },
      { kind: 'wait' },
    ]);
    expect(driver.finish(job(0)).state.work).toHaveLength(1);
    expect(driver.finish(job(0, 0, 2)).state.work).toHaveLength(0);
  });
});

describe('after a failure', () => {
  test('the agent backs off with full jitter, up to a minute', () => {
    const driver = new Driver().start();
    const waits = Array.from({ length: 8 }, () => {
      driver.failed({}, { random: 0.5 });
      const { wait = 0 } = driver;
      driver.due(wait);
      return wait;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('a time that the relay named is taken without jitter', () => {
    expect(new Driver().start().failed({ kind: 'retry', afterMs: 7_000 }, { random: 0.9 }).wait).toBe(7_000);
  });

  test('a refusal is repeated at the slowest pace', () => {
    expect(new Driver().start().failed({ kind: 'refused' }).wait).toBe(60_000);
  });

  test('a refusal, as of an account that is being deleted, drops neither a result nor work in hand', () => {
    const driver = new Driver().start([job(0)], 3);
    driver.failed({ kind: 'refused', code: 'account_suspended' }, { sentResults: 3 });
    expect(driver.kinds).toEqual(['wait']);
    expect(driver.state).toMatchObject({ hasNews: true, work: [{ lease: job(0).lease }] });
    expect(driver.due(60_000).kinds).toEqual(['pull']);
  });

  test('even news wait', () => {
    const driver = new Driver()
      .start()
      .pulled({ nextPollSeconds: 0, jobs: [job(0)] })
      .failed({ afterMs: 9_000 });
    expect(driver.finish(job(0)).wait).toBe(9_000);
  });

  test('an answer ends the back-off', () => {
    const driver = new Driver().start().failed().due(60_000).pulled({ nextPollSeconds: 3 });
    expect(driver.wait).toBe(3_000);
    expect(driver.state.failures).toBe(0);
  });

  test('a refused body is halved down to the one result at fault, which is set aside', () => {
    const driver = new Driver().start([], 20);
    const limits = [10, 5, 2, 1].map((sentResults) => {
      driver.failed({ kind: 'body_refused' }, { sentResults });
      return driver.plan?.resultLimit;
    });
    expect(limits).toEqual([5, 2, 1, 1]);
    expect(driver.kinds).toEqual(['set_aside', 'pull']);
    expect(driver.pulled({}, { removed: 1, spooled: 5 }).plan?.resultLimit).toBe(10);
  });

  test('a refused body without results is not the results’ fault', () => {
    expect(new Driver().start().failed({ kind: 'body_refused' }).wait).toBe(60_000);
  });
});

describe('a pull whose answer was lost', () => {
  const lose = (driver: Driver, more = {}) => driver.failed({ code: 'relay_unreachable', ...more }, { random: 0 });

  test('goes again as it was, however often the answer is lost, up to five times in all; then anew', () => {
    const driver = new Driver().start();
    const { plan } = driver;
    const agains = [1, 2, 3, 4, 5].map(() => {
      const [effect] = lose(driver).effects;
      return effect?.kind === 'pull' && effect.again && effect.plan === plan;
    });
    expect(agains).toEqual([true, true, true, true, false]);
    expect(driver.kinds).toEqual(['pull']);
  });

  test.each(['http_500', 'http_504', 'dependency_unavailable', 'internal_error'])(
    'is one that was answered with %s',
    (code) => {
      expect(lose(new Driver().start(), { code }).effects).toMatchObject([{ kind: 'pull', again: true }]);
    },
  );

  test.each(['nonce_replayed', 'signature_invalid', 'validation_failed', 'http_429', 'http_404'])(
    'is not one that was answered with %s',
    (code) => {
      expect(lose(new Driver().start(), { code }).effects).toMatchObject([{ kind: 'pull', again: false }]);
    },
  );

  test('goes anew when it wanted no jobs: nothing in it can be lost', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 30, jobs: [job(0)] });
    driver.finish(job(0)).failed({ code: 'relay_unreachable' }, { random: 0, sentResults: 1 });
    expect(driver.effects).toMatchObject([{ kind: 'pull', again: false }]);
  });

  test('is over with its answer: what was finished meanwhile goes with the next', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0)] });
    driver.failed({ code: 'relay_unreachable' }, { random: 0.5 });
    expect(driver.finish(job(0)).kinds).toEqual(['wait']);
    expect(driver.due(1_000).effects).toMatchObject([{ kind: 'pull', again: true }]);
    driver.pulled({ nextPollSeconds: 30, jobs: [job(1)] });
    expect(driver.effects).toMatchObject([{ kind: 'work' }, { kind: 'pull', again: false, plan: { want: 0 } }]);
  });

  test('is not sent again by an agent that stops', () => {
    const driver = new Driver().start([], 1);
    driver.failed({ code: 'relay_unreachable' }, { random: 0.5, sentResults: 1 });
    driver.send({ kind: 'stop_requested', graceMs: 10_000 }).due(1_000);
    expect(driver.effects).toMatchObject([{ kind: 'pull', again: false, plan: { want: 0 } }, { kind: 'wait' }]);
  });
});

describe('stopping', () => {
  const stop = (driver: Driver, graceMs = 10_000) => driver.send({ kind: 'stop_requested', graceMs });

  test('an idle agent between polls ends at once', () => {
    expect(stop(new Driver().start().pulled({ nextPollSeconds: 60 })).kinds).toEqual(['exit']);
  });

  test('a pull under way is waited for, and what it brings is given back', () => {
    const driver = stop(new Driver().start());
    expect(driver.kinds).toEqual(['wait']);
    driver.pulled({ nextPollSeconds: 0, jobs: [job(0)] });
    expect(driver.effects).toMatchObject([
      { kind: 'pull', plan: { want: 0, release: [job(0).lease] } },
      { kind: 'wait' },
    ]);
    expect(driver.pulled().kinds).toEqual(['exit']);
  });

  test('what is in hand is finished and reported first', () => {
    const driver = stop(new Driver().start().pulled({ nextPollSeconds: 60, jobs: [job(0)] }));
    expect(driver.kinds).toEqual(['wait']);
    expect(driver.finish(job(0)).plan).toMatchObject({ want: 0 });
    expect(driver.pulled({}, { removed: 1 }).kinds).toEqual(['exit']);
  });

  test('what is not finished within the grace is given back', () => {
    const driver = stop(new Driver().start().pulled({ nextPollSeconds: 60, jobs: [job(0)] }));
    expect(driver.due(10_000).effects).toMatchObject([
      { kind: 'abandon', why: 'released' },
      { kind: 'pull', plan: { release: [job(0).lease] } },
    ]);
    expect(driver.pulled().kinds).toEqual(['exit']);
  });

  test('a pull still open at the end of the grace is cut, then the work is given back', () => {
    const driver = stop(new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0)] }));
    expect(driver.due(10_000).kinds).toEqual(['abandon', 'cut_pull']);
    expect(driver.failed().plan).toMatchObject({ release: [job(0).lease] });
    expect(driver.failed().kinds).toEqual(['exit']);
  });

  test('a second stop shortens the grace', () => {
    const driver = stop(new Driver().start().pulled({ nextPollSeconds: 60, jobs: [job(0)] }));
    expect(stop(driver, 0).kinds).toEqual(['abandon', 'pull']);
  });

  test('a relay that does not answer cannot keep the agent from ending', () => {
    const driver = stop(new Driver().start().failed());
    expect(driver.kinds).toEqual(['exit']);
  });
});

describe('whatever happens', () => {
  const numbers = fc.integer({ min: 0, max: 5 });
  const steps = fc.oneof(
    fc.record({
      do: fc.constant('answer' as const),
      jobs: fc.uniqueArray(numbers, { maxLength: 4 }),
      seconds: fc.integer({ min: 0, max: 60 }),
      renew: fc.boolean(),
    }),
    fc.record({
      do: fc.constant('fail' as const),
      kind: fc.constantFrom('retry', 'refused', 'body_refused'),
      code: fc.constantFrom('x', 'relay_unreachable'),
      results: numbers,
    }),
    fc.record({ do: fc.constant('finish' as const), number: numbers }),
    fc.record({ do: fc.constant('due' as const), ms: fc.integer({ min: 0, max: 100_000 }) }),
  );
  type Step = typeof steps extends fc.Arbitrary<infer S> ? S : never;

  function apply(driver: Driver, step: Step) {
    if (step.do === 'due') driver.due(step.ms);
    else if (step.do === 'finish') driver.finish(job(step.number));
    else if (!driver.state.pulling) return;
    else if (step.do === 'fail')
      driver.failed({ kind: step.kind as 'retry', code: step.code }, { sentResults: step.results });
    else
      driver.pulled({
        jobs: step.jobs.map((n) => job(n)),
        nextPollSeconds: step.seconds,
        renewed: step.renew ? (driver.plan?.renew ?? []) : [],
      });
  }

  test('one pull at a time, work is asked for only when due, and no wait is negative', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 40 }), (script) => {
        const driver = new Driver().start();
        for (const step of script) {
          const before = driver.state;
          apply(driver, step);
          const pulls = driver.effects.filter(({ kind }) => kind === 'pull');
          expect(pulls.length).toBeLessThanOrEqual(
            before.pulling && driver.effects.length > 0 && step.do === 'due' ? 0 : 1,
          );
          if (pulls.length > 0 && (driver.plan?.want ?? 0) > 0)
            expect(driver.nowMs).toBeGreaterThanOrEqual(driver.state.askAtMs);
          if (pulls.length > 0) expect(driver.nowMs).toBeGreaterThanOrEqual(driver.state.contactAtMs);
          expect(driver.wait ?? 0).toBeGreaterThanOrEqual(0);
          expect(driver.state.work.length).toBeLessThanOrEqual(8);
        }
      }),
    );
  });

  test('a stop ends within the grace and one more pull, whatever came before', () => {
    fc.assert(
      fc.property(fc.array(steps, { maxLength: 20 }), fc.array(steps, { maxLength: 5 }), (before, after) => {
        const driver = new Driver().start();
        for (const step of before) apply(driver, step);
        driver.send({ kind: 'stop_requested', graceMs: 10_000 });
        for (const step of after) apply(driver, step);
        for (let n = 0; n < 8 && driver.state.stage !== 'stopped'; n += 1) {
          driver.due(10_000);
          if (driver.state.pulling) driver.failed();
        }
        expect(driver.state.stage).toBe('stopped');
      }),
    );
  });
});
