/**
 * Step 3, plan: fetch the chunk indexes, look what is in the inactive slot already, say what will be done.
 * Reads the slot, writes nothing to it.
 */
import { otherSlot } from '../../bootctl/index.js';
import { decodeChunkIndex, FormatError, sha256Hex } from '../../format/index.js';
import { AgentError } from '../errors.js';
import { planImage, planUpdate } from '../model/plan.js';
import { MOST_WRONG_FETCHES } from './fetch.js';
import { Stopped } from './stopped.js';
/** Errors: PAYLOAD_REJECTED, SLOT_TOO_SMALL, those of source and slots. */
export async function plan(device, source, release, signal) {
    const slot = otherSlot(device.booted);
    const open = device.store.deployment();
    const continued = open?.identity === release.identity && open.slot === slot;
    const checkpoints = continued ? device.store.checkpoints(open.id) : [];
    const images = [];
    for (const image of release.manifest.images) {
        const index = await fetchIndex(device, source, image, signal);
        const reader = await device.slots.openForReading(slot, image.class);
        try {
            refuseTooSmall(reader, image);
            const present = await presentChunks(reader, index, image, checkpoints, signal);
            images.push(planImage(image, index, (chunk) => present.has(chunk)));
        }
        finally {
            await reader.close();
        }
    }
    return planUpdate({ identity: release.identity, version: release.manifest.version }, slot, images);
}
/** From the store's cache or the source; its digest stands in the signed manifest. */
async function fetchIndex(device, source, image, signal) {
    const { name, sha256 } = image.index;
    const bytes = device.store.index(sha256) ?? (await readIndex(source, image, signal));
    const index = parseIndex(name, bytes);
    const fits = index.imageSize === image.size &&
        index.imageDigest === image.sha256 &&
        index.base === undefined &&
        index.packSize === image.pack.size;
    if (!fits) {
        throw new AgentError('PAYLOAD_REJECTED', `The chunk index ${name} describes another image or pack.`, {
            facts: { name, slotClass: image.class },
        });
    }
    device.store.keepIndex(sha256, bytes);
    return index;
}
/** Lines and proxies damage bytes: only one that is wrong again and again is not what was signed. */
async function readIndex(source, image, signal) {
    const { name, size, sha256 } = image.index;
    let found = '';
    for (let fetched = 0; fetched < MOST_WRONG_FETCHES; fetched += 1) {
        const bytes = await source.read(name, size, signal);
        found = sha256Hex(bytes);
        if (found === sha256)
            return bytes;
    }
    throw new AgentError('PAYLOAD_REJECTED', `The chunk index ${name} does not match the signed manifest.`, {
        facts: { name, expected: sha256, found },
    });
}
function parseIndex(name, bytes) {
    try {
        return decodeChunkIndex(bytes);
    }
    catch (error) {
        if (!(error instanceof FormatError))
            throw error;
        throw new AgentError('PAYLOAD_REJECTED', `The chunk index ${name} is malformed: ${error.message}`, {
            cause: error,
        });
    }
}
function refuseTooSmall(reader, image) {
    if (image.size <= reader.capacity)
        return;
    throw new AgentError('SLOT_TOO_SMALL', `The ${image.class} image needs ${image.size} bytes, slot ${reader.slot} holds ${reader.capacity}.`, { facts: { slotClass: image.class, size: image.size, capacity: reader.capacity } });
}
/**
 * Chunks up to the checkpoint are taken on its word (finalise reads all of them back anyway); each later one
 * is hashed in the slot: what a SIGKILL left in the page cache, or an equal old content, is not fetched again.
 */
async function presentChunks(reader, index, image, checkpoints, signal) {
    const done = checkpoints.find((point) => point.slotClass === image.class && point.indexDigest === image.index.sha256);
    const present = new Set();
    for (let chunk = 1; chunk < index.count; chunk += 1) {
        if (signal.aborted)
            throw new Stopped(signal.reason);
        const entry = index.entry(chunk);
        const trusted = done !== undefined && chunk <= done.chunks;
        if (trusted || sha256Hex(await reader.read(entry.offset, entry.length)) === entry.digest)
            present.add(chunk);
    }
    return present;
}
