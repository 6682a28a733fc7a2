// The template's HTTP API: routes, stage, CORS and custom domain.
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../lib/api/routes.ts';
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
  it('is $default and limits callers to 500 requests per second', () => {
    expect(stage().Properties).toMatchObject({
      StageName: '$default',
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 500 },
    });
  });

  it('uses the limit of the prop', () => {
    const limits = { ThrottlingRateLimit: 20, ThrottlingBurstLimit: 20 };
    expect(stage({ throttleRequestsPerSecond: 20 }).Properties['DefaultRouteSettings']).toEqual(limits);
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
