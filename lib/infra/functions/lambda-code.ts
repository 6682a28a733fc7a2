// A function's code: its entry bundled by esbuild, in this process, into one file that is the same for the same sources.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { AssetHashType, DockerImage } from 'aws-cdk-lib';
import { type AssetCode, Code } from 'aws-cdk-lib/aws-lambda';
import type { BuildOptions } from 'esbuild';
import { VERSION } from '../../api/version.ts';
import { ENVIRONMENT, type FunctionName } from '../../aws/lambda/environment.ts';

const PROJECT_ROOT = join(import.meta.dirname, '../../..');
const ENTRIES = join(PROJECT_ROOT, 'lambdas');
const FUNCTION_NAMES = Object.keys(ENVIRONMENT) as FunctionName[];

/** Some dependencies still call `require` at run time; an ES module has none of its own. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);";

/**
 * No source map: Node reads one only with --enable-source-maps, which slows every start and every throw, and it would double
 * the upload. The bundle is deterministic, so the map of a deployed stack trace can be made from the same commit at any time.
 */
const OPTIONS = {
  absWorkingDir: PROJECT_ROOT,
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'esm',
  minify: true,
  mainFields: ['module', 'main'],
  legalComments: 'none',
  banner: { js: REQUIRE_BANNER },
  define: { SIGNET_VERSION: JSON.stringify(VERSION) },
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * The code of `lambdas/<name>.ts`, with the AWS SDK inside.
 *
 * Not NodejsFunction: it starts `npx esbuild` for every function, which takes ten times as long as esbuild in this process.
 */
export function bundleLambda(name: FunctionName): AssetCode {
  return Code.fromAsset(ENTRIES, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused: bundling is local'),
      command: [name], // never run; it tells the assets apart in CDK's cache, which does not look into the function below
      local: { tryBundle: (outputDirectory) => writeBundle(name, outputDirectory) },
    },
  });
}

/** Every function's bundle, in one run of esbuild: they share most of their sources. */
export function buildBundles(): ReadonlyMap<FunctionName, Uint8Array> {
  // Loaded here, not at the top: whoever turns bundling off needs no esbuild.
  const esbuild: typeof import('esbuild') = createRequire(import.meta.url)('esbuild');
  const { outputFiles } = esbuild.buildSync({
    ...OPTIONS,
    entryPoints: FUNCTION_NAMES.map((name) => join(ENTRIES, `${name}.ts`)),
    outdir: ENTRIES,
    write: false,
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path, '.js') as FunctionName, contents]));
}

let built: ReturnType<typeof buildBundles> | undefined;

/** Writes one bundle, after building them all once in the life of this process. */
function writeBundle(name: FunctionName, outputDirectory: string): boolean {
  built ??= buildBundles();
  const bundle = built.get(name);
  if (!bundle) throw new Error(`lambdas/${name}.ts gave no bundle.`);
  writeFileSync(join(outputDirectory, 'index.mjs'), bundle);
  return true;
}
