// The arrows of the design as data, and the check that finds every import against them.

export interface Room {
  /** The folder, ending in a slash, or one file. */
  readonly path: string;
  /** Folders and files of ours that it may import besides itself. */
  readonly ours: readonly string[];
  /** Packages and built-ins that it may import; a trailing `*` stands for any rest. */
  readonly packages: readonly string[];
}

const TABLES_FOR_ALL = ['lib/relay/routes.ts', 'lib/relay/problems.ts', 'lib/relay/limits.ts'];

/** How every caller of the relay reads its answers, and how long it waits: one rule beside the table of problems. */
const RULES_FOR_CALLERS = ['lib/relay/relay-answer.ts', 'lib/relay/back-off.ts'];

/** How a command finds the laptop cloud that runs. */
const LAPTOP_FOR_OPERATORS = ['lib/local/state-file.ts', 'lib/local/laptop-deployment.ts'];

/** The first row whose path fits a file is its room. Programs (`bin`, `lambdas`, `agent`) are in nobody’s list. */
export const ROOMS: readonly Room[] = [
  { path: 'lib/protocol/', ours: [], packages: ['node:crypto', 'structured-headers'] },
  { path: 'lib/net/', ours: ['lib/protocol/verdict.ts'], packages: ['node:*', 'ipaddr.js'] },
  {
    path: 'lib/relay/',
    ours: ['lib/protocol/', 'lib/net/address-policy.ts', 'lib/net/http-url.ts'],
    packages: ['node:crypto', 'zod/mini', 'jose', 'canonicalize'],
  },
  {
    path: 'lib/aws/',
    ours: ['lib/protocol/', 'lib/relay/'],
    packages: [
      '@aws-sdk/*',
      '@aws-lambda-powertools/*',
      'aws-lambda',
      'node:crypto',
      'node:timers/promises',
      'node:zlib',
    ],
  },
  {
    path: 'lib/infra/',
    ours: [
      ...TABLES_FOR_ALL,
      'lib/relay/log-events.ts',
      'lib/aws/table-schema.ts',
      'lib/aws/environment.ts',
      'lib/aws/imported-secret-names.ts',
      'lib/aws/deployment-tags.ts',
    ],
    packages: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'esbuild', 'node:*'],
  },
  { path: 'lib/local/cloud/', ours: [], packages: ['node:*', 'fauxqs', '@aws-sdk/*'] },
  {
    path: 'lib/local/',
    // Of lib/net the rules alone: `--webhook` refuses at once what a delivery would be refused.
    ours: [
      'lib/local/cloud/',
      'lib/protocol/',
      'lib/relay/',
      'lib/aws/',
      'lib/net/address-policy.ts',
      'lib/net/http-url.ts',
    ],
    packages: ['node:*', 'jose', 'standardwebhooks', 'aws-lambda'],
  },
  {
    path: 'lib/client/',
    ours: ['lib/protocol/', ...TABLES_FOR_ALL, ...RULES_FOR_CALLERS],
    packages: ['node:crypto'],
  },
  {
    path: 'lambdas/',
    ours: ['lib/protocol/', 'lib/net/', 'lib/relay/', 'lib/aws/'],
    packages: ['@middy/core', '@aws-lambda-powertools/*', 'aws-lambda'],
  },
  {
    path: 'agent/',
    ours: ['lib/protocol/', 'lib/net/', ...TABLES_FOR_ALL, ...RULES_FOR_CALLERS],
    packages: ['node:*', 'jose', 'tldts'],
  },
  {
    path: 'bin/signet/operator/',
    ours: ['bin/signet/', 'lib/protocol/', 'lib/relay/', 'lib/aws/', ...LAPTOP_FOR_OPERATORS],
    packages: ['node:*'],
  },
  // What partners install: it never reaches the operator's part, nor AWS.
  { path: 'bin/signet/', ours: ['lib/client/', 'lib/protocol/'], packages: ['node:*'] },
  { path: 'bin/signet-partner.ts', ours: ['bin/signet/run.ts', 'bin/signet/own-terminal.ts'], packages: [] },
  { path: 'bin/signet.ts', ours: ['bin/signet/'], packages: [] },
  { path: 'bin/pack.ts', ours: [], packages: ['node:*', 'esbuild'] },
  { path: 'bin/relay.ts', ours: ['lib/infra/'], packages: ['aws-cdk-lib', 'cdk-nag'] },
];

/** Sources by path from the root, with slashes. */
export type Sources = ReadonlyMap<string, string>;

/** One sentence for each import that goes against an arrow, and for each file that is in no room. */
export function findViolations(sources: Sources, rooms: readonly Room[] = ROOMS): string[] {
  const roomOf = (file: string) => rooms.find(({ path }) => file.startsWith(path));
  return [...sources].flatMap(([file, source]) => {
    const room = roomOf(file);
    if (!room) return [`${file} is in no room`];
    return importsOf(source)
      .map((specifier) => resolveImport(file, specifier))
      .filter((target) => roomOf(target) !== room && !mayImport(room, target))
      .map((target) => `${file} may not import ${target}`);
  });
}

/** Each ring of files that import each other, written as a path. Type imports count. */
export function findCycles(sources: Sources): string[] {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (trail.includes(file) || done.has(file)) return;
    for (const specifier of importsOf(sources.get(file) ?? '')) {
      const target = resolveImport(file, specifier);
      if (sources.has(target)) visit(target, [...trail, file]);
    }
    done.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return cycles;
}

const IMPORT = /\b(?:from\s*|import\s*\(?\s*)['"]([\w@.:/-]+)['"]/g;

/** Static, side-effect and dynamic imports, and re-exports. */
export function importsOf(source: string): string[] {
  const code = source.replace(/^\s*\/\/.*$/gm, '').replace(/\/\*[\s\S]*?\*\//g, '');
  return [...code.matchAll(IMPORT)].map(([, specifier = '']) => specifier);
}

function resolveImport(file: string, specifier: string): string {
  return specifier.startsWith('.') ? new URL(specifier, `file:///${file}`).pathname.slice(1) : specifier;
}

function mayImport(room: Room, target: string): boolean {
  return (
    room.ours.some((path) => target === path || (path.endsWith('/') && target.startsWith(path))) ||
    room.packages.some((name) => (name.endsWith('*') ? target.startsWith(name.slice(0, -1)) : target === name))
  );
}
