// Finds the row of the route table that fits a request's method and path.

import { ROUTES, type Route, type RouteName } from '../../api/routes.ts';
import { accept, refuse, type Verdict } from '../../protocol/verdict.ts';

/** A route, and the values of the parameters in its path. */
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

/**
 * Returns the route of an untrusted method and path. A literal path wins over paths with parameters, for every method. The
 * reason of `method_not_allowed` is the value of the Allow header.
 */
export function matchRoute(method: string, path: string): Verdict<RouteMatch, 'not_found' | 'method_not_allowed'> {
  const fittingRoutes = PATTERNS.flatMap(({ name, route, pattern }) => {
    const parameters = pattern.exec(path)?.groups;
    return pattern.test(path) ? [{ name, route, parameters: { ...parameters } }] : [];
  });
  const literalRoutes = fittingRoutes.filter(({ route }) => route.path === path);
  const candidates = literalRoutes.length > 0 ? literalRoutes : fittingRoutes;
  const match = candidates.find(({ route }) => route.method === method);
  if (match) return accept(match);
  return candidates.length > 0
    ? refuse('method_not_allowed', formatAllow(candidates))
    : refuse('not_found', 'no such route');
}

/** Formats the methods of a path as the value of the Allow header. */
function formatAllow(matches: readonly RouteMatch[]): string {
  return matches.map(({ route }) => route.method).join(', ');
}
