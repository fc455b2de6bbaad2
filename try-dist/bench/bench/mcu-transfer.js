/**
 * How well a firmware transfer uses its line: through the link, `serialport`, a real pseudo-terminal and the
 * simulator, which paces the bytes as a line of that rate would.
 */
import { makeFirmware, startSimulator, } from '../fixtures/index.js';
import { McuLink, openSerialPort, transferFirmware } from '../mcu-bridge/index.js';
/** Bits of a byte on the line, 8N1. */
const BITS = 10;
/** The simulator answers in 1 ms, and its flash costs nothing: what is measured is the protocol. */
const PROMPT = { replyMs: 1, eraseMs: 0, writeMs: 0, verifyMs: 0 };
const KIB = 1024;
/** Bytes that the simulator's buffer of 8 frames holds. */
const WINDOW = 8 * 235;
/** Seconds of transfer are enough: every frame is like the other. */
const GOODPUTS = [
    { baudRate: 9600, size: 8 * KIB, mostWindow: undefined, aim: 90 },
    { baudRate: 9600, size: 8 * KIB, mostWindow: 1, aim: 80 },
    { baudRate: 115_200, size: 32 * KIB, mostWindow: undefined, aim: 90 },
    { baudRate: 115_200, size: 32 * KIB, mostWindow: 1, aim: 80 },
];
/** The quickest of so many counts: in the others the machine did something else when a frame was due. */
const RUNS = 3;
export async function* transferFigures() {
    yield {
        what: 'round trip of a ping without a line rate: what this machine adds to a frame',
        value: await medianPing(),
        unit: 'ms',
    };
    for (const { baudRate, size, mostWindow, aim } of GOODPUTS) {
        const firmware = makeFirmware({ version: '9.0.0', size });
        let seconds = Number.POSITIVE_INFINITY;
        for (let run = 0; run < RUNS; run++) {
            seconds = Math.min(seconds, await secondsOfData(baudRate, firmware, mostWindow));
        }
        yield {
            what: `goodput at ${baudRate} baud, ${mostWindow === 1 ? 'stop-and-wait' : 'window'}`,
            value: (100 * size * BITS) / baudRate / seconds,
            unit: '% of rate',
            aim: { from: aim },
        };
    }
    const size = 256 * KIB;
    const started = performance.now();
    await withSimulator({ baudRate: 115_200 }, 115_200, (link) => transferFirmware(link, makeFirmware({ version: '9.0.0', size }), { baudRate: 115_200 }));
    yield {
        what: '256 KiB at 115200 baud, with erasing, writing, verifying',
        value: (performance.now() - started) / 1000,
        unit: 's',
        aim: { to: 30 },
    };
    yield* sentAgain();
}
/** Stop-and-wait pays it once per frame; at 115200 baud its aim leaves room for 2.4 ms. */
async function medianPing() {
    const times = [];
    await withSimulator({}, 115_200, async (link) => {
        while (times.length < 501)
            times.push(await link.ping());
    });
    return times.sort((one, other) => one - other)[250] ?? 0;
}
/** From the first data frame to the reply to the last one. */
async function secondsOfData(baudRate, firmware, mostWindow) {
    let first = 0;
    let last = 0;
    const onProgress = (offset) => {
        last = performance.now();
        if (offset === 0)
            first = last;
    };
    const options = { baudRate, mostWindow, onProgress };
    await withSimulator({ ...PROMPT, baudRate }, baudRate, (link) => transferFirmware(link, firmware, options));
    return (last - first) / 1000;
}
/** The board's process ends at half way and a new one goes on: what was under way may be sent twice, no more. */
async function* sentAgain() {
    const baudRate = 115_200;
    const firmware = makeFirmware({ version: '9.0.0', size: 64 * KIB });
    const simulator = await startSimulator({ ...PROMPT, baudRate });
    let sent = 0;
    const read = (offset, length) => {
        sent += length;
        return firmware.read(offset, length);
    };
    try {
        for (const until of [firmware.size / 2, firmware.size]) {
            const death = new AbortController();
            const onProgress = (offset) => {
                // What the board had still in its buffers dies with it.
                if (offset < until || until === firmware.size || death.signal.aborted)
                    return;
                simulator.mcu.reset();
                death.abort();
            };
            const link = new McuLink(await openSerialPort(simulator.path, { baudRate }));
            try {
                const options = { baudRate, onProgress, signal: death.signal };
                await transferFirmware(link, { ...firmware, read }, options);
            }
            catch (error) {
                if (!death.signal.aborted)
                    throw error;
            }
            finally {
                await link.close();
            }
        }
    }
    finally {
        await simulator.stop();
    }
    yield {
        what: `bytes sent again after board and MCU died at half way (window ${WINDOW})`,
        value: sent - firmware.size,
        unit: 'bytes',
        aim: { to: WINDOW },
    };
}
async function withSimulator(options, baudRate, work) {
    const simulator = await startSimulator(options);
    try {
        const link = new McuLink(await openSerialPort(simulator.path, { baudRate }));
        try {
            await work(link);
        }
        finally {
            await link.close();
        }
    }
    finally {
        await simulator.stop();
    }
}
