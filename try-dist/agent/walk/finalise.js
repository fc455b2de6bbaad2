/**
 * Step 6, finalise: the slot is read back from the device, and only then gets its beginning (rules 1 and 3).
 * Durable, in this order: first chunks, their read-back, the seal in the vault, the row "finalised".
 */
import { createHash } from 'node:crypto';
import { sha256Hex } from '../../format/index.js';
import { AgentError } from '../errors.js';
import { fetchFirstChunk } from './fetch.js';
import { withholdFirstChunk } from './open-slot.js';
import { Stopped } from './stopped.js';
/** Errors: SLOT_READ_BACK, PAYLOAD_REJECTED, those of source, slot, vault and store; Stopped. */
export async function finalise(work, plan, release, images) {
    const { device, deployment } = work;
    const firstChunks = [];
    let done = 0;
    for (const image of images) {
        const first = await fetchFirstChunk(work, image);
        await work.transfer.checkpoint();
        await readBack(work, image, first, done);
        done += image.plan.image.size;
        firstChunks.push(first);
    }
    try {
        for (const [at, image] of images.entries())
            await writeFirstChunk(image, firstChunks[at]);
    }
    catch (error) {
        for (const image of images)
            await beheadAgain(work, image);
        throw error;
    }
    await sealSlot(work, plan, release);
    device.store.setState(deployment.id, 'finalised', device.bootId);
}
/** Chunks 1.. from the device, each against the index, and the image digest over all with chunk 0 from memory. */
async function readBack(work, image, first, before) {
    const { plan, target } = image;
    const whole = createHash('sha256').update(first);
    for (let chunk = 1; chunk < plan.index.count; chunk += 1) {
        if (work.signal.aborted)
            throw new Stopped(work.signal.reason);
        const entry = plan.index.entry(chunk);
        const data = await target.readBack(entry.offset, entry.length);
        if (sha256Hex(data) !== entry.digest)
            throw readBackError(target, `chunk ${chunk} differs`, { chunk });
        whole.update(data);
        work.transfer.report('verifying', before + entry.offset);
    }
    const digest = whole.digest('hex');
    if (digest !== plan.image.sha256)
        throw readBackError(target, `the image digest is ${digest}`, {});
}
/** The slot is unbootable already: one partition that refuses must not spare the others, nor hide what went wrong. */
async function beheadAgain({ device }, image) {
    try {
        await withholdFirstChunk(image);
    }
    catch (error) {
        if (!(error instanceof AgentError))
            throw error;
        device.reporter.happened('first-chunk-stays', error.message, { code: error.code });
    }
}
async function writeFirstChunk({ plan, target }, first) {
    await target.write(0, first);
    await target.flush();
    const entry = plan.index.entry(0);
    if (sha256Hex(await target.readBack(0, entry.length)) !== entry.digest) {
        throw readBackError(target, 'the first chunk differs', { chunk: 0 });
    }
}
function readBackError(target, what, facts) {
    return new AgentError('SLOT_READ_BACK', `Slot ${target.slot} (${target.slotClass}) does not hold what was written: ${what}. The device may be failing.`, { facts: { slot: target.slot, slotClass: target.slotClass, readBack: target.readBackKind, ...facts } });
}
async function sealSlot(work, plan, release) {
    const { record } = await work.device.vault.read();
    await work.device.vault.write({ ...record, seals: { ...record.seals, [plan.slot]: sealOf(release) } });
}
/** What the vault keeps of a release to know its slot again. */
export function sealOf({ manifest, identity }) {
    return {
        identity,
        version: manifest.version,
        sequence: manifest.sequence,
        securityVersion: manifest.securityVersion,
        created: Date.parse(manifest.created),
        images: manifest.images.map((image) => ({
            slotClass: image.class,
            size: image.size,
            sha256: image.sha256,
        })),
    };
}
/** Bytes hashed at a time: as large as the largest chunk that is usual, small against the agent's memory. */
const SEAL_WINDOW = 1024 * 1024;
/** SHA-256 of the first `size` bytes, read in windows. */
export async function digestOf(reader, size, signal) {
    const hash = createHash('sha256');
    for (let offset = 0; offset < size; offset += SEAL_WINDOW) {
        if (signal.aborted)
            throw new Stopped(signal.reason);
        hash.update(await reader.read(offset, Math.min(SEAL_WINDOW, size - offset)));
    }
    return hash.digest('hex');
}
