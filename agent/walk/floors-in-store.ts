/** The store's copy of the floors: three facts, so that losing the vault loses no floor. */
import type { Floors, Store } from '../ports.ts';

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
