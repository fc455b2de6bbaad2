import { highestFloors } from '../model/floors.js';
const FACTS = {
    securityVersion: 'floor-security-version',
    sequence: 'floor-sequence',
    time: 'floor-time',
};
export function storedFloors(store) {
    const number = (name) => {
        const value = Number(store.fact(name) ?? '0');
        return Number.isSafeInteger(value) && value > 0 ? value : 0;
    };
    return {
        securityVersion: number(FACTS.securityVersion),
        sequence: number(FACTS.sequence),
        time: number(FACTS.time),
    };
}
export function storeFloors(store, floors) {
    store.setFact(FACTS.securityVersion, String(floors.securityVersion));
    store.setFact(FACTS.sequence, String(floors.sequence));
    store.setFact(FACTS.time, String(floors.time));
}
/** Gives what one of store and vault lost back to it, so that losing the other one later loses no floor either. */
export async function evenFloors({ store, vault }) {
    const { record } = await vault.read();
    const stored = storedFloors(store);
    const floors = highestFloors(record.floors, stored);
    if (!same(floors, record.floors))
        await vault.write({ ...record, floors });
    if (!same(floors, stored))
        storeFloors(store, floors);
}
function same(left, right) {
    return Object.keys(FACTS).every((name) => left[name] === right[name]);
}
