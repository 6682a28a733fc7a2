// The HTTP API in front of links and agent. Its routes are the rows of lib/api/routes.ts, and $default.
import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnIntegration,
  CfnRoute,
  CorsHttpMethod,
  type CorsPreflightOptions,
  DomainName,
  HttpApi,
  HttpIntegrationType,
  HttpStage,
  LogGroupLogDestination,
} from 'aws-cdk-lib/aws-apigatewayv2';
import type { ICertificate } from 'aws-cdk-lib/aws-certificatemanager';
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { ROUTES } from '../api/routes.ts';
import { omitUndefined } from './omit-undefined.ts';

type ServingFunction = (typeof ROUTES)[keyof typeof ROUTES]['servedBy'];

export interface CustomDomain {
  readonly name: string;
  /** In the stack's own region. */
  readonly certificate: ICertificate;
}

export interface HttpGatewayProps {
  readonly stage: string;
  readonly throttleRequestsPerSecond: number;
  readonly corsOrigins: readonly string[];
  readonly domain?: CustomDomain | undefined;
  readonly logRetention: RetentionDays;
  /** What happens to the access log when the stack goes. */
  readonly removalPolicy: RemovalPolicy;
}

export class HttpGateway extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  /** The custom domain, for the DNS record that points to it. */
  readonly domainName: DomainName | undefined;
  /** Where callers reach it: scheme and host, no slash at the end. */
  readonly url: string;

  constructor(scope: Construct, id: string, props: HttpGatewayProps) {
    super(scope, id);
    this.api = new HttpApi(this, 'Api', {
      apiName: `signet-${props.stage}`,
      description: `Signet Relay, stage ${props.stage}`,
      createDefaultStage: false,
      ...omitUndefined({ corsPreflight: corsPreflight(props.corsOrigins) }),
    });
    this.domainName = props.domain && makeDomain(this, props.domain);
    this.url = props.domain ? `https://${props.domain.name}` : this.api.apiEndpoint;
    this.stage = this.makeStage(props);
  }

  /** Every row of the table to the function that serves it, and whatever is left to links, which answers 404 as we answer. */
  serve(functions: Readonly<Record<ServingFunction, LambdaFunction>>): void {
    const links = this.proxyTo('links', functions.links);
    const targets = { links, agent: this.proxyTo('agent', functions.agent) };
    for (const { method, path, servedBy } of Object.values(ROUTES)) {
      this.addRoute(`${method} ${path}`, targets[servedBy]);
    }
    this.addRoute('$default', links);
  }

  /** By hand: CDK's own would be named after the first route that uses it, and replaced when the rows change their order. */
  private proxyTo(name: ServingFunction, handler: LambdaFunction): CfnIntegration {
    handler.addPermission('HttpApi', {
      principal: new ServicePrincipal('apigateway.amazonaws.com'),
      sourceArn: this.anyRouteArn(),
    });
    return new CfnIntegration(this, `${name}Integration`, {
      apiId: this.api.apiId,
      integrationType: HttpIntegrationType.AWS_PROXY,
      integrationUri: handler.functionArn,
      payloadFormatVersion: '2.0',
      timeoutInMillis: 29_000,
    });
  }

  /** Two segments, not the three of `arnForExecuteApi`: the $default route has no method (`<api>/$default/$default`). */
  private anyRouteArn(): string {
    return Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName: '*/*' });
  }

  /** Named by its key, so that renaming a row never asks for a second route of the same key. */
  private addRoute(routeKey: string, integration: CfnIntegration): void {
    const target = `integrations/${integration.ref}`;
    const route = new CfnRoute(this, routeKey, { apiId: this.api.apiId, routeKey, target });
    Validations.of(route).acknowledge(NO_AUTHORIZER);
  }

  private makeStage(props: HttpGatewayProps): HttpStage {
    const { logRetention: retention, removalPolicy, throttleRequestsPerSecond: rate } = props;
    const logGroup = new LogGroup(this, 'AccessLogs', { retention, removalPolicy });
    return new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: rate, burstLimit: rate },
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup), format: ACCESS_LOG },
      ...omitUndefined({ domainMapping: this.domainName && { domainName: this.domainName } }),
    });
  }
}

const NO_AUTHORIZER = {
  id: 'AwsSolutions-APIG4',
  reason:
    'A gateway authorizer never sees the body, and every scheme signs the body. The function verifies the signature before ' +
    'it does anything else; what needs none is a row of the routes with audience anyone.',
};

/** Who, what, how it went. No header (signatures are there), no query (cursors and keys of partners are there). */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    method: '$context.httpMethod',
    path: '$context.path',
    routeKey: '$context.routeKey',
    protocol: '$context.protocol',
    status: '$context.status',
    responseBytes: '$context.responseLength',
    latencyMs: '$context.responseLatency',
    functionLatencyMs: '$context.integrationLatency',
    functionRequestId: '$context.integration.requestId',
    functionError: '$context.integrationErrorMessage',
    gatewayError: '$context.error.message',
  }),
);

function corsPreflight(allowOrigins: readonly string[]): CorsPreflightOptions | undefined {
  if (allowOrigins.length === 0) return undefined;
  return {
    allowOrigins: [...allowOrigins],
    allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.POST, CorsHttpMethod.PATCH, CorsHttpMethod.DELETE],
    allowHeaders: ['*'],
    exposeHeaders: ['location', 'retry-after', 'idempotent-replayed', 'ratelimit', 'ratelimit-policy'],
    maxAge: Duration.hours(1),
  };
}

function makeDomain(scope: Construct, { name, certificate }: CustomDomain): DomainName {
  return new DomainName(scope, 'Domain', { domainName: name, certificate });
}
