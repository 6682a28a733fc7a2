// The stack as a whole: its stage, its outputs, its alarms, and no findings from cdk-nag.
import { App, Stack } from 'aws-cdk-lib';
import { AlarmBase, type IAlarmAction } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { AwsSolutionsChecks } from 'cdk-nag';
import { describe, expect, it } from 'vitest';
import { ofType, relayStack, resourcesOf, synthesize } from './template.ts';

describe('the stage', () => {
  it.each(['', 'Dev', 'eu-west', 'thirteenchars', 'dév', ' dev', 'dev\n', 7, undefined])('cannot be %j', (stage) => {
    expect(() => relayStack({ stage: stage as string })).toThrow(
      `The stage must be 1–12 lower-case letters or digits, like dev or prod2, but it is ${JSON.stringify(stage)}.`,
    );
  });

  it('names the stack, so that deploying one stage never changes another', () => {
    expect([relayStack({ stage: 'eu1' }).stackName, relayStack({ stage: 'eu2' }).stackName]).toEqual([
      'SignetRelay-eu1',
      'SignetRelay-eu2',
    ]);
  });

  it('protects the stack when it is a production stage', () => {
    expect(relayStack({ stage: 'prod' }).terminationProtection).toBe(true);
    expect(relayStack({ stage: 'dev' }).terminationProtection).toBe(false);
  });
});

describe('the outputs', () => {
  it('are exactly what operators and the laptop cloud read', () => {
    expect(Object.keys(synthesize().toJSON().Outputs).sort()).toEqual([
      'ApiUrl',
      'DeliveryDeadLetterQueueUrl',
      'DeliveryQueueUrl',
      'EventDeadLetterQueueUrl',
      'InboundRingArn',
      'JobQueueUrlPrefix',
      'OutboundRingArn',
      'TableName',
    ]);
  });
});

describe('the alarms', () => {
  const alarms = ofType(resourcesOf(synthesize()), 'AWS::CloudWatch::Alarm');

  it('each have a description', () => {
    expect(alarms.length).toBeGreaterThan(10);
    for (const [, { Properties }] of alarms) expect(Properties['AlarmDescription']).toMatch(/\.$/);
  });

  it('treat missing data as a failure only for the sweep', () => {
    const silent = alarms.filter(([, { Properties }]) => Properties['TreatMissingData'] === 'breaching');
    expect(silent.map(([, { Properties }]) => Properties['MetricName'])).toEqual(['Invocations']);
  });

  it('have no action by default', () => {
    for (const [, { Properties }] of alarms) expect(Properties['AlarmActions'] ?? []).toEqual([]);
  });

  it('run the given action when they go off and when they recover', () => {
    const action: IAlarmAction = { bind: () => ({ alarmActionArn: 'arn:aws:sns:eu-west-1:111122223333:ops' }) };
    const alarmsWithAction = ofType(resourcesOf(synthesize({ alarmActions: [action] })), 'AWS::CloudWatch::Alarm');
    for (const [, { Properties }] of alarmsWithAction) {
      expect([Properties['AlarmActions'], Properties['OKActions']].flat()).toHaveLength(2);
    }
  });

  it('are a property of the construct', () => {
    const { relay } = relayStack();
    expect(relay.alarms).toHaveLength(alarms.length);
    expect(relay.alarms.every((alarm) => alarm instanceof AlarmBase)).toBe(true);
  });
});

describe('cdk-nag', () => {
  function findings(stack: Stack): string[] {
    return new AwsSolutionsChecks(stack).validateScope(stack).violations.map(({ ruleName }) => ruleName);
  }

  it.each(['dev', 'prod'])('finds nothing in stage %s', (stage) => {
    expect(findings(relayStack({ stage }))).toEqual([]);
  });

  it('finds something in a careless stack', () => {
    const stack = new Stack(new App(), 'Careless');
    new Queue(stack, 'Queue');
    expect(findings(stack).length).toBeGreaterThan(0);
  });
});
