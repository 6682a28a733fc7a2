// From method and path to a row of the route table.

import { ROUTES, type Route, type RouteName } from '../../api/routes.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';

export interface RouteMatch {
  readonly name: RouteName;
  readonly route: Route;
  readonly parameters: Readonly<Record<string, string>>;
}

const PATTERNS = Object.entries(ROUTES).map(([name, route]) => ({
  name: name as RouteName,
  route: route as Route,
  pattern: new RegExp(`^${route.path.replaceAll('.', '\\.').replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
}));

/** A literal path wins over those with parameters, for every method. */
export function matchRoute(method: string, path: string): Verdict<RouteMatch, 'not_found' | 'method_not_allowed'> {
  const fitting = PATTERNS.flatMap(({ name, route, pattern }) => {
    const parameters = pattern.exec(path)?.groups;
    return pattern.test(path) ? [{ name, route, parameters: { ...parameters } }] : [];
  });
  const literal = fitting.filter(({ route }) => route.path === path);
  const candidates = literal.length > 0 ? literal : fitting;
  const match = candidates.find(({ route }) => route.method === method);
  if (match) return accept(match);
  return candidates.length > 0
    ? refuse('method_not_allowed', allowed(candidates))
    : refuse('not_found', 'no such route');
}

/** The methods of a path, as the Allow header lists them. */
function allowed(matches: readonly RouteMatch[]): string {
  return matches.map(({ route }) => route.method).join(', ');
}
