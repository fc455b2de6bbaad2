/** The expiry of what is signed: a release or a channel that is expired when it is made serves no device. */
import { ReleaseError } from './error.ts';

/** ISO 8601, UTC; whether they are times is the format room's to say. */
export interface Lifetime {
  readonly created: string;
  readonly expires?: string;
}

/** Error: OPTIONS_INVALID. */
export function checkExpiry(what: string, { created, expires }: Lifetime): void {
  if (expires === undefined || !(Date.parse(expires) <= Date.parse(created))) return;
  throw new ReleaseError(
    'OPTIONS_INVALID',
    `the ${what} expires at ${expires}, which is not after ${created}, when it is made; let it expire later`,
    { facts: { created, expires } },
  );
}
