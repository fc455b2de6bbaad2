/**
 * Step 5, fetch, write, checkpoint: each missing chunk is fetched, verified and written to its place. One long
 * range request covers a run of frames; what fails is asked for again from the first missing chunk on.
 */
import { decodeFrame, FormatError, sha256Hex } from '../../format/index.js';
import { AgentError } from '../errors.js';
import { FrameAssembler } from '../model/frame-assembler.js';
import { restOfRun } from '../model/plan.js';
import { retryDelay } from '../model/retry.js';
import { Stopped } from './stopped.js';
/** The same frame or index wrong this often is no accident of the line: the payload is not what was signed. */
export const MOST_WRONG_FETCHES = 3;
/**
 * All chunks but the first of each image. Returns when they are written, flushed and checkpointed.
 * Errors: PAYLOAD_REJECTED, FETCH_SERIES_ENDED, BYTE_BUDGET_SPENT, those of source, slot and store; Stopped
 * after a checkpoint when the signal aborts.
 */
export async function fetchImages(work, images) {
    const { transfer } = work;
    for (const image of images) {
        for (const run of image.plan.runs) {
            await fetchRun(work, image, run, async (chunk, data) => {
                await image.target.write(image.plan.index.entry(chunk).offset, data);
                transfer.wrote(image, chunk, data.length);
                if (transfer.checkpointDue())
                    await transfer.checkpoint();
            });
        }
    }
    await transfer.checkpoint();
}
/** The withheld chunk, verified, in memory. */
export async function fetchFirstChunk(work, image) {
    let first;
    await fetchRun(work, image, image.plan.first, async (_chunk, data) => {
        first = Uint8Array.from(data);
        work.transfer.verifiedFirst(data.length);
    });
    if (first === undefined)
        throw new Error('a run of one chunk ended without it');
    return first;
}
/** Repeats until the run is complete or an error is not worth another try. */
async function fetchRun(work, image, run, sink) {
    let next = run.firstChunk;
    let wrongFrames = 0;
    for (;;) {
        const from = next;
        try {
            await streamRun(work, image, restOfRun(image.plan.index, run, next), async (chunk, data) => {
                await sink(chunk, data);
                next = chunk + 1;
                wrongFrames = 0;
                // SIGTERM finishes the chunk at hand; the checkpoint follows below.
                if (work.signal.aborted)
                    throw new Stopped(work.signal.reason);
            });
            return;
        }
        catch (error) {
            if (work.signal.aborted || error instanceof Stopped) {
                await work.transfer.checkpoint();
                throw new Stopped(work.signal.reason);
            }
            if (error instanceof WrongFrame)
                wrongFrames += 1;
            await afterFailedTry(work, image, error, { fruitless: next === from, wrongFrames });
        }
    }
}
/** Saves what there is, then waits for the next try, or throws what ends the series. */
async function afterFailedTry(work, image, error, how) {
    const { device, transfer, signal } = work;
    if (!(error instanceof AgentError))
        throw error;
    // A slot that cannot be written cannot be flushed either: only faults of the way leave something to save.
    if (error.policy !== 'operator' || error.code === 'BYTE_BUDGET_SPENT')
        await transfer.checkpoint();
    if (how.wrongFrames >= MOST_WRONG_FETCHES) {
        throw new AgentError('PAYLOAD_REJECTED', error.message, { cause: error, facts: error.facts });
    }
    if (error.policy !== 'retry')
        throw error;
    if (error.code === 'VALIDATOR_CHANGED') {
        device.store.setPin(work.deployment.id, image.plan.image.pack.name, pinOf(image, undefined));
    }
    if (how.fruitless)
        transfer.fruitless(error);
    const delay = retryDelay(error, Math.max(transfer.tries, 1), device.random());
    device.reporter.happened('fetch-retried', `Fetching again in ${Math.ceil(delay / 1000)} s: ${error.message}`, {
        code: error.code,
        delayMs: delay,
    });
    await device.clock.sleep(delay, signal);
    if (signal.aborted)
        throw new Stopped(signal.reason);
}
/** One request; hands verified chunks on as their frames complete. */
async function streamRun(work, image, run, sink) {
    const { index } = image.plan;
    let longest = 0;
    for (let chunk = run.firstChunk; chunk <= run.lastChunk; chunk += 1) {
        longest = Math.max(longest, index.entry(chunk).frameLength);
    }
    const assembler = new FrameAssembler(run, (chunk) => index.entry(chunk).frameLength, longest);
    const drain = async () => {
        for (let frame = assembler.take(); frame !== undefined; frame = assembler.take()) {
            await sink(frame.chunk, verifiedChunk(image, frame));
        }
    };
    await drain(); // leading zero frames have no bytes to wait for
    if (run.start === run.end)
        return;
    for await (const piece of requestedBytes(work, image, run)) {
        assembler.push(piece);
        await drain();
    }
}
/** The bytes of the run, counted and held to the budget; ends with SHORT_BODY when the source gave fewer. */
async function* requestedBytes(work, image, run) {
    const { device, source, deployment, transfer, signal } = work;
    const { pack } = image.plan.image;
    transfer.requireBudget(run.end - run.start);
    const pin = device.store.pin(deployment.id, pack.name) ?? pinOf(image, undefined);
    const answer = await source.range(pack.name, run.start, run.end, pin, signal);
    if (answer.etag !== pin.etag)
        device.store.setPin(deployment.id, pack.name, pinOf(image, answer.etag));
    let discarded = 0;
    let got = 0;
    for await (const piece of answer.body) {
        const thrownAway = answer.discarded();
        transfer.fetched(piece.length + thrownAway - discarded);
        discarded = thrownAway;
        got += piece.length;
        yield piece;
    }
    if (got === run.end - run.start)
        return;
    throw new AgentError('SHORT_BODY', `${pack.name} ended ${run.end - run.start - got} bytes early.`, {
        facts: { name: pack.name, start: run.start, end: run.end, got },
    });
}
function pinOf(image, etag) {
    return { size: image.plan.image.pack.size, etag };
}
/** A frame whose bytes are not the signed ones. Worth another try: lines and proxies damage bytes. */
class WrongFrame extends AgentError {
}
/** Frame digest before decoding, chunk digest after (DESIGN 6, chunk index). */
function verifiedChunk({ plan }, frame) {
    const entry = plan.index.entry(frame.chunk);
    const facts = { slotClass: plan.slotClass, chunk: frame.chunk };
    if (sha256Hex(frame.bytes) !== entry.frameDigest) {
        throw new WrongFrame('FRAME_WRONG', `Frame ${frame.chunk} of ${plan.image.pack.name} does not match its digest.`, { facts });
    }
    const data = decoded(plan.image.pack.name, frame, entry.codec, entry.length);
    if (sha256Hex(data) !== entry.digest) {
        throw new AgentError('PAYLOAD_REJECTED', `Chunk ${frame.chunk} of ${plan.image.pack.name} decodes to other bytes than its index names.`, { facts });
    }
    return data;
}
function decoded(name, frame, codec, length) {
    try {
        return decodeFrame(codec, frame.bytes, length);
    }
    catch (error) {
        if (!(error instanceof FormatError))
            throw error;
        throw new AgentError('PAYLOAD_REJECTED', `Frame ${frame.chunk} of ${name} is malformed: ${error.message}`, {
            cause: error,
        });
    }
}
