// What a data directory has stored, read from the emulator's file.
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** How much history there is. */
export interface StoredHistory {
  readonly rows: number;
  readonly streamRecords: number;
}

/** Returns the number of rows of the relay's table, and of records in its stream. */
export function countHistory(dataDir: string): StoredHistory {
  return withDatabase(dataDir, (database) => {
    const count = (table: string) => Number(database.prepare(`SELECT count(*) AS n FROM "${table}"`).get()?.['n']);
    const table = String(database.prepare('SELECT table_name FROM _tables').get()?.['table_name']);
    return { rows: count(table), streamRecords: count('_stream_records') };
  });
}

/** Drops the indexes that the laptop cloud made, as in a version that made none. The next start makes them again. */
export function dropIndexes(dataDir: string): void {
  withDatabase(dataDir, (database) => {
    const indexes = database.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'laptop_stream_%'").all();
    if (indexes.length === 0) throw new Error('The laptop cloud has made no index.');
    for (const { name } of indexes) database.exec(`DROP INDEX "${name}"`);
  });
}

function withDatabase<T>(dataDir: string, work: (database: DatabaseSync) => T): T {
  const database = new DatabaseSync(join(dataDir, 'dynamodb.sqlite'), { timeout: 10_000 });
  try {
    return work(database);
  } finally {
    database.close();
  }
}
