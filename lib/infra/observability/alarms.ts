// The alarms. Each description says what the alarm means and what to do first.
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
import { outcomeMetric } from '../functions/outcome-metrics.ts';
import type { HttpGateway } from '../http-gateway.ts';

const PERIOD = Duration.minutes(5);

/** The resources that the alarms and the dashboard watch. */
export interface Watched {
  readonly stage: string;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly gateway: HttpGateway;
  readonly deliveries: Deliveries;
  readonly events: Events;
}

export interface AlarmsProps {
  readonly watched: Watched;
  /** What an alarm does when it goes off and when it recovers. */
  readonly actions: readonly IAlarmAction[];
}

interface AlarmRow {
  readonly metric: IMetric;
  /** The alarm goes off above this value, in the metric's own unit. */
  readonly threshold: number;
  /** How many five-minute periods in a row must be above it. One by default. */
  readonly periods?: number;
  readonly description: string;
}

/** All alarms of a relay. */
export class Alarms extends Construct {
  readonly all: readonly Alarm[];

  constructor(scope: Construct, id: string, props: AlarmsProps) {
    super(scope, id);
    const { watched, actions } = props;
    const rows = [queueRows, functionRows, batchRows, apiRows].flatMap((make) => Object.entries(make(watched)));
    this.all = [...rows.map(([name, row]) => this.makeAlarm(name, row)), this.sweepStopped(watched)];
    for (const alarm of this.all) connect(alarm, actions);
  }

  private makeAlarm(name: string, { metric, threshold, periods, description }: AlarmRow): Alarm {
    return new Alarm(this, name, {
      alarmDescription: description,
      metric,
      threshold,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods ?? 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  /** The only alarm about something that did not happen. */
  private sweepStopped({ functions }: Watched): Alarm {
    return new Alarm(this, 'SweepStopped', {
      alarmDescription:
        'The sweep has not run for ten minutes, so lost messages and due retries wait. Check its schedule.',
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
      threshold: 0,
      description:
        'Deliveries failed ten times because of our own errors. Read the deliver function’s log, then redrive the queue.',
    },
    EventsDead: {
      metric: events.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ period: PERIOD }),
      threshold: 0,
      description:
        'Stream records were discarded before they became events. Fix publish, then run signet events rebuild.',
    },
    /** A retry waits up to 15 minutes in the queue by design. Half an hour is late. */
    DeliveriesLate: {
      metric: deliveries.queue.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
      threshold: 1_800,
      description:
        'A delivery has waited for more than half an hour. Check whether deliver fails, is throttled or needs more concurrency.',
    },
    EventsLate: {
      metric: functions.publish.metric('IteratorAge', { period: PERIOD, statistic: 'Maximum' }),
      threshold: 300_000,
      description:
        'Events are published more than five minutes after their jobs ended. Fix publish: after six hours records are discarded.',
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
  return {
    metric,
    threshold: 0,
    description: `${name} threw an error or timed out, which is always our own error. Read its log.`,
  };
}

function throttlesRow(name: FunctionName, metric: Metric): AlarmRow {
  return {
    metric,
    threshold: 0,
    periods: 2,
    description: `${name} was throttled because no concurrency was free. Raise its reservation or the account’s quota.`,
  };
}

/** A failed record or message is retried and is not an error of the function, so it shows only in this count. */
function batchRows({ stage }: Watched): Record<string, AlarmRow> {
  const row = (name: FunctionName, what: string): AlarmRow => ({
    metric: outcomeMetric(stage, name, 'dependency.failed', PERIOD),
    threshold: 0,
    periods: 3,
    description: `${name} keeps failing on ${what} and retries. Look for dependency.failed in its log.`,
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
      threshold: 5,
      description: 'Callers get 5xx. Look at the links and agent errors first, then at DynamoDB and SQS.',
    },
  };
}

function connect(alarm: Alarm, actions: readonly IAlarmAction[]): void {
  alarm.addAlarmAction(...actions);
  alarm.addOkAction(...actions);
}
