// Finds the deployment that a command works on: a stage, found by its tags, or the laptop cloud that runs here.
import type { Deployment } from '../../../lib/aws/deployment/deployment.ts';
import type { FoundDeployment } from '../../../lib/aws/deployment/find-deployment.ts';
import type { OperatorAccess } from '../../../lib/aws/deployment/operator-access.ts';
import type { LaptopDeployment } from '../../../lib/local/laptop-deployment.ts';
import { readLocalState } from '../../../lib/local/state-file.ts';
import { UsageError } from '../../../lib/terminal/exit-error.ts';
import { CommandStop } from './command-stop.ts';
import { type CommonValues, DEFAULT_LOCAL } from './common-options.ts';

export interface Target {
  readonly access: OperatorAccess;
  /** One line that identifies the deployment. */
  readonly description: string;
}

export type TargetChoice = Pick<CommonValues, 'stage' | 'local'>;
export type OpenTarget = (choice: TargetChoice) => Promise<Target>;

/** Opens the deployment that the options name. @throws UsageError, CommandStop, DependencyUnavailable */
export const openTarget: OpenTarget = async ({ stage, local }) => {
  if (stage !== undefined && local !== undefined) throw new UsageError('Give --stage or --local, not both.');
  if (stage !== undefined) return openStage(stage);
  const laptop = readRunningLaptop(local ?? DEFAULT_LOCAL);
  if (laptop) return openLaptop(laptop);
  if (local === undefined) throw new UsageError(NEITHER);
  throw new CommandStop('unanswered', 'unanswered', `No laptop cloud runs in ${local}. Run npm start to start one.`);
};

const NEITHER =
  'Name the relay: --stage NAME for a deployment, or --local=DIR for a laptop cloud (none runs in this folder; npm start starts one).';

/** Loads the AWS SDK. Help and refusals do not wait for it. */
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

/** The ARN of a key ring holds the AWS account and the region. */
function describe({ stage, apiUrl, inboundRingArn }: Deployment): string {
  const [, , , region, account] = inboundRingArn.split(':');
  return `stage ${stage}, AWS account ${account}, ${region}, ${apiUrl}`;
}

function explain(found: Exclude<FoundDeployment, { found: 'one' }>, stage: string): CommandStop {
  if (found.found === 'none') return new CommandStop('refused', 'deployment_unknown', describeNone(stage));
  if (found.found === 'incomplete') {
    const missing = found.missing.join(', ');
    return new CommandStop(
      'refused',
      'deployment_incomplete',
      `The deployment of stage ${stage} lacks ${missing}. ${REDEPLOY}`,
    );
  }
  const each = found.deployments.map(({ apiUrl, ringNames }) => `${apiUrl} (${ringNames.join(', ')})`).join('; ');
  return new CommandStop(
    'refused',
    'deployment_ambiguous',
    `Stage ${stage} has several deployments: ${each}. ${UNTAG}`,
  );
}

const REDEPLOY = 'An older version of the stack does not have all of them. Deploy it again.';
const UNTAG =
  'Key rings outlive their stack. If a stack was destroyed, remove the tag signet:stage from its key rings, or delete them when you need none of its secrets.';

function describeNone(stage: string): string {
  return `This AWS account and region have no deployment of stage ${stage}. Set AWS_PROFILE and AWS_REGION to look elsewhere.`;
}

/** Returns undefined when no process of it runs. */
function readRunningLaptop(dataDir: string): LaptopDeployment | undefined {
  const state = readLocalState(dataDir);
  if (!state || !isAlive(state.pid)) return undefined;
  if (!state.operator) throw new UsageError(`${dataDir} belongs to an older npm start. Start it again.`);
  return state.operator;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
