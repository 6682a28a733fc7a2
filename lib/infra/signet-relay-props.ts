// The settings of a relay, and their defaults.
import { RemovalPolicy } from 'aws-cdk-lib';
import type { IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { FunctionName } from '../aws/lambda/environment.ts';
import type { LogLevel } from './functions/functions.ts';
import type { CustomDomain } from './http-gateway.ts';
import { omitUndefined } from './omit-undefined.ts';
import { isProduction, parseStage } from './stage.ts';

/** The settings of a relay. */
export interface SignetRelayProps {
  /**
   * Which of several relays in one account and region this is: 1–12 lower-case letters or digits. It becomes part of
   * queue names.
   */
  readonly stage: string;

  /**
   * What happens to the table, the queues and the logs when the stack is deleted. The key rings always stay.
   * @default - RETAIN with deletion protection of the table for stages that begin with `prod`, otherwise DESTROY
   */
  readonly removalPolicy?: RemovalPolicy;

  /**
   * Requests per second above which the gateway answers 429: the rate of each route of that audience, so that a flood on
   * one route leaves the others alone. The burst limit is the same number.
   * @default { partner: 500, agent: 1000, public: 50 }
   */
  readonly throttle?: ThrottleProps;

  /**
   * Origins whose pages may call the API. A page cannot keep a secret, so partners should call from servers.
   * @default - no CORS headers, so browsers refuse calls from other origins
   */
  readonly corsOrigins?: readonly string[];

  /**
   * A domain of your own, mapped at its root. Point a DNS record at `relay.domainName`.
   * @default - only the execute-api domain that AWS assigns
   */
  readonly domain?: CustomDomain;

  /**
   * Concurrent executions that a function has to itself and cannot exceed. The account must keep 100 unreserved.
   * @default - no reservation: all functions share the account's unreserved concurrency
   */
  readonly reservedConcurrency?: Partial<Readonly<Record<FunctionName, number>>>;

  /**
   * How many batches of up to ten deliveries run at once, 2–1,000. Even ten receivers that each take the full 10 s get
   * one delivery per second from each batch.
   * @default - 50, or `reservedConcurrency.deliver` if that is less
   */
  readonly deliveryConcurrency?: number;

  /**
   * How much the functions log.
   * @default INFO, which is one line per outcome
   */
  readonly logLevel?: LogLevel;

  /**
   * How long logs are kept.
   * @default - one month, as long as jobs are kept
   */
  readonly logRetention?: RetentionDays;

  /**
   * What an alarm does when it goes off and when it recovers, such as `new SnsAction(topic)`.
   * @default - nothing: alarms show only in the console and on the dashboard
   */
  readonly alarmActions?: readonly IAlarmAction[];
}

/** Requests per second of each route, by audience. Whole numbers, at least 1. */
export interface ThrottleProps {
  /**
   * Each route that partners sign.
   * @default 500
   */
  readonly partner?: number;
  /**
   * The route that agents poll.
   * @default 1000
   */
  readonly agent?: number;
  /**
   * Each route that needs no key: enrolment, the OpenAPI document, health, and everything that is no route.
   * @default 50
   */
  readonly public?: number;
}

/** The settings with every default filled in. */
export type Settings = ReturnType<typeof fillDefaults>;

/**
 * Returns the settings with every default filled in.
 * @throws Error if the stage is malformed, if a rate is not a whole number, or if the two limits on deliveries contradict each other.
 */
export function fillDefaults(props: SignetRelayProps) {
  const stage = parseStage(props.stage);
  return {
    stage,
    removalPolicy: props.removalPolicy ?? (isProduction(stage) ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY),
    throttle: fillRates(props),
    corsOrigins: props.corsOrigins ?? [],
    domain: props.domain,
    reservedConcurrency: props.reservedConcurrency ?? {},
    deliveryConcurrency: deliveryConcurrency(props),
    logLevel: props.logLevel ?? 'INFO',
    logRetention: props.logRetention ?? RetentionDays.ONE_MONTH,
    alarmActions: props.alarmActions ?? [],
  } as const;
}

const DEFAULT_RATES = { partner: 500, agent: 1_000, public: 50 } as const satisfies Required<ThrottleProps>;

function fillRates(props: SignetRelayProps): Required<ThrottleProps> {
  if ('throttleRequestsPerSecond' in props)
    throw new Error(
      'throttleRequestsPerSecond is gone, because one rate for all lets strangers use up the requests of partners. ' +
        'Set the rate of each route instead: throttle: { partner, agent, public }.',
    );
  const rates = { ...DEFAULT_RATES, ...omitUndefined(props.throttle ?? {}) };
  for (const [audience, rate] of Object.entries(rates)) {
    if (!Number.isInteger(rate) || rate < 1)
      throw new Error(`throttle.${audience} is ${rate}. It must be a whole number of requests per second, at least 1.`);
  }
  return rates;
}

/**
 * Limits batches to what the function may run. Lambda would throttle the others until SQS moves them to the dead-letter
 * queue.
 */
function deliveryConcurrency(props: SignetRelayProps): number {
  const { deliveryConcurrency: requested, reservedConcurrency } = props;
  const reserved = reservedConcurrency?.deliver ?? Number.POSITIVE_INFINITY;
  if (requested === undefined) return Math.min(50, reserved);
  if (requested <= reserved) return requested;
  throw new Error(
    `deliveryConcurrency is ${requested}, but reservedConcurrency.deliver lets only ${reserved} run at once. ` +
      'Raise the reservation or lower deliveryConcurrency.',
  );
}
