// The functions' own metrics: each outcome they log is counted, with the function as its only dimension.
import type { Duration } from 'aws-cdk-lib';
import { Metric } from 'aws-cdk-lib/aws-cloudwatch';
import type { FunctionName } from '../../aws/lambda/environment.ts';
import type { LogEventName } from '../../relay/model/log-events.ts';

/** Where they appear in CloudWatch. */
export const METRICS_NAMESPACE = 'SignetRelay';

/** Powertools' name for the function; with the stage, so that two relays in one account are counted apart. */
export function serviceName(stage: string, name: FunctionName): string {
  return `${stage}-${name}`;
}

export function outcomes(stage: string, name: FunctionName, event: LogEventName, period: Duration): Metric {
  const dimensionsMap = { service: serviceName(stage, name) };
  return new Metric({ namespace: METRICS_NAMESPACE, metricName: event, dimensionsMap, period, statistic: 'Sum' });
}
