// Where the agent keeps what must survive a restart: its key and its spool.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

export interface StatePlace {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home?: string | undefined;
}

/** The directory asked for, else SIGNET_AGENT_STATE, else the platform's own place for such data. Absolute. */
export function stateDirectory(asked: string | undefined, place: StatePlace): string {
  return resolve(asked ?? (place.environment['SIGNET_AGENT_STATE'] || platformDirectory(place)));
}

function platformDirectory({ platform, environment, home = homedir() }: StatePlace): string {
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'signet-agent');
  if (platform === 'win32') return join(environment['LOCALAPPDATA'] || join(home, 'AppData', 'Local'), 'signet-agent');
  return join(environment['XDG_STATE_HOME'] || join(home, '.local', 'state'), 'signet-agent');
}
