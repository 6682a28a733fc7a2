// Why a job is still queued: every pending reason with its meaning. The codes are API.

/** The further down the table, the closer the job is to an agent. */
export const PENDING_REASONS = {
  no_agent_enrolled: 'The account has no agent.',
  no_agent_in_pool: 'No agent is in the job’s pool.',
  no_agent_online: 'No agent of the pool was seen in the last minutes.',
  agents_paused: 'Every agent of the pool that is online is paused.',
  agents_busy:
    'An agent of the pool is online. It is busy with other jobs, or idle and takes this job at its next poll, within a minute.',
} as const;

export type PendingReason = keyof typeof PENDING_REASONS;
