import { checkSeal } from './seal.js';
/** The open deployment, ready to be activated; undefined when the slot has to be worked on. */
export async function stillFinalised(device, release, signal) {
    const { bootId, clock, reporter, store } = device;
    const row = store.deployment();
    if (row === undefined || row.identity !== release.identity || row.state !== 'finalised')
        return undefined;
    if (row.slot === device.booted)
        return undefined;
    if (row.finalisedBoot === bootId)
        return row;
    reporter.progress('verifying', { deployment: row.id, progress: 66 });
    const verdict = await checkSeal(device, row.slot, signal);
    if (!verdict.holds || verdict.seal.identity !== release.identity) {
        // Its checkpoints speak of bytes that are gone: a new row hashes what is left, and no release is blamed.
        const reason = verdict.holds ? 'the slot was sealed as another release' : verdict.reason;
        const ending = { code: 'SEAL_BROKEN', reason, at: clock.now(), rollbackMs: undefined, bytes: undefined };
        store.close(row.id, 'abandoned', ending);
        return undefined;
    }
    store.setState(row.id, 'finalised', bootId);
    return { ...row, state: 'finalised', finalisedBoot: bootId };
}
