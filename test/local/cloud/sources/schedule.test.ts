// Rules that call functions at a rate.
import { expect, test } from 'vitest';
import { collectStarted } from '../../../../lib/local/cloud/base/stoppable.ts';
import { parseRate, startSchedules } from '../../../../lib/local/cloud/sources/schedule.ts';

const BINDINGS = {
  stackName: 'Fake',
  parameters: {},
  resources: new Map([
    ['sweep', { ref: 'sweep', attributes: { Arn: 'arn:aws:lambda:us-east-1:000000000000:function:sweep' } }],
  ]),
};

function start(rule: Readonly<Record<string, unknown>>) {
  const calls: unknown[] = [];
  const timers: { periodMs: number; call: () => void; isStopped: boolean }[] = [];
  const properties = { Targets: [{ Arn: { 'Fn::GetAtt': ['sweep', 'Arn'] }, Id: 'T' }], ...rule };
  const started = collectStarted();
  startSchedules({
    started,
    assembly: {
      folder: '',
      stackName: 'Fake',
      outputs: {},
      parameters: {},
      resources: [{ logicalId: 'Rule', type: 'AWS::Events::Rule', path: 'Fake/Rule', properties }],
    },
    bindings: BINDINGS,
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    invoke: async (functionName, event) => calls.push([functionName, event]),
    every: (periodMs, call) => {
      const timer = { periodMs, call, isStopped: false };
      timers.push(timer);
      return {
        stop: async () => {
          timer.isStopped = true;
        },
      };
    },
  });
  return { calls, timers, started };
}

test('calls the function once per period, with the event of a schedule', async () => {
  const { calls, timers, started } = start({ ScheduleExpression: 'rate(1 minute)' });
  expect(timers).toMatchObject([{ periodMs: 60_000 }]);
  expect(calls).toEqual([]);
  timers[0]?.call();
  expect(calls).toMatchObject([
    ['sweep', { source: 'aws.events', 'detail-type': 'Scheduled Event', time: '2026-01-02T03:04:05Z', detail: {} }],
  ]);
  await started.stop();
  expect(timers[0]?.isStopped).toBe(true);
});

test('calls with the target’s own input when it has one', () => {
  const Targets = [{ Arn: { 'Fn::GetAtt': ['sweep', 'Arn'] }, Id: 'T', Input: '{"deep":true}' }];
  const { calls, timers } = start({ ScheduleExpression: 'rate(2 hours)', Targets });
  timers[0]?.call();
  expect(calls).toEqual([['sweep', { deep: true }]]);
});

test('ignores a disabled rule', () => {
  expect(start({ ScheduleExpression: 'rate(1 minute)', State: 'DISABLED' }).timers).toEqual([]);
});

test.each([
  ['rate(1 minute)', 60_000],
  ['rate(5 minutes)', 300_000],
  ['rate(1 hour)', 3_600_000],
  ['rate(2 days)', 172_800_000],
])('reads %s', (expression, ms) => {
  expect(parseRate(expression, 'here')).toBe(ms);
});

test.each(['cron(0 12 * * ? *)', 'rate(0 minutes)', 'rate(1 second)', 'now'])(
  'refuses %s, and names the place',
  (expression) => {
    expect(() => parseRate(expression, 'here')).toThrow(/here runs at .*rate/);
  },
);
