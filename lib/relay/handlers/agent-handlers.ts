// Binds the routes of the agent function to their handlers. The function and the tests both use this table.
import type { Handlers } from '../http/request-pipeline.ts';
import { type EnrollmentPorts, enrollAgent } from '../leasing/enroll-agent.ts';
import { type PullPorts, pullJobs } from '../leasing/pull-jobs.ts';

/** Returns the handlers of the agent routes. They read `ports` at every call, so tests may replace a port. */
export function agentHandlers(ports: EnrollmentPorts & PullPorts): Handlers {
  return {
    enrollAgent: { audience: 'enrollee', handle: (call) => enrollAgent(ports, call) },
    pullJobs: { audience: 'agent', handle: (call) => pullJobs(ports, call) },
  };
}
