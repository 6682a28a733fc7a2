// AWS's on-demand prices in us-east-1, and what the readings of the meter cost at them. Free tiers are left out.
import type { FunctionName } from '../../lib/aws/lambda/environment.ts';
import { FUNCTIONS } from '../../lib/infra/functions/functions.ts';
import type { MeterReading } from '../../lib/local/cloud/meter/meter.ts';

/** US dollars for a million. Sources: the price lists of Lambda (arm64), API Gateway (HTTP), SQS (standard), DynamoDB. */
export const DOLLARS_PER_MILLION = {
  apiRequests: 1,
  invocations: 0.2,
  gbSeconds: 13.3334,
  sqsRequests: 0.4,
  readUnits: 0.125,
  writeUnits: 0.625,
} as const;

/** What AWS bills for a relay. */
export type Bill = Readonly<Record<keyof typeof DOLLARS_PER_MILLION, number>>;

const sum = (counts: Readonly<Record<string, number>>) => Object.values(counts).reduce((total, one) => total + one, 0);

/**
 * Returns the GB-seconds of these invocations if each takes `seconds`. A measured time would say more about the machine
 * that runs the test than about the relay.
 */
export function gbSecondsAt(seconds: number, { calls }: Pick<MeterReading, 'calls'>): number {
  const memory = Object.entries(calls.lambda).map(([name, count]) => {
    return (count * FUNCTIONS[name as FunctionName].memoryMb) / 1024;
  });
  return memory.reduce((total, one) => total + one, 0) * seconds;
}

/** Returns the bill of a reading whose invocations take `seconds` each, `times` over. */
export function billOf(reading: MeterReading, { seconds, times }: { seconds: number; times: number }): Bill {
  const { calls, emptyReceives, readUnits, writeUnits } = reading;
  const bill: Bill = {
    apiRequests: sum(calls.apiGateway),
    invocations: sum(calls.lambda),
    gbSeconds: gbSecondsAt(seconds, reading),
    sqsRequests: sum(calls.sqs) + emptyReceives,
    readUnits,
    writeUnits,
  };
  const entries = Object.entries(bill).map(([what, count]) => [what, Math.round(count * times * 1e6) / 1e6]);
  return Object.fromEntries(entries) as Bill;
}

/** Returns what a count of this kind costs, in dollars. */
export function dollarsFor(what: keyof Bill, count: number): number {
  return (count * DOLLARS_PER_MILLION[what]) / 1e6;
}
