// One stack around the relay, with the outputs that operators and the laptop cloud read.
import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { SignetRelay, type SignetRelayProps } from './signet-relay.ts';
import { isProduction, parseStage } from './stage.ts';

/**
 * The relay in a stack. It has no fixed account or region: the credentials at deployment decide. Its name in AWS is
 * `SignetRelay-<stage>`, so deploying one stage never changes another.
 */
export class RelayStack extends Stack {
  readonly relay: SignetRelay;

  constructor(scope: Construct, id: string, props: SignetRelayProps & StackProps) {
    super(scope, id, { ...stackDefaults(props.stage), ...props });
    this.relay = new SignetRelay(this, 'Relay', props);
    for (const [name, value] of Object.entries(outputs(this.relay))) new CfnOutput(this, name, { value });
  }
}

function stackDefaults(stage: string): StackProps {
  return {
    description: `Signet Relay, stage ${parseStage(stage)}`,
    stackName: `SignetRelay-${stage}`,
    terminationProtection: isProduction(stage),
  };
}

function outputs(relay: SignetRelay): Record<string, string> {
  return {
    ApiUrl: relay.url,
    TableName: relay.table.tableName,
    DeliveryQueueUrl: relay.deliveries.queue.queueUrl,
    DeliveryDeadLetterQueueUrl: relay.deliveries.deadLetterQueue.queueUrl,
    EventDeadLetterQueueUrl: relay.events.deadLetterQueue.queueUrl,
    InboundRingArn: relay.rings.inbound.secretArn,
    OutboundRingArn: relay.rings.outbound.secretArn,
    JobQueueUrlPrefix: relay.jobQueues.urlPrefix,
  };
}
