// Finds every allowing statement of a template, at any depth, and those that are too wide.
import { flatten, type Resources } from '../template.ts';

export interface Statement {
  /** The logical ids of the roles that have the statement. Empty for a resource's own policy. */
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

/** Returns every statement of the template that allows something. */
export function allowedStatements(resources: Resources): Statement[] {
  return Object.entries(resources).flatMap(([logicalId, { Properties }]) => {
    const roles: string[] = (Properties?.['Roles'] ?? [{ Ref: logicalId }]).map((role: { Ref: string }) => role.Ref);
    return rawStatements(Properties)
      .filter(({ Effect }) => Effect === 'Allow')
      .map((raw) => read(raw, roles));
  });
}

/** The resource names of each service that may end in a wildcard. */
export type AllowedWildcards = Readonly<Record<string, readonly string[]>>;

/** Returns what is too wide: wildcard actions, wildcard resources that are not allowed, and managed policies. */
export function findTooWide(resources: Resources, allowed: AllowedWildcards): string[] {
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

/**
 * Returns statements at any depth: of policies, of a role's inline policies and of queues. Trust policies are left out.
 */
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
