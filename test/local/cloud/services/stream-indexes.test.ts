// The indexes on Dynoxide's stream records: present after every start, and used by every query on that table.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startDynamoDb } from '../../../../lib/local/cloud/services/dynamodb.ts';
import { HAS_OWN_DYNAMODB } from '../../../support/services/own-dynamodb.ts';
import { temporaryFolder } from '../../../support/temporary-folder.ts';

const BINARY = fileURLToPath(new URL('../../../../node_modules/@dynoxide/linux-x64/dynoxide', import.meta.url));

/** The queries of Dynoxide on its stream records, as its binary contains them, and the column that each compares. */
const QUERIES = [
  {
    what: 'the next sequence number, at every write',
    sql: 'SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = ?1',
    plan: /^SEARCH _stream_records USING COVERING INDEX laptop_stream_position \(table_name=\?\)$/,
  },
  {
    what: 'the records after a position',
    sql: `SELECT event_name, keys_json, new_image, old_image, sequence_number, created_at, user_identity
             FROM _stream_records
             WHERE table_name = ?1 AND shard_id = ?2 AND CAST(sequence_number AS INTEGER) > ?3
             ORDER BY CAST(sequence_number AS INTEGER) ASC
             LIMIT ?4`,
    plan: /^SEARCH _stream_records USING INDEX laptop_stream_position \(table_name=\? AND <expr>>\?\)$/,
  },
  {
    what: 'the first and last number of a shard',
    sql: 'SELECT MIN(sequence_number), MAX(sequence_number) FROM _stream_records WHERE table_name = ?1 AND shard_id = ?2',
    plan: /^SEARCH _stream_records USING COVERING INDEX laptop_stream_shard \(table_name=\? AND shard_id=\?\)$/,
  },
];

/** Starts and stops DynamoDB on the folder, and returns its file. */
async function startOnce(folder: string): Promise<string> {
  const emulator = await startDynamoDb(folder);
  await emulator.stop();
  return join(folder, 'dynamodb.sqlite');
}

function open(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  onTestFinished(() => {
    if (database.isOpen) database.close();
  });
  return database;
}

function plansIn(database: DatabaseSync): readonly string[] {
  return QUERIES.map(({ sql }) =>
    database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail))
      .join('; '),
  );
}

function expectIndexed(file: string): void {
  const plans = plansIn(open(file));
  for (const [index, { plan }] of QUERIES.entries()) expect(plans[index]).toMatch(plan);
}

describe.runIf(HAS_OWN_DYNAMODB)('Dynoxide', () => {
  test.each(QUERIES)('knows the query of Dynoxide for $what', ({ sql }) => {
    expect(readFileSync(BINARY).includes(sql)).toBe(true);
  });

  test('indexes the stream records of a new file, so that no query reads all of them', async () => {
    expectIndexed(await startOnce(temporaryFolder()));
  });

  test('indexes the stream records of a file from before the indexes', async () => {
    const folder = temporaryFolder();
    const file = await startOnce(folder);
    const database = open(file);
    for (const { name } of database.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'laptop_stream_%'").all())
      database.exec(`DROP INDEX "${name}"`);
    for (const plan of plansIn(database)) expect(plan).not.toContain('INDEX');
    database.close();
    expectIndexed(await startOnce(folder));
  });

  test('finds the next sequence number in one entry, however many records there are', async () => {
    const database = open(await startOnce(temporaryFolder()));
    const program = database.prepare(`EXPLAIN ${QUERIES[0]?.sql}`).all();
    const opcodes = program.map(({ opcode }) => String(opcode));
    // SQLite seeks the last entry and leaves the loop. Without the index the next instruction goes to another row.
    expect(opcodes[opcodes.indexOf('AggStep') + 1]).toBe('Goto');
  });

  test('adds nothing at a later start', async () => {
    const folder = temporaryFolder();
    const schema = (file: string) => open(file).prepare('SELECT name, sql FROM sqlite_master ORDER BY name').all();
    const before = schema(await startOnce(folder));
    expect(schema(await startOnce(folder))).toEqual(before);
  });
});
