// Which deployment a command works on: a stage found by its tags, or the laptop cloud that runs here.
import type { Deployment } from '../../../lib/aws/deployment/deployment.ts';
import type { FoundDeployment } from '../../../lib/aws/deployment/find-deployment.ts';
import type { OperatorAccess } from '../../../lib/aws/deployment/operator-access.ts';
import type { LaptopDeployment } from '../../../lib/local/laptop-deployment.ts';
import { readLocalState } from '../../../lib/local/state-file.ts';
import { UsageError } from '../terminal/usage-error.ts';
import { CommandStop } from './command-stop.ts';
import { type CommonValues, DEFAULT_LOCAL } from './parse-line.ts';

export interface Target {
  readonly access: OperatorAccess;
  /** One line that tells this deployment from any other. */
  readonly description: string;
}

export type TargetChoice = Pick<CommonValues, 'stage' | 'local'>;
export type OpenTarget = (choice: TargetChoice) => Promise<Target>;

/** @throws UsageError, CommandStop, DependencyUnavailable */
export const openTarget: OpenTarget = async ({ stage, local }) => {
  if (stage !== undefined && local !== undefined) throw new UsageError('Give --stage or --local, not both.');
  if (stage !== undefined) return openStage(stage);
  const laptop = readRunningLaptop(local ?? DEFAULT_LOCAL);
  if (laptop) return openLaptop(laptop);
  if (local === undefined) throw new UsageError(NEITHER);
  throw new CommandStop('unanswered', 'unanswered', `No laptop cloud runs in ${local}: npm start starts one.`);
};

const NEITHER =
  'Say which relay: --stage NAME for a deployment, --local=DIR for a laptop cloud (none runs in this folder; npm start starts one).';

/** The SDK is loaded only here: help and refusals come at once. */
async function openStage(stage: string): Promise<Target> {
  const [{ createSecretsManagerClient }, { findDeployment }] = await Promise.all([
    import('../../../lib/aws/clients.ts'),
    import('../../../lib/aws/deployment/find-deployment.ts'),
  ]);
  const found = await findDeployment(createSecretsManagerClient(), stage);
  if (found.found !== 'one') throw explain(found, stage);
  return { access: await open(found.deployment), description: describe(found.deployment) };
}

async function openLaptop({ deployment, services }: LaptopDeployment): Promise<Target> {
  return { access: await open(deployment, services), description: `the laptop at ${deployment.apiUrl}` };
}

async function open(...given: [Deployment, LaptopDeployment['services']?]): Promise<OperatorAccess> {
  const { openOperatorAccess } = await import('../../../lib/aws/deployment/operator-access.ts');
  return openOperatorAccess(...given);
}

/** Account and region stand in the ring's ARN. */
function describe({ stage, apiUrl, inboundRingArn }: Deployment): string {
  const [, , , region, account] = inboundRingArn.split(':');
  return `stage ${stage}, AWS account ${account}, ${region}, ${apiUrl}`;
}

function explain(found: Exclude<FoundDeployment, { found: 'one' }>, stage: string): CommandStop {
  if (found.found === 'none') return new CommandStop('refused', 'deployment_unknown', sayNone(stage));
  if (found.found === 'incomplete') {
    const missing = found.missing.join(', ');
    return new CommandStop('refused', 'deployment_incomplete', `${missing}: not there on ${stage}. ${REDEPLOY}`);
  }
  const each = found.deployments.map(({ apiUrl, ringNames }) => `${apiUrl} (${ringNames.join(', ')})`).join('; ');
  return new CommandStop('refused', 'deployment_ambiguous', `${stage} is found more than once: ${each}. ${UNTAG}`);
}

const REDEPLOY = 'An older version of the stack has not all of them: deploy it again.';
const UNTAG =
  'Key rings outlive their stack: take the tag signet:stage from those of a stack that is gone (or delete them, if nothing must come back).';

function sayNone(stage: string): string {
  return `No deployment of stage ${stage} is in this AWS account and region. AWS_PROFILE and AWS_REGION choose others.`;
}

/** Undefined unless its process lives. */
function readRunningLaptop(dataDir: string): LaptopDeployment | undefined {
  const state = readLocalState(dataDir);
  if (!state || !isAlive(state.pid)) return undefined;
  if (!state.operator) throw new UsageError(`${dataDir} is of an older npm start: start it again.`);
  return state.operator;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
