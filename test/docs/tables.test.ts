// What the README lists is what the code has, both ways.

import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { COMMAND_STOPS } from '../../bin/signet/operator/command-stop.ts';
import { COMMANDS } from '../../bin/signet/operator/commands/all-commands.ts';
import { LIMITS } from '../../lib/api/limits.ts';
import { PROBLEMS } from '../../lib/api/problems.ts';
import { ROUTES } from '../../lib/api/routes.ts';
import { PENDING_REASONS } from '../../lib/protocol/pending-reasons.ts';
import { PROFILES, type Profile } from '../../lib/protocol/profiles/profiles.ts';
import { DELIVERY_SCHEDULE_SECONDS } from '../../lib/relay/delivery/retry-schedule.ts';
import { TUNING } from '../../lib/relay/model/tuning.ts';
import { OPERATOR_REFUSALS } from '../../lib/relay/operator/outcome.ts';
import { EXITS } from '../../lib/terminal/exits.ts';
import { blocks, README, ROOT, tableUnder } from './readme.ts';

describe('the README agrees with the code', () => {
  test('on every problem: code, status, whether it may be retried', () => {
    const documented = tableUnder('Problems').map(([code, status, retryable]) => [code, status, retryable]);
    const real = Object.entries(PROBLEMS).map(([code, row]) => [
      code,
      String(row.status),
      row.retryable ? 'yes' : 'no',
    ]);
    expect(documented).toEqual(real);
  });

  test('on every route', () => {
    const documented = tableUnder('Routes').map(([method, path, who]) => [method, path, who]);
    expect(documented).toEqual(Object.values(ROUTES).map(({ method, path, audience }) => [method, path, audience]));
  });

  test('on every reason for which a job waits', () => {
    const documented = tableUnder('Why a job waits').map(([code, meaning]) => [code, meaning]);
    expect(documented).toEqual(Object.entries(PENDING_REASONS));
  });

  test('on every profile, and where it may go', () => {
    const documented = tableUnder('What goes over the wire').map(([id, requests, webhooks]) => [
      id,
      requests === 'yes',
      webhooks?.startsWith('yes') ?? false,
    ]);
    const rows: readonly (readonly [string, Profile])[] = Object.entries(PROFILES);
    const real = rows.map(([id, { directions }]) => [id, directions.includes('in'), directions.includes('out')]);
    expect(documented).toEqual(real);
  });

  test('on the exit codes of every program', () => {
    expect(tableUnder('Operate')).toEqual(Object.values(EXITS).map(({ code, meaning }) => [String(code), meaning]));
  });

  test('on every refusal of an operator’s command', () => {
    const real = Object.entries({ ...OPERATOR_REFUSALS, ...COMMAND_STOPS });
    expect(tableUnder('Refusals of an operator’s command')).toEqual(real);
  });

  test('on every operator’s command', () => {
    const section = README.split('\n## Operate\n')[1]?.split('\n## ')[0] ?? '';
    const listed = [...section.matchAll(/signet ([a-z]+(?: pool)?) ((?:[a-z]+ \| )*[a-z]+)(?= {2}|$)/gm)].flatMap(
      ([, group, words = '']) => words.split(' | ').map((word) => `${group} ${word}`),
    );
    const several = COMMANDS.map(({ name }) => name).filter((name) => name.includes(' '));
    expect(listed.toSorted()).toEqual(several.toSorted());
    expect(section).toContain('signet status');
  });

  test('on the limits it names', () => {
    const cells = tableUnder('Limits').flat().join('\n').replaceAll(',', '');
    const named = [
      LIMITS.bodyBytes,
      LIMITS.bulkBodyBytes,
      LIMITS.batchJobs,
      LIMITS.listedJobs,
      LIMITS.listExaminedRows,
      LIMITS.trackingUrlBytes,
      LIMITS.idempotencyKeyCharacters,
      LIMITS.sourceCharacters,
      LIMITS.contextAndMetadataBytes,
      LIMITS.jsonDepth,
      LIMITS.leaseSeconds,
      LIMITS.renewalCapSeconds / 60,
      LIMITS.attempts,
      LIMITS.jobsPerMinute,
      LIMITS.quotaWarningPercent,
      LIMITS.jobDeadlineSeconds / 3600,
      LIMITS.retentionSeconds / 86_400,
      TUNING.presenceOnlineSeconds / 60,
    ];
    expect(cells.match(/\d+/g)?.map(Number).sort()).toEqual([...named].sort());
  });

  test('on the program of a partner: it is the one that the tests run', () => {
    const file = readFileSync(`${ROOT}/test/e2e/package/scratch-partner.ts`, 'utf8');
    expect(blocks('ts').find((block) => block.includes("'signet-relay/client'"))).toBe(
      file.replace(/^.*\n/, '').trim(),
    );
  });

  test('on the retry schedule', () => {
    const spoken = DELIVERY_SCHEDULE_SECONDS.slice(1).map(speak);
    expect(README).toContain(`after ${spoken.slice(0, -1).join(', ')} and ${spoken.at(-1)}`);
  });

  test('on every dependency: each is named with its reason', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      readFileSync(`${ROOT}/package.json`, 'utf8'),
    );
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    const decisions = README.split('\n## Decisions\n')[1] ?? '';
    const unnamed = names.filter((name) => {
      const scope = name.startsWith('@') ? `${name.split('/')[0]}/*` : name;
      return !decisions.includes(`\`${name}\``) && !decisions.includes(`\`${scope}\``) && !name.startsWith('@types/');
    });
    expect(unnamed).toEqual([]);
  });

  test('on every exact version: nothing floats', () => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      readFileSync(`${ROOT}/package.json`, 'utf8'),
    );
    const versions = Object.values({ ...dependencies, ...devDependencies, ...optionalDependencies });
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+$/.test(String(version)))).toEqual([]);
  });

  test('on every room of the map', () => {
    const documented = tableUnder('Map of the code').map(([room]) => room);
    const rooms = readdirSync(`${ROOT}/lib`).map((name) => `lib/${name}`);
    expect(documented.toSorted()).toEqual([...rooms, 'lambdas', 'agent', 'bin', 'test', 'bench'].toSorted());
  });
});

function speak(seconds: number): string {
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}
