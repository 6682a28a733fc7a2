// The poll loop without I/O: its effects after each event, and what it never does.
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

/** Drives the state machine and remembers the last pull, as the shell does. */
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
  test('starts at once, for all slots', () => {
    const driver = new Driver().start();
    expect(driver.effects).toMatchObject([{ kind: 'pull', plan: { want: 4, renew: [], release: [] } }]);
  });

  test('waits as long as the relay says, plus at most a tenth', () => {
    expect(new Driver().start().pulled({ nextPollSeconds: 30 }, { random: 0 }).wait).toBe(30_000);
    expect(new Driver().start().pulled({ nextPollSeconds: 30 }, { random: 0.999 }).wait).toBeCloseTo(32_997);
  });

  test('happens no earlier than the relay says, and then at once', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 30 });
    expect(driver.due(29_999).kinds).toEqual(['wait']);
    expect(driver.due(1).kinds).toEqual(['pull']);
  });

  test('echoes the pace without reading it', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, pace: 'opaque.7', jobs: [job(0)] });
    expect(driver.plan).toMatchObject({ pace: 'opaque.7' });
  });

  test('continues at once while jobs come, for the free slots', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0), job(1)] });
    expect(driver.kinds).toEqual(['work', 'work', 'pull']);
    expect(driver.plan).toMatchObject({ want: 2 });
  });

  test('stops while every slot is in use', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [0, 1, 2, 3].map((n) => job(n)) });
    expect(driver.kinds).toEqual(['work', 'work', 'work', 'work', 'wait']);
    expect(driver.wait).toBe(60_000);
  });

  test.each([0, -5])(
    'waits a second after a pace of %d without a job, so that the relay is not overloaded',
    (nextPollSeconds) => {
      expect(new Driver().start().pulled({ nextPollSeconds }).wait).toBe(1_000);
    },
  );

  test('continues at once after a poll that took longer than that', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0 }, { afterMs: 8_000 });
    expect(driver.kinds).toEqual(['pull']);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e12])('waits an hour for a pace of %d', (nextPollSeconds) => {
    expect(new Driver().start().pulled({ nextPollSeconds }).wait).toBe(3_600_000);
  });
});

describe('reporting', () => {
  test('happens at once for a finished job, without asking for more before its time', () => {
    const first = job(0);
    const driver = new Driver()
      .start()
      .pulled({ nextPollSeconds: 30, jobs: [first] })
      .finish(first);
    expect(driver.effects).toMatchObject([{ kind: 'pull', plan: { want: 0 } }]);
  });

  test('happens in the next pull for a job that finished during a pull', () => {
    const first = job(0);
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [first] });
    expect(driver.finish(first).kinds).toEqual([]);
    expect(driver.pulled({ nextPollSeconds: 30 }).kinds).toEqual(['pull']);
  });

  test('happens in the first pull for results of an earlier run', () => {
    expect(new Driver().start([], 3).plan).toMatchObject({ want: 4 });
  });

  test('continues at once with the results that did not fit into one pull', () => {
    const driver = new Driver().start([], 25).pulled({ nextPollSeconds: 30 }, { removed: 10, spooled: 15 });
    expect(driver.kinds).toEqual(['pull']);
  });

  test('repeats results without an answer in the next paced pull', () => {
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

  test('are kept under their new end once renewed', () => {
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

  test('are abandoned with their jobs when they are not renewed', () => {
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

  test('are kept when no renewal was requested', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0)] });
    expect(driver.pulled({ nextPollSeconds: 600 }).state.work).toHaveLength(1);
  });

  test('are renewed by the first pull when they come from an earlier run', () => {
    expect(new Driver().start([job(0)]).plan).toMatchObject({ want: 3, renew: [job(0).lease] });
  });

  test('do not make the agent overload the relay when they have already expired', () => {
    expect(new Driver().start().pulled({ nextPollSeconds: 600, jobs: [job(0, -1)] }).wait).toBe(5_000);
  });

  test('replace the old lease when a job in progress comes again', () => {
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
  test('backs off with full jitter, up to a minute', () => {
    const driver = new Driver().start();
    const waits = Array.from({ length: 8 }, () => {
      driver.failed({}, { random: 0.5 });
      const { wait = 0 } = driver;
      driver.due(wait);
      return wait;
    });
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('uses a time that the relay named without jitter', () => {
    expect(new Driver().start().failed({ kind: 'retry', afterMs: 7_000 }, { random: 0.9 }).wait).toBe(7_000);
  });

  test('repeats a refused request at the slowest pace', () => {
    expect(new Driver().start().failed({ kind: 'refused' }).wait).toBe(60_000);
  });

  test('keeps results and jobs in progress after a refusal, such as of an account that is being deleted', () => {
    const driver = new Driver().start([job(0)], 3);
    driver.failed({ kind: 'refused', code: 'account_suspended' }, { sentResults: 3 });
    expect(driver.kinds).toEqual(['wait']);
    expect(driver.state).toMatchObject({ hasNewResults: true, work: [{ lease: job(0).lease }] });
    expect(driver.due(60_000).kinds).toEqual(['pull']);
  });

  test('delays even new results', () => {
    const driver = new Driver()
      .start()
      .pulled({ nextPollSeconds: 0, jobs: [job(0)] })
      .failed({ afterMs: 9_000 });
    expect(driver.finish(job(0)).wait).toBe(9_000);
  });

  test('ends the back-off with an answer', () => {
    const driver = new Driver().start().failed().due(60_000).pulled({ nextPollSeconds: 3 });
    expect(driver.wait).toBe(3_000);
    expect(driver.state.failures).toBe(0);
  });

  test('halves a refused body down to the one invalid result, which is discarded', () => {
    const driver = new Driver().start([], 20);
    const limits = [10, 5, 2, 1].map((sentResults) => {
      driver.failed({ kind: 'body_refused' }, { sentResults });
      return driver.plan?.resultLimit;
    });
    expect(limits).toEqual([5, 2, 1, 1]);
    expect(driver.kinds).toEqual(['discard_result', 'pull']);
    expect(driver.pulled({}, { removed: 1, spooled: 5 }).plan?.resultLimit).toBe(10);
  });

  test('backs off as usual after a refused body without results', () => {
    expect(new Driver().start().failed({ kind: 'body_refused' }).wait).toBe(60_000);
  });
});

describe('a pull whose answer was lost', () => {
  const lose = (driver: Driver, more = {}) => driver.failed({ code: 'relay_unreachable', ...more }, { random: 0 });

  test('is repeated unchanged after each lost answer, up to five times in all, and then replaced by a new one', () => {
    const driver = new Driver().start();
    const { plan } = driver;
    const agains = [1, 2, 3, 4, 5].map(() => {
      const [effect] = lose(driver).effects;
      return effect?.kind === 'pull' && effect.again && effect.plan === plan;
    });
    expect(agains).toEqual([true, true, true, true, false]);
    expect(driver.kinds).toEqual(['pull']);
  });

  test.each(['http_500', 'http_504', 'dependency_unavailable', 'internal_error'])('is repeated after %s', (code) => {
    expect(lose(new Driver().start(), { code }).effects).toMatchObject([{ kind: 'pull', again: true }]);
  });

  test.each(['nonce_replayed', 'signature_invalid', 'validation_failed', 'http_429', 'http_404'])(
    'is not repeated after %s',
    (code) => {
      expect(lose(new Driver().start(), { code }).effects).toMatchObject([{ kind: 'pull', again: false }]);
    },
  );

  test('is not repeated when it asked for no jobs, because it can lose nothing', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 30, jobs: [job(0)] });
    driver.finish(job(0)).failed({ code: 'relay_unreachable' }, { random: 0, sentResults: 1 });
    expect(driver.effects).toMatchObject([{ kind: 'pull', again: false }]);
  });

  test('is over with its answer, and results since then go with the next pull', () => {
    const driver = new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0)] });
    driver.failed({ code: 'relay_unreachable' }, { random: 0.5 });
    expect(driver.finish(job(0)).kinds).toEqual(['wait']);
    expect(driver.due(1_000).effects).toMatchObject([{ kind: 'pull', again: true }]);
    driver.pulled({ nextPollSeconds: 30, jobs: [job(1)] });
    expect(driver.effects).toMatchObject([{ kind: 'work' }, { kind: 'pull', again: false, plan: { want: 0 } }]);
  });

  test('is not repeated by a stopping agent', () => {
    const driver = new Driver().start([], 1);
    driver.failed({ code: 'relay_unreachable' }, { random: 0.5, sentResults: 1 });
    driver.send({ kind: 'stop_requested', graceMs: 10_000 }).due(1_000);
    expect(driver.effects).toMatchObject([{ kind: 'pull', again: false, plan: { want: 0 } }, { kind: 'wait' }]);
  });
});

describe('stopping', () => {
  const stop = (driver: Driver, graceMs = 10_000) => driver.send({ kind: 'stop_requested', graceMs });

  test('ends an idle agent between polls at once', () => {
    expect(stop(new Driver().start().pulled({ nextPollSeconds: 60 })).kinds).toEqual(['exit']);
  });

  test('waits for an open pull, and releases the jobs that it brings', () => {
    const driver = stop(new Driver().start());
    expect(driver.kinds).toEqual(['wait']);
    driver.pulled({ nextPollSeconds: 0, jobs: [job(0)] });
    expect(driver.effects).toMatchObject([
      { kind: 'pull', plan: { want: 0, release: [job(0).lease] } },
      { kind: 'wait' },
    ]);
    expect(driver.pulled().kinds).toEqual(['exit']);
  });

  test('finishes and reports jobs in progress first', () => {
    const driver = stop(new Driver().start().pulled({ nextPollSeconds: 60, jobs: [job(0)] }));
    expect(driver.kinds).toEqual(['wait']);
    expect(driver.finish(job(0)).plan).toMatchObject({ want: 0 });
    expect(driver.pulled({}, { removed: 1 }).kinds).toEqual(['exit']);
  });

  test('releases jobs that do not finish within the grace period', () => {
    const driver = stop(new Driver().start().pulled({ nextPollSeconds: 60, jobs: [job(0)] }));
    expect(driver.due(10_000).effects).toMatchObject([
      { kind: 'abandon', why: 'released' },
      { kind: 'pull', plan: { release: [job(0).lease] } },
    ]);
    expect(driver.pulled().kinds).toEqual(['exit']);
  });

  test('aborts a pull that is open at the end of the grace period, and then releases the jobs', () => {
    const driver = stop(new Driver().start().pulled({ nextPollSeconds: 0, jobs: [job(0)] }));
    expect(driver.due(10_000).kinds).toEqual(['abandon', 'abort_pull']);
    expect(driver.failed().plan).toMatchObject({ release: [job(0).lease] });
    expect(driver.failed().kinds).toEqual(['exit']);
  });

  test('ends sooner after a second stop with a shorter grace period', () => {
    const driver = stop(new Driver().start().pulled({ nextPollSeconds: 60, jobs: [job(0)] }));
    expect(stop(driver, 0).kinds).toEqual(['abandon', 'pull']);
  });

  test('ends even when the relay does not answer', () => {
    const driver = stop(new Driver().start().failed());
    expect(driver.kinds).toEqual(['exit']);
  });
});

describe('any sequence of events', () => {
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

  test('has one pull at a time, asks for jobs only when they are due, and never waits a negative time', () => {
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

  test('ends after a stop within the grace period and one more pull', () => {
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
