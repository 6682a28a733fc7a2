// CloudFormation's intrinsic functions, resolved to what runs on the laptop.
import { ACCOUNT_ID, REGION } from '../base/identity.ts';

/** The values of `Ref` and `Fn::GetAtt` for a resource. */
export interface Physical {
  readonly ref: string;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** The resources by logical id, and the parameters' values. */
export interface Bindings {
  readonly resources: ReadonlyMap<string, Physical>;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly stackName: string;
}

type Intrinsic = (argument: unknown, resolver: Resolver) => unknown;

interface Resolver {
  readonly bindings: Bindings;
  readonly place: string;
  readonly resolve: (value: unknown) => unknown;
}

const INTRINSICS: Readonly<Record<string, Intrinsic>> = Object.assign(Object.create(null), {
  Ref: (name, resolver) => resolveRef(String(name), resolver),
  'Fn::GetAtt': (argument, resolver) => resolveAttribute(argument, resolver),
  'Fn::Join': (argument, resolver) => {
    const [separator, parts] = argument as [string, unknown];
    return (resolver.resolve(parts) as unknown[]).map(String).join(separator);
  },
  'Fn::Split': (argument, resolver) => {
    const [separator, text] = argument as [string, unknown];
    return String(resolver.resolve(text)).split(separator);
  },
  'Fn::Select': (argument, resolver) => {
    const [index, list] = argument as [number | string, unknown];
    return (resolver.resolve(list) as unknown[])[Number(index)];
  },
  'Fn::Sub': (argument, resolver) => substitute(argument, resolver),
} satisfies Record<string, Intrinsic>);

/**
 * Returns the value with every intrinsic function resolved.
 * @param place where the value is in the template, for error messages
 * @throws Error that names the place when an intrinsic function, a resource or an attribute is unknown.
 */
export function resolveValue(value: unknown, bindings: Bindings, place: string): unknown {
  const resolver: Resolver = { bindings, place, resolve: (inner) => resolveValue(inner, bindings, place) };
  if (Array.isArray(value)) return value.map(resolver.resolve);
  if (typeof value !== 'object' || value === null) return value;
  const [key, ...more] = Object.keys(value);
  if (key !== undefined && more.length === 0 && isIntrinsic(key)) {
    return resolveIntrinsic(key, Object.values(value)[0], resolver);
  }
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, resolveValue(inner, bindings, `${place}.${name}`)]),
  );
}

/**
 * Returns a value as text, with every intrinsic function resolved.
 * @throws Error as `resolveValue`, or when the value is not text, a number or a boolean.
 */
export function resolveText(value: unknown, bindings: Bindings, place: string): string {
  const text = resolveValue(value, bindings, place);
  if (typeof text === 'string') return text;
  if (typeof text === 'number' || typeof text === 'boolean') return String(text);
  throw new Error(`${place} should be text, but is ${JSON.stringify(text)}.`);
}

function isIntrinsic(key: string): boolean {
  return key === 'Ref' || key.startsWith('Fn::');
}

function resolveIntrinsic(name: string, argument: unknown, resolver: Resolver): unknown {
  const intrinsic = INTRINSICS[name];
  if (!intrinsic) throw new Error(`${resolver.place} uses ${name}, which the laptop cloud does not support.`);
  return intrinsic(argument, resolver);
}

function resolveRef(name: string, { bindings, place }: Resolver): unknown {
  const pseudo = pseudoParameters(bindings.stackName)[name];
  if (pseudo !== undefined) return pseudo;
  const resource = bindings.resources.get(name);
  if (resource) return resource.ref;
  if (bindings.parameters[name] !== undefined) return bindings.parameters[name];
  throw new Error(`${place} refers to ${name}, which the laptop cloud has not started.`);
}

function resolveAttribute(argument: unknown, { bindings, place }: Resolver): string {
  const [name = '', ...path] = Array.isArray(argument) ? argument.map(String) : String(argument).split('.');
  const attribute = path.join('.');
  const value = bindings.resources.get(name)?.attributes?.[attribute];
  if (value === undefined)
    throw new Error(`${place} refers to ${name}.${attribute}, which the laptop cloud does not have.`);
  return value;
}

function substitute(argument: unknown, resolver: Resolver): string {
  const [text, variables] = (Array.isArray(argument) ? argument : [argument, {}]) as [string, Record<string, unknown>];
  return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
    if (literal) return `\${${name}}`;
    if (Object.hasOwn(variables, name)) return String(resolver.resolve(variables[name]));
    return String(name.includes('.') ? resolveAttribute(name, resolver) : resolveRef(name, resolver));
  });
}

function pseudoParameters(stackName: string): Readonly<Record<string, string>> {
  return {
    'AWS::Region': REGION,
    'AWS::AccountId': ACCOUNT_ID,
    'AWS::Partition': 'aws',
    'AWS::URLSuffix': 'amazonaws.com',
    'AWS::StackName': stackName,
    'AWS::StackId': `arn:aws:cloudformation:${REGION}:${ACCOUNT_ID}:stack/${stackName}/laptop`,
  };
}
