// The imports that each part of the tree may have, and functions that find imports, cycles and folders that break the rules.

/** A folder or a file, and what it may import. */
export interface Room {
  /** A folder, ending in a slash, or a file. */
  readonly path: string;
  /** The folders and files of this repository that it may import, besides itself. */
  readonly ours: readonly string[];
  /** The packages and built-in modules that it may import. A trailing `*` matches any rest. */
  readonly packages: readonly string[];
}

/** The files with which a command finds the running laptop cloud. */
const LAPTOP_FOR_OPERATORS = ['lib/local/state-file.ts', 'lib/local/laptop-deployment.ts'];

/** The rooms of `lib/relay`. Each may import the rooms that it lists, and `model`. */
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

/** All rooms. A file belongs to the first room whose path fits. No room may import a program (`bin`, `lambdas`, `agent`). */
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
    // Only the rules of `lib/net` are allowed: `--webhook` refuses a URL at once if a delivery to it would be refused.
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
  // Partners install this part. It must import neither the operator's part nor AWS.
  { path: 'bin/signet/', ours: ['lib/client/', 'lib/protocol/', 'lib/api/', 'lib/terminal/'], packages: ['node:*'] },
  { path: 'bin/signet-partner.ts', ours: ['bin/signet/partner/', 'bin/signet/terminal/'], packages: [] },
  { path: 'bin/signet.ts', ours: ['bin/signet/'], packages: [] },
  { path: 'bin/pack.ts', ours: [], packages: ['node:*', 'esbuild'] },
  { path: 'bin/relay.ts', ours: ['lib/infra/'], packages: ['aws-cdk-lib', 'cdk-nag'] },
];

/** The number of files that a folder may have. */
const FOLDER_LIMIT = 20;

/** Returns a sentence for each folder that has more files than `limit`. Folders inside a folder do not count. */
export function findWideFolders(files: readonly string[], limit = FOLDER_LIMIT): string[] {
  const counts = new Map<string, number>();
  for (const file of files) {
    const folder = file.slice(0, Math.max(file.lastIndexOf('/'), 0)) || '.';
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > limit)
    .map(([folder, count]) => `${folder} has ${count} files; the limit is ${limit}`);
}

/** Source texts by path from the root, with slashes. */
export type Sources = ReadonlyMap<string, string>;

/** Returns a sentence for each import that its room does not allow, and for each file that is in no room. */
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

/** Returns each import cycle as a path of files. Type imports count. */
export function findCycles(sources: Sources): string[] {
  const visited = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) cycles.push([...trail.slice(trail.indexOf(file)), file].join(' → '));
    if (trail.includes(file) || visited.has(file)) return;
    for (const specifier of importsOf(sources.get(file) ?? '')) {
      const target = resolveImport(file, specifier);
      if (sources.has(target)) visit(target, [...trail, file]);
    }
    visited.add(file);
  };
  for (const file of sources.keys()) visit(file, []);
  return cycles;
}

const IMPORT = /\b(?:from\s*|import\s*\(?\s*)['"]([\w@.:/-]+)['"]/g;

/** Returns the specifiers of all imports in a source: static, side-effect and dynamic imports, and re-exports. */
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
