// What a platform team may say about its relay, and what happens when it says nothing.
import { RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { FunctionName } from '../aws/lambda/environment.ts';
import type { LogLevel } from './functions/functions.ts';
import type { CustomDomain } from './http-gateway.ts';
import { isProduction, parseStage } from './stage.ts';

export interface SignetRelayProps {
  /** Which of several relays in one account and region this is: 1–12 lower-case letters or digits. Job queues are named after it. */
  readonly stage: string;

  /**
   * What happens to the table, the queues and the logs when the stack goes. The key rings stay in any case.
   * @default RETAIN, with deletion protection of the table, for stages that begin with `prod`; else DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Requests a second, of all callers together, above which the gateway answers 429. Bursts of as many are let through.
   * @default 500
   */
  readonly throttleRequestsPerSecond?: number;

  /**
   * Origins whose pages may call the API. A secret in a page is none, so partners call from servers.
   * @default no CORS headers: browsers refuse
   */
  readonly corsOrigins?: readonly string[];

  /**
   * A domain of your own, mapped at its root. Point a DNS record at `relay.domainName`.
   * @default only the execute-api domain that AWS makes
   */
  readonly domain?: CustomDomain;

  /**
   * Concurrent executions that a function has to itself and may not exceed. Mind that the account must keep 100 unreserved.
   * @default no reservation: all take from the account's common concurrency
   */
  readonly reservedConcurrency?: Partial<Readonly<Record<FunctionName, number>>>;

  /**
   * Batches of up to ten deliveries under way at once, 2–1,000. Ten receivers that all take their full 10 s
   * still get one delivery a second out of each.
   * @default 50, or what `reservedConcurrency` leaves it if that is less
   */
  readonly deliveryConcurrency?: number;

  /**
   * How much the functions log.
   * @default INFO: one line per outcome
   */
  readonly logLevel?: LogLevel;

  /**
   * How long logs are kept.
   * @default one month, as long as jobs are kept
   */
  readonly logRetention?: RetentionDays;

  /**
   * What an alarm does when it goes off and when it is over, such as `new SnsAction(topic)`.
   * @default nothing: alarms are only seen in the console and on the dashboard
   */
  readonly alarmActions?: readonly IAlarmAction[];
}

/** The props with every default filled in. */
export type Settings = ReturnType<typeof fillDefaults>;

/** @throws Error in the caller's words if the stage is malformed or the two limits on deliveries contradict each other */
export function fillDefaults(props: SignetRelayProps) {
  const stage = parseStage(props.stage);
  return {
    stage,
    removalPolicy: props.removalPolicy ?? (isProduction(stage) ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY),
    throttleRequestsPerSecond: props.throttleRequestsPerSecond ?? 500,
    corsOrigins: props.corsOrigins ?? [],
    domain: props.domain,
    reservedConcurrency: props.reservedConcurrency ?? {},
    deliveryConcurrency: deliveryConcurrency(props),
    logLevel: props.logLevel ?? 'INFO',
    logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
    alarmActions: props.alarmActions ?? [],
  } as const;
}

/** More batches than the function may run would be throttled until their messages are taken for dead. */
function deliveryConcurrency(props: SignetRelayProps): number {
  const { deliveryConcurrency: wanted, reservedConcurrency } = props;
  const reserved = reservedConcurrency?.deliver ?? Number.POSITIVE_INFINITY;
  if (wanted === undefined) return Math.min(50, reserved);
  if (wanted <= reserved) return wanted;
  throw new Error(
    `deliveryConcurrency is ${wanted}, but reservedConcurrency.deliver lets only ${reserved} run at once. ` +
      'Raise the reservation or lower deliveryConcurrency.',
  );
}
