// The dashboard: alarms first, then the jobs, then the API, the functions and the queues.
import { Duration } from 'aws-cdk-lib';
import { AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, type IWidget } from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { FunctionName } from '../../aws/lambda/environment.ts';
import type { LogEventName } from '../../relay/model/log-events.ts';
import { FUNCTION_NAMES } from '../functions/functions.ts';
import { outcomeMetric } from '../functions/outcome-metrics.ts';
import type { Alarms, Watched } from './alarms.ts';

const PERIOD = Duration.minutes(1);

export interface DashboardProps {
  readonly watched: Watched;
  readonly alarms: Alarms;
}

/** Returns a dashboard. CloudFormation generates its name, so two relays in one account do not collide. */
export function createDashboard(scope: Construct, id: string, { watched, alarms }: DashboardProps): Dashboard {
  return new Dashboard(scope, id, {
    defaultInterval: Duration.hours(3),
    widgets: [[alarmStatus(alarms)], work(watched), api(watched), functions(watched), queues(watched)],
  });
}

function alarmStatus(alarms: Alarms): IWidget {
  return new AlarmStatusWidget({ title: 'Alarms', width: 24, height: 4, alarms: [...alarms.all] });
}

/** The events in a job's life. In a healthy relay the lines run together, each a little later than the one before. */
function work({ stage }: Watched): IWidget[] {
  const count = (name: FunctionName, event: LogEventName) => outcomeMetric(stage, name, event, PERIOD);
  return [
    graph('A job’s way', [
      count('links', 'job.admitted'),
      count('agent', 'job.leased'),
      count('agent', 'result.accepted'),
      count('publish', 'event.published'),
      count('deliver', 'delivery.attempted'),
    ]),
    graph('What went wrong', [
      count('links', 'request.refused'),
      count('agent', 'result.refused'),
      count('agent', 'pointer.dropped'),
      count('sweep', 'job.resent'),
      count('deliver', 'delivery.dropped'),
    ]),
  ];
}

function api({ gateway: { stage } }: Watched): IWidget[] {
  return [
    graph('Requests', [
      stage.metricCount({ period: PERIOD }),
      stage.metricClientError({ period: PERIOD }),
      stage.metricServerError({ period: PERIOD }),
    ]),
    graph('Latency, ms', [
      stage.metricLatency({ period: PERIOD, statistic: 'p50' }),
      stage.metricLatency({ period: PERIOD, statistic: 'p99' }),
    ]),
  ];
}

function functions({ functions: byName }: Watched): IWidget[] {
  const all = FUNCTION_NAMES.map((name) => ({ name, fn: byName[name] }));
  return [
    graph(
      'Errors',
      all.map(({ name, fn }) => fn.metricErrors({ period: PERIOD, label: name })),
    ),
    graph(
      'Duration, p99 ms',
      all.map(({ name, fn }) => fn.metricDuration({ period: PERIOD, label: name, statistic: 'p99' })),
    ),
  ];
}

function queues({ deliveries, events, functions: { publish } }: Watched): IWidget[] {
  const visible = { period: PERIOD, statistic: 'Maximum' } as const;
  return [
    graph('Waiting', [
      deliveries.queue.metricApproximateNumberOfMessagesVisible({ ...visible, label: 'deliveries' }),
      deliveries.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...visible, label: 'dead deliveries' }),
      events.deadLetterQueue.metricApproximateNumberOfMessagesVisible({ ...visible, label: 'dead events' }),
    ]),
    graph('Age of the oldest', [
      deliveries.queue.metricApproximateAgeOfOldestMessage({ ...visible, label: 'delivery, s' }),
      publish.metric('IteratorAge', { ...visible, label: 'event, ms' }),
    ]),
  ];
}

function graph(title: string, left: IMetric[]): IWidget {
  return new GraphWidget({ title, left, width: 12 });
}
