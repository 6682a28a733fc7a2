// Messages packed for SendMessageBatch. Source: "Amazon SQS message quotas" in the developer guide: 10 entries, 1 MiB in all.

export const PARCEL_ENTRIES = 10;
export const PARCEL_BYTES = 1024 * 1024;

/** A message's text, and what it was made from. */
export interface Packed<T> {
  readonly from: T;
  readonly text: string;
}

export type Parcel<T> = readonly Packed<T>[];

/** In order, as many to a parcel as fit. A message that is too large for any goes alone, to be refused alone. */
export function packParcels<T>(messages: readonly Packed<T>[]): readonly Parcel<T>[] {
  const parcels: Packed<T>[][] = [];
  let room = 0;
  for (const message of messages) {
    const bytes = Buffer.byteLength(message.text);
    const last = parcels.at(-1);
    if (last && last.length < PARCEL_ENTRIES && bytes <= room) last.push(message);
    else parcels.push([message]);
    room = (parcels.at(-1) === last ? room : PARCEL_BYTES) - bytes;
  }
  return parcels;
}
