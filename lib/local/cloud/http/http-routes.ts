// The routes of an HTTP API, and how API Gateway chooses one. Source: "Routing API requests" in the developer guide.

/** A route and its function. */
export interface HttpRoute {
  /** The key in the template, such as `GET /api/links/{jobId}` or `$default`. */
  readonly routeKey: string;
  readonly functionName: string;
  /** How long the gateway waits for the function, in milliseconds. */
  readonly timeoutMs: number;
}

/** The chosen route, with the values of its path parameters. */
export interface RouteMatch {
  readonly route: HttpRoute;
  readonly pathParameters: Readonly<Record<string, string>>;
}

type Segment =
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'variable' | 'greedy'; readonly name: string };

interface CompiledRoute {
  readonly route: HttpRoute;
  readonly method: string;
  readonly segments: readonly Segment[];
}

/** Finds the route of a request. `path` is the encoded path. */
export type Router = (method: string, path: string) => RouteMatch | undefined;

/**
 * Returns a router. The most specific route wins: fixed segments before variable ones before greedy ones, then a method
 * before ANY, and `$default` last.
 */
export function createRouter(routes: readonly HttpRoute[]): Router {
  const fallback = routes.find((route) => route.routeKey === '$default');
  const compiled = routes.filter((route) => route !== fallback).map(compileRoute);
  compiled.sort((a, b) => rank(a).localeCompare(rank(b)));
  return (method, path) => {
    const parts = path.split('/').slice(1);
    for (const candidate of compiled) {
      if (candidate.method !== 'ANY' && candidate.method !== method) continue;
      const pathParameters = matchSegments(candidate.segments, parts);
      if (pathParameters) return { route: candidate.route, pathParameters };
    }
    return fallback && { route: fallback, pathParameters: {} };
  };
}

function compileRoute(route: HttpRoute): CompiledRoute {
  const [method = '', path = ''] = route.routeKey.split(' ');
  return { route, method, segments: path.split('/').slice(1).map(parseSegment) };
}

function parseSegment(text: string): Segment {
  const name = /^\{(.+?)\+?\}$/.exec(text)?.[1];
  if (name === undefined) return { kind: 'fixed', text };
  return { kind: text.endsWith('+}') ? 'greedy' : 'variable', name };
}

/**
 * Returns a sort key: one letter per segment (`0` fixed, `1` variable, `2` greedy), and then whether it takes any
 * method.
 */
function rank({ method, segments }: CompiledRoute): string {
  const letters = segments.map(({ kind }) => ({ fixed: '0', variable: '1', greedy: '2' })[kind]);
  return `${letters.join('')}${method === 'ANY' ? '~1' : '~0'}`;
}

function matchSegments(segments: readonly Segment[], parts: readonly string[]): Record<string, string> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of segments.entries()) {
    const part = parts[index];
    if (part === undefined || part === '') {
      if (segment.kind !== 'fixed' || part !== segment.text) return undefined;
    }
    if (segment.kind === 'fixed' && segment.text !== part) return undefined;
    if (segment.kind === 'variable') parameters[segment.name] = decodeURIComponent(part ?? '');
    if (segment.kind === 'greedy') {
      return { ...parameters, [segment.name]: decodeURIComponent(parts.slice(index).join('/')) };
    }
  }
  return parts.length === segments.length ? parameters : undefined;
}
