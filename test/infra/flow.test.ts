// The template's event sources: stream to publish, queue to deliver, schedule to sweep.

import { marshall } from '@aws-sdk/util-dynamodb';
import { describe, expect, it } from 'vitest';
import { ITEM_KEYS } from '../../lib/aws/table/item-keys.ts';
import { JOB_KIND } from '../../lib/aws/table/job-row.ts';
import { toWarningFields } from '../../lib/aws/table/quota-row.ts';
import { FUNCTIONS } from '../../lib/infra/functions/functions.ts';
import { compileFilters } from '../../lib/local/cloud/sources/event-filter.ts';
import { JOB_STATES } from '../../lib/protocol/messages.ts';
import { atPath, ofType, resourcesOf, synthesize } from './template.ts';

const resources = resourcesOf(synthesize());
const at = (ending: string) => atPath(resources, ending)[1].Properties;
const arnOf = (ending: string, attribute = 'Arn') => ({ 'Fn::GetAtt': [atPath(resources, ending)[0], attribute] });

function sourceOf(name: string) {
  const functionId = atPath(resources, `/${name}/Resource`)[0];
  const sources = ofType(resources, 'AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => Properties);
  return sources.find(({ FunctionName }) => FunctionName.Ref === functionId) ?? {};
}

const imageOf = (row: object | undefined) => row && marshall(row);

describe('publish', () => {
  const source = sourceOf('publish');

  it('reads the table’s stream from the beginning, retries a record for six hours, and then sends it to the dead-letter queue', () => {
    expect(source).toMatchObject({
      EventSourceArn: arnOf('/Relay/Table/Resource', 'StreamArn'),
      StartingPosition: 'TRIM_HORIZON',
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRecordAgeInSeconds: 6 * 3600,
      DestinationConfig: { OnFailure: { Destination: arnOf('/Events/DeadLetterQueue/Resource') } },
    });
    expect(source['MaximumRetryAttempts']).toBeUndefined();
  });

  it('is invoked only when a job becomes terminal or a month gets its quota warning', () => {
    expect(source['FilterCriteria'].Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern))).toEqual([
      {
        dynamodb: {
          NewImage: { kind: { S: ['job'] }, state: { S: ['completed', 'failed', 'expired', 'canceled'] } },
          OldImage: { state: { S: ['queued', 'leased'] } },
        },
      },
      {
        dynamodb: {
          NewImage: { kind: { S: ['quota'] }, warnedAt: { N: [{ exists: true }] } },
          OldImage: { warnedAt: { N: [{ exists: false }] } },
        },
      },
    ]);
  });

  it('is invoked once for a month’s quota warning, but not when units are taken or refunded', () => {
    const passes = compileFilters(source['FilterCriteria'], 'publish');
    const counted = { ...ITEM_KEYS.quota('acme', '2026-11'), used: 8, minute: '2026-11-22T12:00', usedInMinute: 8 };
    const warned = { ...counted, ...toWarningFields({ used: 8, limit: 10, warnedAt: 1 }) };
    const rows = [undefined, counted, { ...counted, used: 7 }, warned, { ...warned, used: 9 }, warned, undefined];
    const changes = rows.slice(1).map((after, at) => ({
      dynamodb: { OldImage: imageOf(rows[at]), NewImage: imageOf(after) },
    }));
    expect(changes.map(passes)).toEqual([false, false, true, false, false, false]);
  });

  it('filters every job state as either open or terminal, and requires the kind of job rows', () => {
    const [{ Pattern }] = source['FilterCriteria'].Filters;
    const { NewImage, OldImage } = JSON.parse(Pattern).dynamodb;
    expect([...OldImage.state.S, ...NewImage.state.S].sort()).toEqual([...JOB_STATES].sort());
    expect(NewImage.kind.S).toEqual([JOB_KIND]);
  });
});

describe('deliver', () => {
  const queue = at('/Deliveries/Queue/Resource');

  it('takes ten messages at a time and reports each failure', () => {
    expect(sourceOf('deliver')).toMatchObject({
      EventSourceArn: arnOf('/Deliveries/Queue/Resource'),
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: 50 },
    });
  });

  it('hides a received message for at least six times the function’s timeout', () => {
    expect(queue['VisibilityTimeout']).toBeGreaterThanOrEqual(6 * FUNCTIONS.deliver.timeoutSeconds);
  });

  it('moves a failing message to the dead-letter queue, and both queues keep messages for 14 days', () => {
    expect(queue['RedrivePolicy'].deadLetterTargetArn).toEqual(arnOf('/Deliveries/DeadLetterQueue/Resource'));
    expect(queue['MessageRetentionPeriod']).toBe(14 * 24 * 3600);
    expect(at('/Deliveries/DeadLetterQueue/Resource')['MessageRetentionPeriod']).toBe(14 * 24 * 3600);
  });

  it('runs no more batches at once than its reservation allows', () => {
    const limit = (props: object) =>
      ofType(resourcesOf(synthesize(props)), 'AWS::Lambda::EventSourceMapping').flatMap(
        ([, { Properties }]) => Properties['ScalingConfig']?.MaximumConcurrency ?? [],
      );
    expect(limit({ reservedConcurrency: { deliver: 5 } })).toEqual([5]);
    expect(limit({ deliveryConcurrency: 8 })).toEqual([8]);
    expect(() => synthesize({ reservedConcurrency: { deliver: 5 }, deliveryConcurrency: 8 })).toThrow(
      'deliveryConcurrency is 8, but reservedConcurrency.deliver lets only 5 run at once.',
    );
  });
});

describe('every queue', () => {
  it.each(ofType(resources, 'AWS::SQS::Queue'))(
    '(%s) is encrypted and refuses plain HTTP',
    (logicalId, { Properties }) => {
      expect(Properties['SqsManagedSseEnabled']).toBe(true);
      const policies = ofType(resources, 'AWS::SQS::QueuePolicy').filter(
        ([, policy]) => policy.Properties['Queues'][0].Ref === logicalId,
      );
      expect(policies.map(([, policy]) => policy.Properties['PolicyDocument'].Statement[0])).toMatchObject([
        { Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
      ]);
    },
  );
});

describe('sweep', () => {
  it('runs every minute, without retries', () => {
    const [[, rule] = []] = ofType(resources, 'AWS::Events::Rule');
    expect(rule?.Properties).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Arn: arnOf('/sweep/Resource'), RetryPolicy: { MaximumRetryAttempts: 0 } }],
    });
    expect(at('/sweep/EventInvokeConfig/Resource')).toMatchObject({ MaximumRetryAttempts: 0 });
  });
});
