// The indexes that Dynoxide's table of stream records lacks. Without them every write reads all earlier records.
import { DatabaseSync } from 'node:sqlite';
import { damagedFile } from '../base/damaged-file.ts';

/** The columns of each index, by its name. */
const INDEXES = {
  // Every write asks for the highest number, and every read of the stream for the numbers after a position.
  laptop_stream_position: 'table_name, CAST(sequence_number AS INTEGER)',
  // DescribeStream asks for the first and the last number of a shard, as text.
  laptop_stream_shard: 'table_name, shard_id, sequence_number',
} as const;

/** How long to wait for Dynoxide's own writes, in milliseconds. */
const LOCK_TIMEOUT_MS = 10_000;
const SQLITE_CORRUPT = 11;

/**
 * Creates the missing indexes in a file that a running Dynoxide has open. SQLite's lock orders the two, and Dynoxide
 * notices the changed schema at its next query.
 * @throws Error that names the file when it is damaged.
 */
export function indexStreamRecords(file: string): void {
  const database = new DatabaseSync(file, { timeout: LOCK_TIMEOUT_MS });
  try {
    for (const [name, columns] of Object.entries(INDEXES))
      database.exec(`CREATE INDEX IF NOT EXISTS ${name} ON _stream_records (${columns})`);
  } catch (error) {
    if ((error as { errcode?: number }).errcode !== SQLITE_CORRUPT) throw error;
    throw damagedFile(file, 'is not an intact SQLite database', error);
  } finally {
    database.close();
  }
}
