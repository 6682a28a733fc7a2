// The template's HTTP API: routes, stage, CORS and custom domain.
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { describe, expect, it } from 'vitest';
import { ROUTES, type Route } from '../../lib/api/routes.ts';
import { SignetRelay, type SignetRelayProps } from '../../lib/infra/signet-relay.ts';
import { atPath, flatten, ofType, quickApp, type Resources, resourcesOf, synthesize } from './template.ts';

const resources = resourcesOf(synthesize());
const api = (props: Partial<SignetRelayProps>) => atPath(resourcesOf(synthesize(props)), '/Http/Api/Resource')[1];
const stage = (props: Partial<SignetRelayProps> = {}) =>
  atPath(resourcesOf(synthesize(props)), '/Http/Stage/Resource')[1];

/** Returns the name of the function behind each route key of the template. */
function servedBy(from: Resources): Record<string, string | undefined> {
  const routes = ofType(from, 'AWS::ApiGatewayV2::Route').map(([, { Properties }]) => {
    const integration = from[flatten(Properties['Target']).slice('integrations/<'.length, -1)];
    const functionId = integration?.Properties['IntegrationUri']['Fn::GetAtt'][0];
    return [Properties['RouteKey'], from[functionId]?.Metadata?.['aws:cdk:path']?.split('/').at(-2)];
  });
  return Object.fromEntries(routes);
}

describe('the routes', () => {
  it('are the rows of the table, and $default goes to links', () => {
    const rows = Object.values(ROUTES).map((row) => [`${row.method} ${row.path}`, row.servedBy]);
    expect(servedBy(resources)).toEqual({ ...Object.fromEntries(rows), $default: 'links' });
  });

  it('invoke the functions with payload 2.0, and $default may invoke links although its ARN has no method', () => {
    for (const [, { Properties }] of ofType(resources, 'AWS::ApiGatewayV2::Integration')) {
      expect(Properties).toMatchObject({ IntegrationType: 'AWS_PROXY', PayloadFormatVersion: '2.0' });
    }
    const permissions = ofType(resources, 'AWS::Lambda::Permission')
      .filter(([, { Properties }]) => Properties['Principal'] === 'apigateway.amazonaws.com')
      .map(([, { Properties }]) => flatten(Properties['SourceArn']).split('>').at(-1));
    expect(permissions).toEqual(['/*/*', '/*/*']);
  });
});

describe('the stage', () => {
  const limitsOf = (rate: number) => ({ ThrottlingRateLimit: rate, ThrottlingBurstLimit: rate });
  const rateOf = (audience: Route['audience'], rates: { partner: number; agent: number; public: number }) =>
    audience === 'partner' || audience === 'agent' ? rates[audience] : rates.public;
  const settingsFor = (rates: { partner: number; agent: number; public: number }) => ({
    ...Object.fromEntries(
      Object.values(ROUTES).map((row) => [`${row.method} ${row.path}`, limitsOf(rateOf(row.audience, rates))]),
    ),
    $default: limitsOf(rates.public),
  });

  it('is $default, and limits every route apart, by its audience', () => {
    const rates = { partner: 500, agent: 1_000, public: 50 };
    expect(stage().Properties).toMatchObject({ StageName: '$default', AutoDeploy: true });
    expect(stage().Properties['RouteSettings']).toEqual(settingsFor(rates));
    expect(stage().Properties['DefaultRouteSettings']).toEqual(limitsOf(50));
  });

  it('uses the rates of the prop, and the defaults of the others', () => {
    const settings = stage({ throttle: { partner: 20, public: 3 } }).Properties['RouteSettings'];
    expect(settings).toEqual(settingsFor({ partner: 20, agent: 1_000, public: 3 }));
  });

  it('is made after every route, because API Gateway refuses settings of a route that does not exist', () => {
    const routes = ofType(resources, 'AWS::ApiGatewayV2::Route').map(([id]) => id);
    expect(routes).toHaveLength(Object.keys(ROUTES).length + 1);
    expect((stage() as { DependsOn?: unknown }).DependsOn).toEqual(expect.arrayContaining(routes));
  });

  it.each([0, -1, 1.5, Number.NaN])('refuses the rate %s at synthesis', (partner) => {
    expect(() => synthesize({ throttle: { partner } })).toThrow(/throttle\.partner .* whole number/);
  });

  it('refuses the old prop at synthesis, and names the new one', () => {
    const old = { throttleRequestsPerSecond: 500 } as Partial<SignetRelayProps>;
    expect(() => synthesize(old)).toThrow(/throttleRequestsPerSecond .*throttle: \{ partner, agent, public \}/);
  });

  it('logs no header and no query', () => {
    const { Format } = stage().Properties['AccessLogSettings'];
    expect(Object.keys(JSON.parse(Format))).toContain('requestId');
    expect(Format).not.toMatch(/header|query|authorizer|userAgent/i);
  });
});

describe('CORS', () => {
  it.each([[{}], [{ corsOrigins: [] }]])('is off with %j', (props) => {
    expect(api(props).Properties['CorsConfiguration']).toBeUndefined();
  });

  it('allows only the named origins', () => {
    const { Properties } = api({ corsOrigins: ['https://console.example'] });
    expect(Properties['CorsConfiguration']).toMatchObject({ AllowOrigins: ['https://console.example'] });
    expect(Properties['CorsConfiguration'].AllowCredentials).toBeUndefined();
  });
});

describe('a custom domain', () => {
  const stack = new Stack(quickApp(), 'Own');
  const certificate = Certificate.fromCertificateArn(
    stack,
    'Certificate',
    'arn:aws:acm:eu-west-1:111122223333:certificate/x',
  );
  const relay = new SignetRelay(stack, 'Relay', { stage: 'dev', domain: { name: 'relay.example', certificate } });
  const own = resourcesOf(Template.fromStack(stack));

  it('is mapped at the root', () => {
    const [[, mapping] = []] = ofType(own, 'AWS::ApiGatewayV2::ApiMapping');
    expect(mapping?.Properties).toMatchObject({ Stage: '$default' });
    expect(mapping?.Properties['ApiMappingKey']).toBeUndefined();
    expect(relay.domainName?.name).toBeDefined();
  });

  it('is the URL in the tags of the key rings', () => {
    expect(relay.url).toBe('https://relay.example');
    const [, { Properties }] = atPath(own, '/InboundRing/Resource');
    expect(Properties['Tags']).toContainEqual({ Key: 'signet:api-url', Value: 'https://relay.example' });
  });
});
