// `npm run pack [-- folder]`: makes the package that partners and consumers install. It holds the client as one file with
// types and the `signet` command, and has no dependency. The same sources give the same bytes.
import { execFileSync, type StdioOptions } from 'node:child_process';
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { name, version, description, license } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const dist = resolve(process.argv[2] ?? join(root, 'dist'));
const folder = join(dist, 'package');

/** The oldest Node that partners may have. Before 20.12, `node:crypto` has no `hash`. */
const OLDEST_NODE = '20.12';

const shared = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: `node${OLDEST_NODE}`,
  mainFields: ['module', 'main'] as string[],
  minify: true,
  // An uncaught error prints the line that threw, so lines are short, and the name of its class, so names are kept.
  lineLimit: 120,
  keepNames: true,
  legalComments: 'none',
  define: { SIGNET_VERSION: JSON.stringify(version) },
} satisfies BuildOptions;

/** commander calls `require`, which an ES module does not have. */
const REQUIRE_BANNER =
  "import{createRequire as __createRequire}from'node:module';const require=__createRequire(import.meta.url);";

/** Dependencies whose code is in the bundles. Their licences go along. */
const BUNDLED = ['structured-headers', 'commander'];

async function stage(): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await build({ ...shared, entryPoints: [join(root, 'lib/client/index.ts')], outfile: join(folder, 'client.js') });
  await build({
    ...shared,
    banner: { js: REQUIRE_BANNER },
    entryPoints: [join(root, 'bin/signet-partner.ts')],
    outfile: join(folder, 'signet.js'),
  });
  const options = ['--project', join(root, 'tsconfig.package.json'), '--outDir', join(folder, 'types')];
  execFileSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...options], { stdio: 'inherit' });
  nameCompiledFiles(join(folder, 'types'));
  cpSync(join(root, 'lib/client/README.md'), join(folder, 'README.md'));
  for (const dependency of BUNDLED)
    cpSync(join(root, 'node_modules', dependency, 'LICENSE'), join(folder, `LICENSE.${dependency}`));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
}

/** Declarations import each other by `.ts`, as the sources do. Older compilers need the name of the compiled file. */
function nameCompiledFiles(types: string): void {
  for (const path of readdirSync(types, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.d.ts'),
  )) {
    const text = readFileSync(join(types, path), 'utf8');
    writeFileSync(join(types, path), text.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"));
  }
}

function manifest(): object {
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

/** Returns the name of the tarball. npm writes no times and no owners into it. */
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
