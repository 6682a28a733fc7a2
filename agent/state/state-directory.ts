// The directory for what must survive a restart: the agent's key and its spool.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Where to look for the directory. */
export interface StateLocation {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home?: string | undefined;
}

/**
 * Returns the requested directory, SIGNET_AGENT_STATE, or the platform's directory for such data, as an absolute path.
 */
export function stateDirectory(requested: string | undefined, place: StateLocation): string {
  return resolve(requested ?? (place.environment['SIGNET_AGENT_STATE'] || platformDirectory(place)));
}

function platformDirectory({ platform, environment, home = homedir() }: StateLocation): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'signet-agent');
  if (platform === 'win32') return join(environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'signet-agent');
  return join(environment['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'signet-agent');
}
