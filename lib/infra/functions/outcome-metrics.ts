// The functions' own metrics: each logged outcome is counted, with the function as the only dimension.
import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { FunctionName } from '../../aws/lambda/environment.ts';
import type { LogEventName } from '../../relay/model/log-events.ts';

/** The namespace of the metrics in CloudWatch. */
export const METRICS_NAMESPACE = 'SignetRelay';

/**
 * Returns the name of the function for Powertools. It contains the stage, so that two relays in one account have
 * separate counts.
 */
export function serviceName(stage: string, name: FunctionName): string {
  return `${stage}-${name}`;
}

/** Returns the metric that counts an outcome of a function. */
export function outcomeMetric(stage: string, name: FunctionName, event: LogEventName, period: Duration): Metric {
  const dimensionsMap = { service: serviceName(stage, name) };
  return new Metric({ namespace: METRICS_NAMESPACE, metricName: event, dimensionsMap, period, statistic: 'Sum' });
}
