// `npm run pack [-- folder]`: what partners and consumers install. The client as one file with types, the `signet`
// command, no dependency. The same sources give the same bytes.
import { execFileSync, type StdioOptions } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const folder = join(dist, 'package');

/** The client runs where partners are, which is not where the relay is. Before 20.12, `node:crypto` has no `hash`. */
const OLDEST_NODE = '20.12';

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: `node${OLDEST_NODE}`,
  mainFields: ['module', 'main'] as string[],
  minify: true,
  // An uncaught error shows the line that threw: a short one. Its class is called what it is called.
  lineLimit: 120,
  keepNames: true,
  legalComments: 'none',
} satisfies BuildOptions;

async function stage(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({ ...shared, entryPoints: [join(root, 'lib/client/index.ts')], outfile: join(folder, 'client.js') });
  await build({ ...shared, entryPoints: [join(root, 'bin/signet-partner.ts')], outfile: join(folder, 'signet.js') });
  const options = ['--project', join(root, 'tsconfig.package.json'), '--outDir', join(folder, 'types')];
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options], { stdio: 'inherit' });
  nameCompiledFiles(join(folder, 'types'));
  cpSync(join(root, 'lib/client/README.md'), join(folder, 'README.md'));
  cpSync(join(root, 'node_modules/structured-headers/LICENSE'), join(folder, 'LICENSE.structured-headers'));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
}

/** Declarations import each other as the sources do, by `.ts`; older compilers want the name of the compiled file. */
function nameCompiledFiles(types: string): void {
  for (const name of readdirSync(types, { recursive: true, encoding: 'utf8' }).filter((one) => one.endsWith('.d.ts'))) {
    const text = readFileSync(join(types, name), 'utf8');
    writeFileSync(join(types, name), text.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"));
  }
}

function manifest(): object {
  const { name, version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return {
    name,
    version,
    description,
    license,
    type: 'module',
    engines: { node: `>=${OLDEST_NODE}` },
    // `default` serves `import`, and `require` where Node can require a module (20.19, 22.12 and later).
    exports: {
      './client': { types: './types/client/index.d.ts', default: './client.js' },
      './package.json': './package.json',
    },
    bin: { signet: 'signet.js' },
    sideEffects: false,
  };
}

/** The name of the file. npm writes no times and no owners into it. */
function pack(): string {
  const npm = process.env['npm_execpath'];
  const [command = 'npm', ...words] = npm ? [process.execPath, npm] : ['npm'];
  const options = ['pack', folder, '--pack-destination', dist, '--json', '--ignore-scripts'];
  const stdio: StdioOptions = ['ignore', 'pipe', 'inherit'];
  const packed = execFileSync(command, [...words, ...options], { cwd: dist, encoding: 'utf8', stdio });
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return filename;
}

await stage();
console.log(join(dist, pack()));
