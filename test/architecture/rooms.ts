// The arrows of the design as data, and the check that finds every import against them.

export interface Room {
  /** The folder, ending in a slash, or one file. */
  readonly path: string;
  /** Folders and files of ours that it may import besides itself. */
  readonly ours: readonly string[];
  /** Packages and built-ins that it may import; a trailing `*` stands for any rest. */
  readonly packages: readonly string[];
}

/** How a command finds the laptop cloud that runs. */
const LAPTOP_FOR_OPERATORS = ['lib/local/state-file.ts', 'lib/local/laptop-deployment.ts'];

/** The rooms of `lib/relay` and, for each, the rooms beside it that it may import. Every room may import `model`. */
const RELAY_ARROWS: Readonly<Record<string, readonly string[]>> = {
  model: [],
  keys: [],
  http: ['keys'],
  openapi: [],
  admission: ['http'],
  leasing: ['http'],
  delivery: ['keys'],
  jobs: ['http', 'admission', 'delivery'],
  sweep: ['admission', 'leasing', 'delivery'],
  operator: ['keys', 'admission', 'delivery', 'jobs'],
  handlers: ['http', 'openapi', 'admission', 'leasing', 'jobs'],
};

const RELAY_ROOMS: readonly Room[] = Object.entries(RELAY_ARROWS).map(([room, others]) => ({
  path: `lib/relay/${room}/`,
  ours: [
    'lib/protocol/',
    'lib/api/',
    'lib/net/address-policy.ts',
    'lib/net/http-url.ts',
    ...['model', ...others].map((other) => `lib/relay/${other}/`),
  ],
  packages: ['node:crypto', 'zod/mini', 'jose', 'canonicalize'],
}));

/** A file belongs to the first row whose path fits it. No row lets anybody import a program (`bin`, `lambdas`, `agent`). */
export const ROOMS: readonly Room[] = [
  { path: 'lib/protocol/', ours: [], packages: ['node:crypto', 'structured-headers'] },
  { path: 'lib/api/', ours: ['lib/protocol/', 'package.json'], packages: [] },
  // What the command lines share: options, help, exit codes, tables, questions.
  { path: 'lib/terminal/', ours: ['lib/protocol/'], packages: ['node:*', 'commander'] },
  { path: 'lib/net/', ours: ['lib/protocol/verdict.ts'], packages: ['node:*', 'ipaddr.js'] },
  ...RELAY_ROOMS,
  {
    path: 'lib/aws/',
    ours: ['lib/protocol/', 'lib/api/', 'lib/relay/'],
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
      'lib/api/',
      'lib/relay/model/log-events.ts',
      'lib/aws/table/table-schema.ts',
      'lib/aws/lambda/environment.ts',
      'lib/aws/secrets/imported-secret-names.ts',
      'lib/aws/deployment/deployment-tags.ts',
    ],
    packages: ['aws-cdk-lib', 'aws-cdk-lib/*', 'constructs', 'esbuild', 'node:*'],
  },
  { path: 'lib/local/cloud/', ours: [], packages: ['node:*', 'fauxqs', '@aws-sdk/*'] },
  {
    path: 'lib/local/',
    // `lib/net` gives its rules alone: `--webhook` refuses a URL at once when a delivery to it would be refused.
    ours: [
      'lib/local/cloud/',
      'lib/protocol/',
      'lib/api/',
      'lib/relay/',
      'lib/aws/',
      'lib/terminal/',
      'lib/net/address-policy.ts',
      'lib/net/http-url.ts',
    ],
    packages: ['node:*', 'jose', 'standardwebhooks', 'aws-lambda'],
  },
  { path: 'lib/client/', ours: ['lib/protocol/', 'lib/api/'], packages: ['node:crypto'] },
  {
    path: 'lambdas/',
    ours: ['lib/protocol/', 'lib/api/', 'lib/net/', 'lib/relay/', 'lib/aws/'],
    packages: ['@middy/core', '@aws-lambda-powertools/*', 'aws-lambda'],
  },
  {
    path: 'agent/',
    ours: ['lib/protocol/', 'lib/api/', 'lib/net/', 'lib/terminal/'],
    packages: ['node:*', 'jose', 'tldts'],
  },
  {
    path: 'bin/signet/operator/',
    ours: [
      'bin/signet/',
      'lib/protocol/',
      'lib/api/',
      'lib/terminal/',
      'lib/relay/',
      'lib/aws/',
      ...LAPTOP_FOR_OPERATORS,
    ],
    packages: ['node:*'],
  },
  // What partners install: it never reaches the operator's part, nor AWS.
  { path: 'bin/signet/', ours: ['lib/client/', 'lib/protocol/', 'lib/api/', 'lib/terminal/'], packages: ['node:*'] },
  { path: 'bin/signet-partner.ts', ours: ['bin/signet/partner/', 'bin/signet/terminal/'], packages: [] },
  { path: 'bin/signet.ts', ours: ['bin/signet/'], packages: [] },
  { path: 'bin/pack.ts', ours: [], packages: ['node:*', 'esbuild'] },
  { path: 'bin/relay.ts', ours: ['lib/infra/'], packages: ['aws-cdk-lib', 'cdk-nag'] },
];

/** Files that one folder may hold, so that a reader can take in its list at a glance. */
const FOLDER_LIMIT = 20;

/** One sentence for each folder that holds more files than a reader can take in. Folders inside a folder do not count. */
export function findWideFolders(files: readonly string[], limit = FOLDER_LIMIT): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const folder = file.slice(0, Math.max(file.lastIndexOf('/'), 0)) || '.';
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > limit)
    .map(([folder, count]) => `${folder} holds ${count} files; ${limit} is the limit`);
}

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
