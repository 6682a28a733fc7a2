// The schedule of the sweep.
import { Duration } from 'aws-cdk-lib';
import { Rule, Schedule } from 'aws-cdk-lib/aws-events';
import { LambdaFunction as LambdaTarget } from 'aws-cdk-lib/aws-events-targets';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

/**
 * Returns a rule that runs the sweep every minute. A late or failed run is not retried: the next run does the same
 * work.
 */
export function everyMinute(scope: Construct, id: string, sweep: LambdaFunction): Rule {
  sweep.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: Duration.minutes(1) });
  return new Rule(scope, id, {
    description: 'Signet Relay: runs the sweep',
    schedule: Schedule.rate(Duration.minutes(1)),
    targets: [new LambdaTarget(sweep, { retryAttempts: 0, maxEventAge: Duration.minutes(1) })],
  });
}
