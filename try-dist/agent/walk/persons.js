import { AgentError } from '../errors.js';
const CANCELLED = 'cancelled-identity';
/** Remembers that a person does not want this release now. */
export function rememberCancelled(device, identity) {
    device.store.setFact(CANCELLED, identity);
}
/** Error: CANCELLED for the daemon; a person's install or `--retry` forgets what was said before. */
export async function respectPersons(device, release, how) {
    const { identity, manifest } = release;
    if (device.store.fact(CANCELLED) === identity) {
        if (!how.consented) {
            throw new AgentError('CANCELLED', `Release ${manifest.version} was cancelled; donabe install takes it up again.`);
        }
        device.store.setFact(CANCELLED, '');
    }
    if (!how.retried)
        return;
    device.store.clearFailures(identity);
    const { record } = await device.vault.read();
    const failures = record.failures.filter((counts) => counts.identity !== identity);
    if (failures.length !== record.failures.length)
        await device.vault.write({ ...record, failures });
}
