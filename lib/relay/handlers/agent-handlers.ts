// The routes of the agent function, each bound to its handler. The function and the tests use this one table.
import type { Handlers } from '../http/request-pipeline.ts';
import { type EnrollmentPorts, enrollAgent } from '../leasing/enroll-agent.ts';
import { type PullPorts, pullJobs } from '../leasing/pull-jobs.ts';

/** Returns the handlers of the agent routes. They look up each port at every call. */
export function agentHandlers(ports: EnrollmentPorts & PullPorts): Handlers {
  return {
    enrollAgent: { audience: 'enrollee', handle: (call) => enrollAgent(ports, call) },
    pullJobs: { audience: 'agent', handle: (call) => pullJobs(ports, call) },
  };
}
