// The version of the project. package.json holds it, and nothing else does.
import packageJson from '../../package.json' with { type: 'json' };

/** What esbuild puts in its place, so that a bundle holds the version and not package.json. */
declare const SIGNET_VERSION: string | undefined;

/** The version of package.json. `--version` prints it, and the OpenAPI document names it. */
export const VERSION: string = typeof SIGNET_VERSION === 'string' ? SIGNET_VERSION : packageJson.version;
