// A function's code: esbuild bundles its entry in this process. The same sources always give the same file.
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

/** Some dependencies still call `require` at run time, which an ES module does not have. */
const REQUIRE_BANNER =
  "import { createRequire as __createRequire } from 'node:module';const require = __createRequire(import.meta.url);";

/**
 * There is no source map. Node reads one only with --enable-source-maps, which slows every start and every throw, and
 * it would double the upload. The bundle is deterministic, so a map for a deployed stack trace can be built from the
 * same commit at any time.
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
 * Returns the code of `lambdas/<name>.ts`, with the AWS SDK inside. It does not use NodejsFunction, which starts
 * `npx esbuild` for every function and takes ten times as long.
 */
export function bundleLambda(name: FunctionName): AssetCode {
  return Code.fromAsset(ENTRIES, {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      image: DockerImage.fromRegistry('unused: bundling is local'),
      command: [name], // never run; CDK's cache tells the assets apart by it, because it does not see the function below
      local: { tryBundle: (outputDirectory) => writeBundle(name, outputDirectory) },
    },
  });
}

/** Returns every function's bundle, built in one run of esbuild because they share most of their sources. */
export function buildBundles(): ReadonlyMap<FunctionName, Uint8Array> {
  // Loaded here and not at the top, so that synthesis without bundling needs no esbuild.
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

/**
 * Writes one bundle. The first call in this process builds all of them.
 * @throws Error if esbuild built no bundle for the function.
 */
function writeBundle(name: FunctionName, outputDirectory: string): boolean {
  built ??= buildBundles();
  const bundle = built.get(name);
  if (!bundle) throw new Error(`lambdas/${name}.ts produced no bundle.`);
  writeFileSync(join(outputDirectory, 'index.mjs'), bundle);
  return true;
}
