// The whole relay as one construct, for `npx cdk deploy` and for a platform team's own stack.
import type { DomainName, HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { DEPLOYMENT_TAGS } from '../aws/deployment/deployment-tags.ts';
import type { FunctionName, VariableName } from '../aws/lambda/environment.ts';
import { Deliveries } from './functions/deliveries.ts';
import { Events } from './functions/events.ts';
import { FUNCTION_NAMES, RelayFunction } from './functions/functions.ts';
import { grantPermissions } from './functions/permissions.ts';
import { everyMinute } from './functions/schedule.ts';
import { HttpGateway } from './http-gateway.ts';
import { Alarms } from './observability/alarms.ts';
import { createDashboard } from './observability/dashboard.ts';
import { fillDefaults, type Settings, type SignetRelayProps } from './signet-relay-props.ts';
import { ImportedSecrets } from './storage/imported-secrets.ts';
import { JobQueues } from './storage/job-queues.ts';
import { KeyRing } from './storage/key-ring.ts';
import { RelayTable } from './storage/table.ts';

export type { SignetRelayProps } from './signet-relay-props.ts';

/**
 * Table, queues, functions, HTTP API, key rings, alarms and dashboard. It looks nothing up, so it synthesizes without
 * an account.
 */
export class SignetRelay extends Construct {
  readonly stage: string;
  readonly table: RelayTable;
  readonly gateway: HttpGateway;
  readonly jobQueues: JobQueues;
  readonly deliveries: Deliveries;
  readonly events: Events;
  readonly rings: Readonly<Record<'inbound' | 'outbound', KeyRing>>;
  readonly importedSecrets: ImportedSecrets;
  readonly functions: Readonly<Record<FunctionName, LambdaFunction>>;
  readonly alarms: readonly Alarm[];

  /**
   * @throws Error if the stage is not 1–12 lower-case letters or digits, or if the limits on deliveries contradict each
   *   other.
   */
  constructor(scope: Construct, id: string, props: SignetRelayProps) {
    super(scope, id);
    const settings = fillDefaults(props);
    this.stage = settings.stage;
    this.table = new RelayTable(this, 'Table', settings);
    this.gateway = new HttpGateway(this, 'Http', settings);
    this.jobQueues = new JobQueues(settings.stage);
    this.deliveries = new Deliveries(this, 'Deliveries', settings);
    this.events = new Events(this, 'Events', settings);
    this.rings = this.makeRings();
    this.importedSecrets = new ImportedSecrets(settings.stage);
    this.functions = this.makeFunctions(settings);
    this.connect(settings);
    this.alarms = this.watch(settings);
  }

  /** The HTTP API, for constructs of your own. */
  get httpApi(): HttpApi {
    return this.gateway.api;
  }

  /** The address that callers use: scheme and host, without a slash at the end. */
  get url(): string {
    return this.gateway.url;
  }

  /** The custom domain, if there is one. Point the DNS record at its `regionalDomainName`. */
  get domainName(): DomainName | undefined {
    return this.gateway.domainName;
  }

  private makeRings(): SignetRelay['rings'] {
    const tags = {
      [DEPLOYMENT_TAGS.stage]: this.stage,
      [DEPLOYMENT_TAGS.tableName]: this.table.tableName,
      [DEPLOYMENT_TAGS.jobQueueUrlPrefix]: this.jobQueues.urlPrefix,
      [DEPLOYMENT_TAGS.apiUrl]: this.url,
      [DEPLOYMENT_TAGS.deliveryQueueUrl]: this.deliveries.queue.queueUrl,
      [DEPLOYMENT_TAGS.deliveryDeadLetterQueueUrl]: this.deliveries.deadLetterQueue.queueUrl,
      [DEPLOYMENT_TAGS.eventDeadLetterQueueUrl]: this.events.deadLetterQueue.queueUrl,
    };
    return {
      inbound: new KeyRing(this, 'InboundRing', { direction: 'inbound', tags }),
      outbound: new KeyRing(this, 'OutboundRing', { direction: 'outbound', tags }),
    };
  }

  private makeFunctions(settings: Settings): SignetRelay['functions'] {
    const variables = this.variables();
    const make = (name: FunctionName) => {
      const reservedConcurrency = settings.reservedConcurrency[name];
      return new RelayFunction(this, name, { ...settings, variables, reservedConcurrency });
    };
    return Object.fromEntries(FUNCTION_NAMES.map((name) => [name, make(name)])) as SignetRelay['functions'];
  }

  private variables(): Record<VariableName, string> {
    return {
      SIGNET_STAGE: this.stage,
      SIGNET_TABLE_NAME: this.table.tableName,
      SIGNET_JOB_QUEUE_URL_PREFIX: this.jobQueues.urlPrefix,
      SIGNET_DELIVERY_QUEUE_URL: this.deliveries.queue.queueUrl,
      SIGNET_INBOUND_RING_ARN: this.rings.inbound.secretArn,
      SIGNET_OUTBOUND_RING_ARN: this.rings.outbound.secretArn,
    };
  }

  private connect(settings: Settings): void {
    grantPermissions(this.functions, this);
    this.gateway.serve(this.functions);
    this.events.feed(this.functions.publish, this.table);
    this.deliveries.feed(this.functions.deliver, settings.deliveryConcurrency);
    everyMinute(this, 'EveryMinute', this.functions.sweep);
  }

  private watch({ alarmActions: actions }: Settings): readonly Alarm[] {
    const alarms = new Alarms(this, 'Alarms', { watched: this, actions });
    createDashboard(this, 'Dashboard', { watched: this, alarms });
    return alarms.all;
  }
}
