// What wakes somebody up. Each alarm says in its description what it means and what to do first.
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IAlarmAction,
  type IMetric,
  type Metric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FunctionName } from '../../aws/lambda/environment.ts';
import type { Deliveries } from '../functions/deliveries.ts';
import type { Events } from '../functions/events.ts';
import { FUNCTION_NAMES } from '../functions/functions.ts';
import { outcomes } from '../functions/outcome-metrics.ts';
import type { HttpGateway } from '../http-gateway.ts';

const PERIOD = Duration.minutes(5);

/** What is watched, by the alarms and by the dashboard. */
export interface Watched {
  readonly stage: string;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly gateway: HttpGateway;
  readonly deliveries: Deliveries;
  readonly events: Events;
}

export interface AlarmsProps {
  readonly watched: Watched;
  /** What an alarm does when it goes off and when it is over. */
  readonly actions: readonly IAlarmAction[];
}

interface AlarmRow {
  readonly metric: IMetric;
  /** Goes off above this, in the metric's own unit. */
  readonly above: number;
  /** Of as many periods in a row. */
  readonly periods?: number;
  readonly means: string;
}

export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { watched, actions } = props;
    const rows = [queueRows, functionRows, batchRows, apiRows].flatMap((make) => Object.entries(make(watched)));
    this.all = [...rows.map(([name, row]) => this.above(name, row)), this.sweepStopped(watched)];
    for (const alarm of this.all) connect(alarm, actions);
  }

  private above(name: string, { metric, above, periods, means }: AlarmRow): Alarm {
    return new Alarm(this, name, {
      alarmDescription: means,
      metric,
      threshold: above,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods ?? 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** The one alarm about nothing happening: silence is what it listens for. */
  private sweepStopped({ functions }: Watched): Alarm {
    return new Alarm(this, 'SweepStopped', {
      alarmDescription:
        'The sweep has not run for ten minutes: lost messages and due retries wait. Look at its schedule.',
      metric: functions.sweep.metricInvocations({ period: PERIOD }),
      threshold: 1,
      comparisonOperator: ComparisonOperator.LESS_THAN_THRESHOLD,
      evaluationPeriods: 2,
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}

function queueRows({ deliveries, events, functions }: Watched): Record<string, AlarmRow> {
  return {
    DeliveriesDead: {
      metric: deliveries.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
      above: 0,
      means: 'Deliveries failed ten times by our own fault. Read the deliver function’s log, then redrive the queue.',
    },
    EventsDead: {
      metric: events.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
      above: 0,
      means: 'Changes of jobs were given up before they became events. Fix publish, then run signet events rebuild.',
    },
    /** A retry waits up to 15 minutes in the queue by design, so older than that is late. */
    DeliveriesLate: {
      metric: deliveries.queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
      above: 1_800,
      means:
        'A delivery has waited for more than half an hour. deliver is throttled, failing, or needs more concurrency.',
    },
    EventsLate: {
      metric: functions.publish.metric('IteratorAge', { period: PERIOD, statistic: 'Maximum' }),
      above: 300_000,
      means: 'Events are published more than five minutes after the jobs ended. After six hours they are given up.',
    },
  };
}

function functionRows({ functions }: Watched): Record<string, AlarmRow> {
  return Object.fromEntries(
    FUNCTION_NAMES.flatMap((name): [string, AlarmRow][] => [
      [`${name}Errors`, errorsRow(name, functions[name].metricErrors({ period: PERIOD }))],
      [`${name}Throttles`, throttlesRow(name, functions[name].metricThrottles({ period: PERIOD }))],
    ]),
  );
}

function errorsRow(name: FunctionName, metric: Metric): AlarmRow {
  return { metric, above: 0, means: `${name} threw or ran out of time: always a fault of ours. Read its log.` };
}

function throttlesRow(name: FunctionName, metric: Metric): AlarmRow {
  return {
    metric,
    above: 0,
    periods: 2,
    means: `${name} found no free concurrency. Raise its reservation or the quota.`,
  };
}

/** What could not be done comes again and is no error of the function: only its own count shows it. */
function batchRows({ stage }: Watched): Record<string, AlarmRow> {
  const row = (name: FunctionName, what: string): AlarmRow => ({
    metric: outcomes(stage, name, 'dependency.failed', PERIOD),
    above: 0,
    periods: 3,
    means: `${name} keeps failing at ${what}, and tries again. Look for dependency.failed in its log.`,
  });
  return {
    publishFailing: row('publish', 'records of the stream'),
    deliverFailing: row('deliver', 'messages of the delivery queue'),
    sweepFailing: row('sweep', 'jobs or deliveries that are due'),
  };
}

function apiRows({ gateway }: Watched): Record<string, AlarmRow> {
  return {
    ApiFailing: {
      metric: gateway.stage.metricServerError({ period: PERIOD }),
      above: 5,
      means: 'Callers get 5xx. Look at the links and agent errors first, then at DynamoDB and SQS.',
    },
  };
}

function connect(alarm: Alarm, actions: readonly IAlarmAction[]): void {
  alarm.addAlarmAction(...actions);
  alarm.addOkAction(...actions);
}
