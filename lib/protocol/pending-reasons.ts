// Why a job waits, each with what that means: the further down, the nearer it is to an agent. A code is API.

export const PENDING_REASONS = {
  no_agent_enrolled: 'The account has no agent.',
  no_agent_in_pool: 'No agent is in the job’s pool.',
  no_agent_online: 'No agent of the pool was seen in the last minutes.',
  agents_paused: 'Every agent of the pool that is online is paused.',
  agents_busy:
    'An agent of the pool is online: probably at other work, or idle, and takes the job at its next poll, within a minute.',
} as const;

export type PendingReason = keyof typeof PENDING_REASONS;
