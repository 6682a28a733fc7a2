// The synthesized template as plain data, without bundling and CDK validation: one second in place of five.
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { RelayStack } from '../../lib/infra/relay-stack.ts';
import type { SignetRelayProps } from '../../lib/infra/signet-relay.ts';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is data of any shape, and the tests say which they expect
  readonly Properties: Readonly<Record<string, any>>;
  readonly DeletionPolicy?: string;
  readonly Metadata?: Readonly<Record<string, string>>;
}

export type Resources = Readonly<Record<string, Resource>>;

const CONTEXT = { 'aws:cdk:bundling-stacks': [], 'aws:cdk:enable-path-metadata': true };

/** Returns an app that bundles nothing and leaves CDK's own validation to `cdk synth`. */
export function quickApp(): App {
  return new App({ analyticsReporting: false, builtinCloudFormationValidation: false, context: CONTEXT });
}

/** Returns a stack of stage `dev` in such an app. */
export function relayStack(props: Partial<SignetRelayProps> = {}): RelayStack {
  return new RelayStack(quickApp(), 'SignetRelay', {
    stage: 'dev',
    ...props,
  });
}

/** Returns its template. */
export function synthesize(props: Partial<SignetRelayProps> = {}): Template {
  return Template.fromStack(relayStack(props));
}

/** Returns the resources of a template by logical id. */
export function resourcesOf(template: Template): Resources {
  return template.toJSON().Resources;
}

/** Returns the resources of one type, with their logical ids. */
export function ofType(resources: Resources, type: string): [string, Resource][] {
  return Object.entries(resources).filter(([, resource]) => resource.Type === type);
}

/**
 * Returns the only resource whose construct path ends so, which is how `lib/local` finds it.
 * @throws Error if there is none or more than one.
 */
export function atPath(resources: Resources, ending: string): [string, Resource] {
  const found = Object.entries(resources).filter(([, { Metadata }]) => Metadata?.['aws:cdk:path']?.endsWith(ending));
  if (found.length !== 1 || !found[0]) throw new Error(`${found.length} resources end in ${ending}`);
  return found[0];
}

/**
 * Returns a value as text: `{Ref: X}` becomes `<X>`, an attribute becomes `<X.Arn>`, and joins are joined.
 * @throws Error for any other intrinsic function.
 */
export function flatten(value: unknown): string {
  if (typeof value === 'string') return value;
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Join': join } = value as Record<string, unknown>;
  if (typeof Ref === 'string') return `<${Ref}>`;
  if (Array.isArray(attribute)) return `<${attribute.join('.')}>`;
  if (Array.isArray(join)) return (join[1] as unknown[]).map(flatten).join(String(join[0]));
  throw new Error(`Cannot flatten ${JSON.stringify(value)}`);
}
