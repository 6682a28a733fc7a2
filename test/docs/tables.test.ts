// Holds the tables of README and docs/ to the code, in both directions.

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMAND_STOPS } from '../../bin/signet/operator/command-stop.ts';
import { COMMANDS } from '../../bin/signet/operator/commands/all-commands.ts';
import { LIMITS } from '../../lib/api/limits.ts';
import { PROBLEMS } from '../../lib/api/problems.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { ENVIRONMENT } from '../../lib/aws/lambda/environment.ts';
import { SERVICE_ADDRESSES } from '../../lib/net/service-addresses.ts';
import { REASONS_BY_CONCLUSION } from '../../lib/protocol/evidence/evidence.ts';
import { EVENT_TYPES, JOB_STATES } from '../../lib/protocol/messages.ts';
import { PENDING_REASONS } from '../../lib/protocol/pending-reasons.ts';
import { PROFILES, type Profile } from '../../lib/protocol/profiles/profiles.ts';
import { EVENT_OF_STATE } from '../../lib/relay/delivery/derive-event.ts';
import { DELIVERY_SCHEDULE_SECONDS } from '../../lib/relay/delivery/retry-schedule.ts';
import { TUNING } from '../../lib/relay/model/tuning.ts';
import { describeSchemas, type SchemaName } from '../../lib/relay/openapi/components.ts';
import { ACCOUNT_NUMBERS } from '../../lib/relay/operator/account-form.ts';
import { OPERATOR_REFUSALS } from '../../lib/relay/operator/outcome.ts';
import { EXITS } from '../../lib/terminal/exits.ts';
import { relayStack } from '../infra/template.ts';
import {
  AGENT,
  blocks,
  DEPLOY,
  OPERATE,
  PARTNERS,
  README,
  REFERENCE,
  ROOT,
  readDocument,
  sectionUnder,
  tableUnder,
  WEBHOOKS,
} from './documents.ts';

/** Returns the first cells of the rows: the names that a table is about. */
const namesUnder = (text: string, title: string) => tableUnder(text, title).map(([name]) => name);

describe('the reference lists', () => {
  test('every route with its caller', () => {
    const documented = tableUnder(REFERENCE, 'Routes').map(([method, path, caller]) => [method, path, caller]);
    expect(documented).toEqual(Object.values(ROUTES).map(({ method, path, audience }) => [method, path, audience]));
  });

  test('every problem with its status and whether a retry may help', () => {
    const documented = tableUnder(REFERENCE, 'Problems').map(([code, status, retryable]) => [code, status, retryable]);
    const real = Object.entries(PROBLEMS).map(([code, row]) => [
      code,
      String(row.status),
      row.retryable ? 'yes' : 'no',
    ]);
    expect(documented).toEqual(real);
  });

  test('every field of a submission, and whether it is required', () => {
    const documented = tableUnder(REFERENCE, 'Submission').map(([field, required]) => [field, required === 'yes']);
    expect(documented).toEqual(fieldsOf('LinkSubmission'));
  });

  test('every field of a job and of its result, and whether it is always there', () => {
    const job = sectionUnder(REFERENCE, 'Job');
    const [fields, result] = job.split('The fields of `result`:');
    const read = (text = '') =>
      tableUnder(`# Fields\n${text}`, 'Fields').map(([field, when]) => [field, when === 'always']);
    expect(read(fields)).toEqual(fieldsOf('Job'));
    expect(read(result)).toEqual(fieldsOf('Result'));
  });

  test('every state of a job with its event', () => {
    const documented = tableUnder(REFERENCE, 'Job states').map(([state, , event]) => [state, event]);
    expect(documented).toEqual(JOB_STATES.map((state) => [state, EVENT_OF_STATE[state] ?? '']));
  });

  test('every pending reason with its meaning', () => {
    const documented = tableUnder(REFERENCE, 'Why a job waits').map(([code, meaning]) => [code, meaning]);
    expect(documented).toEqual(Object.entries(PENDING_REASONS));
  });

  test('every range of service addresses', () => {
    const documented = tableUnder(AGENT, 'Service addresses');
    expect(documented).toEqual(SERVICE_ADDRESSES.map(({ range, service }) => [range, service]));
  });

  test('every conclusion with its reasons', () => {
    const documented = tableUnder(REFERENCE, 'Conclusions').map(([conclusion, reasons = '']) => [
      conclusion,
      reasons.split(' '),
    ]);
    expect(documented).toEqual(Object.entries(REASONS_BY_CONCLUSION));
  });

  test('every type of the timeline with its fields', () => {
    const documented = tableUnder(REFERENCE, 'Timeline').map(([type, , fields = '']) => [
      type,
      (fields.split(':')[0] ?? '').split(' ').filter((name) => name !== ''),
    ]);
    expect(documented).toEqual(timelineTypes());
  });

  test('every public limit', () => {
    expect(tableUnder(REFERENCE, 'Limits')).toEqual(limitRows());
  });

  test('every refusal of an operator’s command', () => {
    const real = Object.entries({ ...OPERATOR_REFUSALS, ...COMMAND_STOPS });
    expect(tableUnder(REFERENCE, 'Refusals of the signet command')).toEqual(real);
  });

  test('every exit code', () => {
    const real = Object.values(EXITS).map(({ code, meaning }) => [String(code), meaning]);
    expect(tableUnder(REFERENCE, 'Exit codes')).toEqual(real);
  });

  test('every variable of every function', () => {
    const documented = tableUnder(REFERENCE, 'Variables of the functions').map(([name, variables = '']) => [
      name,
      variables.split(' '),
    ]);
    expect(documented).toEqual(Object.entries(ENVIRONMENT));
  });

  test('every SIGNET_ variable that a program reads', () => {
    const documented = namesUnder(REFERENCE, 'Variables of the programs')
      .join(' ')
      .match(/SIGNET_[A-Z_]+/g);
    const read = sourceFiles(['agent', 'bin', 'lib', 'test/model']).flatMap(
      (file) => readDocument(file).match(/(?:env|environment)\['SIGNET_[A-Z_]+/g) ?? [],
    );
    const names = new Set(read.map((text) => text.replace(/.*'/, '')));
    expect([...names].toSorted()).toEqual(documented?.toSorted());
  });

  test('every log event', () => {
    expect(namesUnder(REFERENCE, 'Log events')).toEqual(
      eventNamesIn('lib/relay/model/log-events.ts', /event: '([a-z.]+)'/g),
    );
  });
});

describe('the guides list', () => {
  test('every profile and its directions, for partners', () => {
    const documented = tableUnder(PARTNERS, 'Choose how to sign').map(([id, requests, webhooks]) => [
      id,
      requests === 'yes',
      webhooks === 'yes',
    ]);
    const rows: readonly (readonly [string, Profile])[] = Object.entries(PROFILES);
    const real = rows.map(([id, { directions }]) => [id, directions.includes('in'), directions.includes('out')]);
    expect(documented).toEqual(real);
  });

  test('the program of a partner that the tests run', () => {
    const file = readDocument('test/e2e/package/scratch-partner.ts');
    expect(blocks(PARTNERS, 'ts')).toEqual([file.replace(/^.*\n/, '').trim()]);
  });

  test('every webhook event that is sent, and the reference those that are not', () => {
    const sent = [...Object.values(EVENT_OF_STATE).filter((type) => type !== undefined), 'quota.warning'];
    expect(namesUnder(WEBHOOKS, 'Events').toSorted()).toEqual(sent.toSorted());
    const missing = EVENT_TYPES.filter((type) => !sent.includes(type)).map((type) => `\`${type}\``);
    expect(sectionUnder(REFERENCE, 'Not built yet')).toContain(`The events ${missing.join(' and ')} are never sent.`);
  });

  test('the retry schedule of webhooks', () => {
    const waits = DELIVERY_SCHEDULE_SECONDS.slice(1).map(speak);
    expect(WEBHOOKS.replaceAll(/\s+/g, ' ')).toContain(`after ${waits.slice(0, -1).join(', ')} and ${waits.at(-1)}`);
  });

  test('every event that the agent prints', () => {
    const printed = eventNamesIn('agent/events/agent-events.ts', /^ {2}'([a-z.]+)': (?:\{|Record)/gm);
    expect(namesUnder(AGENT, 'What the agent prints')).toEqual(printed);
  });

  test('every prop of the construct', () => {
    const [, body = ''] =
      /interface SignetRelayProps \{\n(.*?)\n\}/s.exec(readDocument('lib/infra/signet-relay-props.ts')) ?? [];
    const props = [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)];
    expect(namesUnder(DEPLOY, 'Props')).toEqual(props.map(([, name]) => name));
  });

  test('every output of the stack', () => {
    const stack = relayStack();
    const outputs = stack.node.children.filter((child) => 'exportName' in child).map(({ node }) => node.id);
    expect(namesUnder(DEPLOY, 'Outputs').toSorted()).toEqual(outputs.toSorted());
  });

  test('every alarm', () => {
    const alarms = relayStack().relay.alarms.map(({ node }) => node.id);
    const documented = namesUnder(OPERATE, 'When an alarm goes off').flatMap((name = '') => name.split(', '));
    expect(documented.toSorted()).toEqual(alarms.toSorted());
  });

  test('every operator’s command', () => {
    const listed = blocks(OPERATE, 'text')
      .join('\n')
      .matchAll(/signet ([a-z]+(?: pool)?) ((?:[a-z]+ \| )*[a-z]+)(?= {2}|$)/gm);
    const names = [...listed].flatMap(([, group, words = '']) => words.split(' | ').map((word) => `${group} ${word}`));
    expect([...names, 'status'].toSorted()).toEqual(COMMANDS.map(({ name }) => name).toSorted());
    expect(blocks(OPERATE, 'text').join('\n')).toMatch(/^signet status$/m);
  });

  test('every room of the code', () => {
    const rooms = readdirSync(`${ROOT}/lib`).map((name) => `lib/${name}`);
    expect(namesUnder(README, 'Map of the code').toSorted()).toEqual(
      [...rooms, 'lambdas', 'agent', 'bin', 'test', 'bench'].toSorted(),
    );
  });
});

test('package.json names exact versions', () => {
  const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readDocument('package.json'));
  const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
  expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
});

function speak(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

interface ObjectSchema {
  readonly properties: Readonly<Record<string, { readonly const?: string; readonly enum?: readonly string[] }>>;
  readonly required: readonly string[];
}

function fieldsOf(name: SchemaName): readonly (readonly [string, boolean])[] {
  const { properties, required } = describeSchemas()[name] as unknown as ObjectSchema;
  return Object.keys(properties).map((field) => [field, required.includes(field)]);
}

function timelineTypes(): readonly (readonly [string, readonly string[]])[] {
  const { oneOf, anyOf = oneOf } = describeSchemas()['TimelineEvent'] as unknown as Record<string, ObjectSchema[]>;
  return (anyOf ?? []).flatMap(({ properties: { at: _, type, ...fields } }) =>
    (type?.enum ?? [String(type?.const)]).map((name) => [name, Object.keys(fields)] as const),
  );
}

function sourceFiles(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    readdirSync(`${ROOT}/${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `${folder}/${name}`),
  );
}

/** Event names exist as types alone, so they are read from the source. */
function eventNamesIn(file: string, pattern: RegExp): readonly (string | undefined)[] {
  return [...readDocument(file).matchAll(pattern)].map(([, name]) => name);
}

function limitRows(): readonly (readonly string[])[] {
  const { bodyBytes, bulkBodyBytes, batchJobs, listedJobs, listExaminedRows, ...sizes } = LIMITS;
  const { trackingUrlBytes, idempotencyKeyCharacters, rowIdCharacters, sourceCharacters, ...more } = sizes;
  const { contextAndMetadataBytes, jsonDepth, batchJsonDepth, validationErrors, ...work } = more;
  const { agentJobs, leasesPerAgent, leaseSeconds, renewalCapSeconds, attempts, pullJobs, pullResults, ...account } =
    work;
  const { jobsPerMinute, jobDeadlineSeconds, resultFreshnessSeconds, quotaWarningPercent, ...others } = account;
  const { requestsPerMinute, agentRequestsPerMinute, ...kept } = others;
  const { retentionSeconds, poolsPerAccount, endpointsPerAccount, enrollmentTokenSeconds, ...secrets } = kept;
  const { rotationOverlapSeconds, rotationOverlapMaxSeconds, importedSecretMinBytes, importedSecretMaxBytes, ...rest } =
    secrets;
  const {
    diagnosesPerMinute,
    diagnosedBodyBytes,
    shownContentBytes,
    pullWaitSeconds: _ignored,
    ...undocumented
  } = rest;
  expect(undocumented).toEqual({});
  expect([pullJobs, rowIdCharacters]).toEqual([pullResults, idempotencyKeyCharacters]);
  const { jobsPerMonth, ...numbers } = ACCOUNT_NUMBERS;
  const count = (value: number) => value.toLocaleString('en-US');
  const days = (seconds: number) => `${seconds / 86_400} days`;
  return [
    ['request body', `${count(bodyBytes)} bytes; ${count(bulkBodyBytes)} bytes for batches and pulls`],
    ['jobs in a batch', `${batchJobs}`],
    ['jobs in a page of a list', `${listedJobs} returned, ${listExaminedRows} examined`],
    ['trackingUrl', `${count(trackingUrlBytes)} bytes`],
    ['idempotencyKey, rowId', `${idempotencyKeyCharacters} characters`],
    ['source', `${sourceCharacters} characters`],
    ['context and metadata together', `${count(contextAndMetadataBytes)} bytes of JSON`],
    ['nesting', `${jsonDepth} levels in a submission, ${batchJsonDepth} in the body of a batch`],
    ['errors listed in one answer', `${validationErrors}`],
    ['lease', `${leaseSeconds} s, renewable up to ${renewalCapSeconds / 60} min after the first lease`],
    ['attempts of a job', `${attempts}`],
    ['jobs that an agent works on at once', `${agentJobs}`],
    ['live leases of an agent', `${leasesPerAgent}, counted by each process of the relay`],
    ['jobs or results in a pull', `${pullJobs}`],
    ['jobs a month of an account', `${count(jobsPerMonth.default)} by default, up to ${count(jobsPerMonth.max)}`],
    ['jobs a minute of an account', `${jobsPerMinute} by default, up to ${count(numbers.jobsPerMinute.max)}`],
    [
      'signed requests a minute of a key',
      `${requestsPerMinute} of a partner and ${count(agentRequestsPerMinute)} of an agent by default, up to ${count(numbers.requestsPerMinute.max)}; counted per process`,
    ],
    ['quota warning', `at ${quotaWarningPercent} % of the month's jobs`],
    ['deadline of a job', spanRow(jobDeadlineSeconds, numbers.jobDeadlineSeconds)],
    ['freshness of a result', spanRow(resultFreshnessSeconds, numbers.resultFreshnessSeconds)],
    ['jobs, evidence and deliveries are kept', days(retentionSeconds)],
    ['pools of an account', `${poolsPerAccount}`],
    ['webhook endpoints of an account', `${endpointsPerAccount}`],
    ['enrolment token', `${enrollmentTokenSeconds / 60} min, one use`],
    ['an agent counts as online', `${TUNING.presenceOnlineSeconds / 60} min after it was last seen`],
    ['overlap of a rotation', `${speak(rotationOverlapSeconds)} by default, up to ${days(rotationOverlapMaxSeconds)}`],
    ['imported secret', `${importedSecretMinBytes} to ${importedSecretMaxBytes} bytes`],
    [
      'refused requests examined for mistakes',
      `${diagnosesPerMinute} a minute for each key, bodies up to ${count(diagnosedBodyBytes)} bytes`,
    ],
    ['signed content shown by the dry run', `${count(shownContentBytes)} bytes`],
  ];
}

function spanRow(byDefault: number, { min, max }: { readonly min: number; readonly max: number }): string {
  return `${speak(byDefault)} by default, ${speak(min)} to ${max / 86_400} days`;
}
