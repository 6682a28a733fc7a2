// EventBridge schedules: they call a function at a fixed rate.
import { randomUUID } from 'node:crypto';
import { ACCOUNT_ID, arnOf, REGION } from '../base/identity.ts';
import { type Started, type Stoppable, stopTogether } from '../base/stoppable.ts';
import { type Assembly, type Resource, resourcesOfType } from '../template/assembly.ts';
import { type Bindings, resolveText, resolveValue } from '../template/intrinsic-functions.ts';

/** The template's rules, and what they call. */
export interface ScheduleOptions {
  readonly assembly: Assembly;
  readonly bindings: Bindings;
  readonly invoke: (functionName: string, event: unknown) => Promise<unknown>;
  /** Epoch milliseconds of the emulated machine's clock. The rate itself follows real time. */
  readonly now: () => number;
  /** Calls the callback repeatedly, with a period before each call, until it is stopped. */
  readonly every: (periodMs: number, call: () => void) => Stoppable;
  readonly started: Started;
}

interface Target {
  readonly Arn: string;
  readonly Input?: string;
}

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Starts the template's enabled rules. The first call comes after one period, as for a rule that was just deployed.
 * @throws Error for an expression other than `rate(…)`.
 */
export function startSchedules(options: ScheduleOptions): void {
  const running: Stoppable[] = [];
  options.started.add(stopTogether(running));
  for (const rule of resourcesOfType(options.assembly, 'AWS::Events::Rule')) {
    const { ScheduleExpression: expression, State: state } = rule.properties;
    if (expression !== undefined && state !== 'DISABLED') running.push(startRule(rule, options));
  }
}

/** Calls back after every period of real time, until it is stopped. */
export function callPeriodically(periodMs: number, call: () => void): Stoppable {
  const timer = setInterval(call, periodMs);
  return { stop: async () => clearInterval(timer) };
}

/**
 * Returns the milliseconds between two calls.
 * @throws Error for anything but `rate(n minutes|hours|days)`.
 */
export function parseRate(expression: string, place: string): number {
  const [, count, unit = ''] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const unitMs = UNIT_MS[unit];
  if (!unitMs || Number(count) < 1) {
    throw new Error(`${place} runs at ${expression}, but the laptop cloud supports only rate(…).`);
  }
  return Number(count) * unitMs;
}

function startRule(rule: Resource, { bindings, invoke, now, every }: ScheduleOptions): Stoppable {
  const { properties, path } = rule;
  const periodMs = parseRate(resolveText(properties['ScheduleExpression'], bindings, path), path);
  const targets = (resolveValue(properties['Targets'] ?? [], bindings, path) as Target[]).map((target) => ({
    functionName: functionNameIn(target.Arn, path),
    input: target.Input,
  }));
  return every(periodMs, () => {
    for (const { functionName, input } of targets) {
      const event = input === undefined ? scheduledEvent(bindings, rule, now()) : JSON.parse(input);
      // The function host logs a failure, and the next period comes anyway.
      invoke(functionName, event).catch(() => {});
    }
  });
}

function functionNameIn(arn: string, place: string): string {
  const name = /:function:([^:/]+)/.exec(arn)?.[1];
  if (name === undefined) throw new Error(`${place} has the target ${arn}, which is not a function.`);
  return name;
}

function scheduledEvent({ stackName }: Bindings, { logicalId }: Resource, nowMs: number): Record<string, unknown> {
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Scheduled Event',
    source: 'aws.events',
    account: ACCOUNT_ID,
    time: `${new Date(nowMs).toISOString().slice(0, 19)}Z`,
    region: REGION,
    resources: [arnOf('events', `rule/${stackName}-${logicalId}`)],
    detail: {},
  };
}
