// The HTTP API in front of the links and agent functions. Its routes are the rows of lib/api/routes.ts and $default.
import { Duration, type RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import { AccessLogFormat } from 'aws-cdk-lib/aws-apigateway';
import {
  CfnIntegration,
  CfnRoute,
  type CfnStage,
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
import { ROUTES, type Route } from '../api/routes.ts';
import { omitUndefined } from './omit-undefined.ts';

/** The audiences that are throttled apart. Callers without a key are the public. */
type ThrottledAudience = 'partner' | 'agent' | 'public';

type ServingFunction = (typeof ROUTES)[keyof typeof ROUTES]['servedBy'];

/** A domain of the platform team's own. */
export interface CustomDomain {
  readonly name: string;
  /** A certificate in the stack's own region. */
  readonly certificate: ICertificate;
}

export interface HttpGatewayProps {
  readonly stage: string;
  /** Requests per second of each route, by audience. */
  readonly throttle: Readonly<Record<ThrottledAudience, number>>;
  readonly corsOrigins: readonly string[];
  readonly domain?: CustomDomain | undefined;
  readonly logRetention: RetentionDays;
  /** What happens to the access log when the stack is deleted. */
  readonly removalPolicy: RemovalPolicy;
}

/** The HTTP API with its stage, its access log and its optional domain. */
export class HttpGateway extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  /** The custom domain, as the target of a DNS record. */
  readonly domainName: DomainName | undefined;
  /** The address that callers use: scheme and host, without a slash at the end. */
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

  /**
   * Routes each row of the table to the function that serves it. All other requests go to `links`, which answers 404
   * with a problem of ours.
   */
  serve(functions: Readonly<Record<ServingFunction, LambdaFunction>>): void {
    const links = this.proxyTo('links', functions.links);
    const targets = { links, agent: this.proxyTo('agent', functions.agent) };
    const routes = Object.values(ROUTES).map(({ method, path, servedBy }) =>
      this.addRoute(`${method} ${path}`, targets[servedBy]),
    );
    // API Gateway refuses the settings of a route that does not exist yet.
    this.stage.node.addDependency(...routes, this.addRoute('$default', links));
  }

  /**
   * Uses the L1 construct: CDK's own integration is named after the first route that uses it, so a new order of the
   * rows would replace it.
   */
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

  /**
   * Two segments, not the three of `arnForExecuteApi`: the $default route has no method (`<api>/$default/$default`).
   */
  private anyRouteArn(): string {
    return Stack.of(this).formatArn({ service: 'execute-api', resource: this.api.apiId, resourceName: '*/*' });
  }

  /** Names the construct by the route key, so that a renamed row does not become a second route with the same key. */
  private addRoute(routeKey: string, integration: CfnIntegration): CfnRoute {
    const target = `integrations/${integration.ref}`;
    const route = new CfnRoute(this, routeKey, { apiId: this.api.apiId, routeKey, target });
    Validations.of(route).acknowledge(NO_AUTHORIZER);
    return route;
  }

  private makeStage(props: HttpGatewayProps): HttpStage {
    const { logRetention: retention, removalPolicy, throttle } = props;
    const logGroup = new LogGroup(this, 'AccessLogs', { retention, removalPolicy });
    const stage = new HttpStage(this, 'Stage', {
      httpApi: this.api,
      stageName: '$default',
      autoDeploy: true,
      throttle: { rateLimit: throttle.public, burstLimit: throttle.public },
      accessLogSettings: { destination: new LogGroupLogDestination(logGroup), format: ACCESS_LOG },
      ...omitUndefined({ domainMapping: this.domainName && { domainName: this.domainName } }),
    });
    // CDK's stage has no property for the settings of single routes.
    (stage.node.defaultChild as CfnStage).routeSettings = routeSettings(throttle);
    return stage;
  }
}

/** Returns the limits of each route, by route key. CloudFormation passes this map on as it is, so its names are CloudFormation's. */
function routeSettings(throttle: HttpGatewayProps['throttle']) {
  const limit = (rate: number) => ({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: rate });
  const rows = Object.values(ROUTES).map(
    ({ method, path, audience }) => [`${method} ${path}`, limit(throttle[throttledAs(audience)])] as const,
  );
  return Object.fromEntries([...rows, ['$default', limit(throttle.public)]]);
}

function throttledAs(audience: Route['audience']): ThrottledAudience {
  return audience === 'partner' || audience === 'agent' ? audience : 'public';
}

const NO_AUTHORIZER = {
  id: 'AwsSolutions-APIG4',
  reason:
    'A gateway authorizer never sees the body, and every scheme signs the body. The function verifies the signature before ' +
    'it does anything else. Routes that need no signature have audience anyone in the table of routes.',
};

/**
 * One line per request. It has no headers, which hold signatures, and no query, which holds cursors and key ids. It has no
 * path: a stranger chooses its length, and the function logs its beginning with the same request id.
 */
const ACCESS_LOG = AccessLogFormat.custom(
  JSON.stringify({
    requestId: '$context.requestId',
    time: '$context.requestTime',
    ip: '$context.identity.sourceIp',
    method: '$context.httpMethod',
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
