/** The store's copy of the floors: three facts, so that losing the vault loses no floor. */
import type { Device } from '../device.ts';
import { highestFloors } from '../model/floors.ts';
import type { Floors } from '../model/vault-rows.ts';
import type { Store } from '../ports.ts';

const FACTS = {
  securityVersion: 'floor-security-version',
  sequence: 'floor-sequence',
  time: 'floor-time',
} as const;

export function storedFloors(store: Pick<Store, 'fact'>): Floors {
  const number = (name: string): number => {
    const value = Number(store.fact(name) ?? '0');
    return Number.isSafeInteger(value) && value > 0 ? value : 0;
  };
  return {
    securityVersion: number(FACTS.securityVersion),
    sequence: number(FACTS.sequence),
    time: number(FACTS.time),
  };
}

export function storeFloors(store: Store, floors: Floors): void {
  store.setFact(FACTS.securityVersion, String(floors.securityVersion));
  store.setFact(FACTS.sequence, String(floors.sequence));
  store.setFact(FACTS.time, String(floors.time));
}

/** Gives what one of store and vault lost back to it, so that losing the other one later loses no floor either. */
export async function evenFloors({ store, vault }: Pick<Device, 'store' | 'vault'>): Promise<void> {
  const { record } = await vault.read();
  const stored = storedFloors(store);
  const floors = highestFloors(record.floors, stored);
  if (!same(floors, record.floors)) await vault.write({ ...record, floors });
  if (!same(floors, stored)) storeFloors(store, floors);
}

function same(left: Floors, right: Floors): boolean {
  return (Object.keys(FACTS) as (keyof Floors)[]).every((name) => left[name] === right[name]);
}
