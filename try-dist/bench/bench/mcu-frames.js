/** What receiving and checking frames costs the processor, and what the checksum lets through. No line, no clock. */
import { seeded } from '../fixtures/index.js';
import { crc16, crc16OfAddon, Deframer, decodeFrame, encodeFrame, NEED_MORE } from '../mcu-bridge/index.js';
const SEED = 4;
/** Bytes at a time, as a busy port brings them. */
const PIECE = 4096;
const MEGABYTE = 1_000_000;
/** The best of so many runs counts: the others measured the machine's caches. */
const RUNS = 5;
const DATA_COMMAND = 0x08;
const SOH = 0x01;
const CRC_BYTES = 2;
/** Offset of CMD: what stands before it says how long the frame is, and no checksum can judge another frame. */
const OFFSET_CMD = 2;
export function* frameFigures() {
    const random = seeded(SEED);
    const clean = manyFrames(random, 64, 8 * MEGABYTE);
    yield* throughput('deframer, frames with 64 bytes of payload', clean, { from: 5 });
    const soh = new Uint8Array(2 * MEGABYTE).fill(SOH);
    yield* throughput('deframer, a stream of nothing but SOH', soh, { from: 1 });
    yield* throughput('deframer, every second byte a start of the longest frame', starts(2 * MEGABYTE));
    yield* throughput('deframer, noise', random.bytes(4 * MEGABYTE));
    yield {
        what: 'deframer, time per byte on eight times as much SOH',
        value: secondsFor(new Uint8Array(8 * MEGABYTE).fill(SOH)) / 8 / secondsFor(soh.subarray(0, MEGABYTE)),
        unit: 'times',
        aim: { to: 1.5 },
    };
    yield* checksumCosts(random.bytes(66));
    yield* damage(random);
    yield* undetected(random);
}
function* throughput(what, bytes, aim) {
    const value = bytes.length / MEGABYTE / secondsFor(bytes);
    yield { what, value, unit: 'MB/s', ...(aim && { aim }) };
}
function secondsFor(bytes) {
    return best(() => {
        const deframer = new Deframer();
        for (let at = 0; at < bytes.length; at += PIECE)
            deframer.push(bytes.subarray(at, at + PIECE), 0);
    });
}
/** Seconds of the quickest run, of the processor: what else the machine does is not counted. */
function best(work) {
    let least = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run++) {
        const started = process.cpuUsage();
        work();
        const { user, system } = process.cpuUsage(started);
        least = Math.min(least, (user + system) / 1e6);
    }
    return least;
}
function manyFrames(random, payload, bytes) {
    const frames = [];
    for (let size = 0; size < bytes; size += payload + 5) {
        frames.push(encodeFrame({ command: DATA_COMMAND, payload: random.bytes(payload) }));
    }
    return Buffer.concat(frames);
}
function starts(bytes) {
    return Uint8Array.from({ length: bytes }, (_, index) => (index % 2 === 0 ? SOH : 240));
}
function* checksumCosts(covered) {
    const ways = {
        'bit by bit': bitwise,
        'table made from node-crc (what the link uses)': (bytes) => crc16(bytes),
        'node-crc, one call': (bytes) => crc16OfAddon(bytes, 'xmodem'),
    };
    const calls = 20_000;
    for (const [way, crc] of Object.entries(ways)) {
        const seconds = best(() => {
            for (let call = 0; call < calls; call++)
                crc(covered);
        });
        yield { what: `CRC of a frame with 64 bytes, ${way}`, value: (seconds * 1e6) / calls, unit: 'us' };
    }
}
function bitwise(bytes) {
    let crc = 0;
    for (const byte of bytes) {
        crc ^= byte << 8;
        for (let bit = 0; bit < 8; bit++)
            crc = crc & 0x8000 ? ((crc << 1) ^ 0x1021) & 0xffff : crc << 1;
    }
    return crc;
}
/** Every 1000th byte is damaged: which frames that were not hit are missing at the end? */
function* damage(random) {
    const frames = Array.from({ length: 100_000 }, () => encodeFrame({ command: DATA_COMMAND, payload: random.bytes(64) }));
    const line = Uint8Array.from(Buffer.concat(frames));
    const hit = new Set();
    const length = frames[0]?.length ?? 1;
    for (let at = 999; at < line.length; at += 1000) {
        line[at] = (line[at] ?? 0) ^ (1 + random.below(255));
        hit.add(Math.floor(at / length));
    }
    const deframer = new Deframer();
    const heard = new Set();
    for (const result of [...deframer.push(line, 0), ...deframer.tick(1000)]) {
        if (result.kind === 'frame')
            heard.add(Buffer.from(result.frame.payload).toString('latin1'));
    }
    const lost = frames.filter((frame, index) => {
        const payload = Buffer.from(frame.subarray(3, -CRC_BYTES)).toString('latin1');
        return !hit.has(index) && !heard.has(payload);
    });
    yield {
        what: `good frames lost of ${frames.length - hit.size}, every 1000th byte damaged`,
        value: lost.length,
        unit: 'frames',
        aim: { to: 0 },
    };
}
/** How many damaged frames pass: of random damage one in 65536, of short bursts none. */
function* undetected(random) {
    const frame = encodeFrame({ command: DATA_COMMAND, payload: random.bytes(16) });
    const mutations = 10_000_000;
    const expected = mutations / 2 ** 16;
    // 99 of 100 benches with a perfect checksum lie inside.
    const margin = 2.576 * Math.sqrt(expected);
    let passed = 0;
    const damaged = frame.slice();
    for (let mutation = 0; mutation < mutations; mutation++) {
        for (let at = OFFSET_CMD; at < frame.length; at++) {
            damaged[at] = (frame[at] ?? 0) ^ (random.next() * 256);
        }
        if (isFrame(damaged))
            passed += 1;
    }
    yield {
        what: `undetected of ${mutations} random mutations (expected ${expected.toFixed(1)})`,
        value: passed,
        unit: 'frames',
        aim: { from: Math.round(expected - margin), to: Math.round(expected + margin) },
    };
    yield {
        what: 'undetected bursts of 16 bits or less, every pattern at every place',
        value: undetectedBursts(frame),
        unit: 'frames',
        aim: { to: 0 },
    };
}
function undetectedBursts(frame) {
    let passed = 0;
    const view = new DataView(new ArrayBuffer(frame.length + 4));
    const damaged = new Uint8Array(view.buffer, 0, frame.length);
    for (let bit = OFFSET_CMD * 8; bit < frame.length * 8; bit++) {
        const byte = bit >> 3;
        // A burst begins with a damaged bit; behind the frame there is nothing left to damage.
        const room = Math.min(16, frame.length * 8 - bit);
        for (let rest = 0; rest < 2 ** (room - 1); rest++) {
            damaged.set(frame);
            const pattern = (((2 ** (room - 1) + rest) * 2 ** (32 - room)) >>> 0) >>> (bit & 7);
            view.setUint32(byte, (view.getUint32(byte) ^ pattern) >>> 0);
            if (isFrame(damaged))
                passed += 1;
        }
    }
    return passed;
}
function isFrame(bytes) {
    const decoded = decodeFrame(bytes);
    return decoded !== NEED_MORE && decoded.kind === 'frame';
}
