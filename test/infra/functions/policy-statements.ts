// Every statement of a template that allows something, wherever it stands, and what is too wide about it.
import { flatten, type Resources } from '../template.ts';

export interface Statement {
  /** The logical ids of the roles that hold it; none for a resource's own policy. */
  readonly roles: readonly string[];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly inverted: boolean;
}

interface RawStatement {
  readonly Effect: string;
  readonly Action?: unknown;
  readonly NotAction?: unknown;
  readonly Resource?: unknown;
  readonly NotResource?: unknown;
}

const IGNORED_POLICY = 'AssumeRolePolicyDocument';

export function allowedStatements(resources: Resources): Statement[] {
  return Object.entries(resources).flatMap(([logicalId, { Properties }]) => {
    const roles: string[] = (Properties?.['Roles'] ?? [{ Ref: logicalId }]).map((role: { Ref: string }) => role.Ref);
    return rawStatements(Properties)
      .filter(({ Effect }) => Effect === 'Allow')
      .map((raw) => read(raw, roles));
  });
}

/** The names of a service that may end in a wildcard. */
export type AllowedWildcards = Readonly<Record<string, readonly string[]>>;

/** Whatever breaks the promise: no wildcard action, a wildcard resource only where it is allowed, no managed policy. */
export function tooWide(resources: Resources, allowed: AllowedWildcards): string[] {
  const statements = allowedStatements(resources);
  return [
    ...statements.filter(({ inverted }) => inverted).map(() => 'NotAction or NotResource'),
    ...statements.flatMap(({ actions }) => actions.filter((action) => action.includes('*'))),
    ...statements.flatMap((each) => each.resources.filter((resource) => isTooWide(resource, allowed))),
    ...Object.values(resources)
      .flatMap(({ Properties }) => Properties?.['ManagedPolicyArns'] ?? [])
      .map(flatten),
  ];
}

function isTooWide(resource: string, allowed: AllowedWildcards): boolean {
  const service = /^arn:(?:<AWS::Partition>|aws):([a-z]+):/.exec(resource)?.[1] ?? '';
  const [, name = ''] = resource.split(':<AWS::AccountId>:');
  return /[*?]/.test(resource) && !allowed[service]?.includes(name);
}

/** Statements at any depth: a policy's own, a role's inline ones, a queue's. Who may assume a role is another matter. */
function rawStatements(value: unknown): RawStatement[] {
  if (Array.isArray(value)) return value.flatMap(rawStatements);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === IGNORED_POLICY) return [];
    return key === 'Statement' ? [inner].flat() : rawStatements(inner);
  });
}

function read(raw: RawStatement, roles: readonly string[]): Statement {
  return {
    roles,
    actions: [raw.Action ?? []].flat().map(flatten),
    resources: [raw.Resource ?? []].flat().map(flatten),
    inverted: raw.NotAction !== undefined || raw.NotResource !== undefined,
  };
}
