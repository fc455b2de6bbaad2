/**
 * The history for whoever looks at it: the store's rows, and the newest one that the vault remembers. It reads only,
 * and it must not know how rows are judged (model/history-chain.ts).
 */
import { existsSync } from 'node:fs';
import type { ClosedDeployment } from '../model/deployment.ts';
import type { HistoryHead } from '../model/history-chain.ts';
import type { Store, Vault } from '../ports.ts';
import { openStoreReadOnly } from './open-store.ts';
import { KEPT_ROWS } from './sqlite-store.ts';

/** As many as the store keeps. */
export const MOST_HISTORY = KEPT_ROWS.history;

export interface History {
  /** Newest first. */
  readonly history: readonly ClosedDeployment[];
  /** Null: the vault remembers none, or cannot be read. */
  readonly head: HistoryHead | null;
}

/** Errors: STORE_UNREADABLE. */
export async function historyOf(
  device: { readonly store: Pick<Store, 'history'>; readonly vault: Pick<Vault, 'read'> },
  limit: number,
): Promise<History> {
  const { record } = await device.vault.read();
  return { history: device.store.history(limit), head: record.history ?? null };
}

/** The same from the files, for a device of which nothing else may work. Errors: STORE_UNREADABLE. */
export async function readHistory(
  storePath: string,
  vault: Pick<Vault, 'read'>,
  limit: number,
): Promise<History> {
  if (!existsSync(storePath)) return historyOf({ store: { history: () => [] }, vault }, limit);
  const store = openStoreReadOnly(storePath);
  try {
    return await historyOf({ store, vault }, limit);
  } finally {
    store.dispose();
  }
}
