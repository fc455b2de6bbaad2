/**
 * `donabe mcu inspect`: looks at a line, live or recorded, and tells what is said on it. It must not decode
 * anything itself; `mcu-trace.ts` has the words.
 */
import { closeSync, createReadStream, openSync, statSync, writeSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { Command } from 'commander';
import { chosenLine, positive, withLineFlags } from './mcu-line.js';
import { entryJson, entryText, statisticsText } from './mcu-trace.js';
/** How often it is looked whether a frame was begun and not completed, ms: as often as a gap lasts. */
const LOOK_MS = 50;
/** Bits of a byte on the line: start, eight of data, stop; and parity where there is one. */
const BITS_PER_BYTE = { none: 10, even: 11, odd: 11 };
export function inspectCommand(context) {
    const verb = new Command('inspect')
        .description('a decoded trace of what is said on a line, live or recorded, and figures at its end')
        .argument('[source]', 'serial port, or a file that --record made; without it the configured port')
        .option('--board <port>', 'second port, on the wire from board to MCU; the first then hears the MCU')
        .option('--ask <seconds>', 'ask the MCU for its status so often, so that there is something to see', positive)
        .option('--seconds <seconds>', 'end by itself; otherwise by Ctrl-C', positive)
        .option('--record <file>', 'keep what is heard in a new file, to be inspected later')
        .option('--unnumbered', 'the frames carry no numbers')
        .option('--hex', 'also the bytes')
        .option('--json', 'one JSON object per line, the figures last')
        .addHelpText('after', EXAMPLES)
        .action((source, flags) => inspect(verb, context, source, flags));
    return withLineFlags(verb);
}
const EXAMPLES = `
Examples:
  donabe mcu inspect /dev/ttyS1 --ask 1 --seconds 10
  donabe mcu inspect /dev/ttyUSB0 --board /dev/ttyUSB1 --record kitchen.line
  donabe mcu inspect kitchen.line --hex`;
async function inspect(verb, context, source, flags) {
    const room = await import('../mcu-bridge/index.js');
    const print = (text) => verb.configureOutput().writeOut?.(`${text}\n`);
    const show = (entries) => {
        for (const entry of entries)
            print(flags.json ? entryJson(entry) : entryText(entry, flags.hex === true));
    };
    const finish = (inspector) => {
        show(inspector.end());
        const { statistics } = inspector;
        print(flags.json ? JSON.stringify({ kind: 'statistics', ...statistics }) : statisticsText(statistics));
    };
    if (source === undefined || !isRecording(source)) {
        await inspectPort(room, await chosenLine(verb, context, source, flags), flags, show, finish);
        return;
    }
    if (flags.ask !== undefined || flags.board !== undefined || flags.record !== undefined) {
        verb.error('error: a recorded line cannot be asked, joined or recorded again');
    }
    finish(await inspectRecording(room, source, show));
}
/** A file is; a port, or nothing at all, is left to the opening of ports. */
function isRecording(source) {
    return statSync(source, { throwIfNoEntry: false })?.isFile() === true;
}
function inspectorOptions(line) {
    const { baudRate, format, numbered } = line;
    return { baudRate, format, numbered, bitsPerByte: BITS_PER_BYTE[line.parity] };
}
async function inspectRecording(room, path, show) {
    const reader = new room.RecordingReader();
    let inspector;
    try {
        for await (const text of createReadStream(path, 'utf8')) {
            const pieces = reader.push(text);
            if (reader.line !== undefined)
                inspector ??= new room.Inspector(inspectorOptions(reader.line));
            for (const { on, bytes, atMs } of pieces)
                show(inspector?.hear(on, bytes, atMs) ?? []);
        }
    }
    catch (cause) {
        throw cause instanceof room.LinkError ? cause : recordingError(room, path, cause);
    }
    if (reader.end())
        process.stderr.write('the recording ends inside a row, which was left out\n');
    return inspector ?? new room.Inspector();
}
/** Looks on until time is up or a signal comes. Error: MCU_PORT when the port goes away, after the figures. */
async function inspectPort(room, line, flags, show, finish) {
    const settings = { ...line, numbered: flags.unnumbered !== true };
    const { baudRate, parity } = line;
    const inspector = new room.Inspector(inspectorOptions(settings));
    const ports = [];
    let recorder;
    let lost;
    try {
        ports.push(await room.openSerialPort(line.path, { baudRate, parity }));
        if (flags.board !== undefined)
            ports.push(await room.openSerialPort(flags.board, { baudRate, parity }));
        if (flags.record !== undefined)
            recorder = new Recorder(room, flags.record, settings);
        const started = performance.now();
        const now = () => performance.now() - started;
        lost = await listen(room, ports, settings, flags, {
            heard: (on, bytes) => {
                const atMs = now();
                recorder?.add(on, bytes, atMs);
                show(inspector.hear(on, bytes, atMs));
            },
            look: () => show(inspector.tick(now())),
        });
    }
    finally {
        for (const port of ports)
            await port.close();
        recorder?.close();
    }
    finish(inspector);
    if (lost !== undefined)
        throw lost;
}
/** What ended it: nothing but the person's wish, or the port. */
async function listen(room, [first, board], line, flags, ears) {
    const stop = new AbortController();
    const end = () => stop.abort();
    process.once('SIGINT', end).once('SIGTERM', end);
    const timer = flags.seconds === undefined ? undefined : globalThis.setTimeout(end, flags.seconds * 1000);
    // Bytes that already wait in the system come before the immediate: a busy process is no gap.
    const looking = setInterval(() => setImmediate(ears.look), LOOK_MS);
    try {
        return await new Promise((resolve, reject) => {
            const ended = (cause) => resolve(portGone(room, cause));
            stop.signal.addEventListener('abort', () => resolve(undefined), { once: true });
            board?.onData((bytes) => ears.heard('board', bytes));
            board?.onClose(ended);
            if (first === undefined)
                return;
            if (flags.ask === undefined) {
                first.onData((bytes) => ears.heard(board === undefined ? 'line' : 'mcu', bytes));
                first.onClose(ended);
            }
            else {
                const { numbered, format } = line;
                const link = new room.McuLink(tapped(first, ears.heard, ended), { numbered, format });
                askOften(room, link, flags.ask, stop.signal).catch(reject);
            }
        });
    }
    finally {
        stop.abort();
        process.off('SIGINT', end).off('SIGTERM', end);
        clearTimeout(timer);
        clearInterval(looking);
    }
}
/** The port, with an ear on both directions and on its end. */
function tapped(port, heard, ended) {
    return {
        write: (bytes) => {
            heard('board', bytes);
            return port.write(bytes);
        },
        onData: (listener) => port.onData((bytes) => {
            heard('mcu', bytes);
            listener(bytes);
        }),
        onClose: (listener) => port.onClose((cause) => {
            listener(cause);
            ended(cause);
        }),
        close: () => port.close(),
    };
}
/** An MCU that is silent, refuses or talks nonsense is what the trace is for: asking goes on. */
async function askOften(room, link, seconds, signal) {
    while (!signal.aborted) {
        try {
            await link.status(signal);
            await setTimeout(seconds * 1000, undefined, { signal });
        }
        catch (error) {
            if (!signal.aborted && !(error instanceof room.LinkError))
                throw error;
            if (error instanceof room.LinkError && error.code === 'MCU_PORT')
                return;
        }
    }
}
function portGone(room, cause) {
    return new room.LinkError('MCU_PORT', 'The serial port went away while it was looked at; open it again', {
        cause,
    });
}
function recordingError(room, path, cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new room.LinkError('MCU_RECORDING', `The recording ${path} cannot be read or written: ${why}`, {
        facts: { path },
        cause,
    });
}
/** Writes each piece at once: what was heard before a crash or a pulled plug is in the file. */
class Recorder {
    #room;
    #path;
    #file;
    /** Error: MCU_RECORDING, also when the file exists: an earlier recording is not written over. */
    constructor(room, path, line) {
        this.#room = room;
        this.#path = path;
        try {
            this.#file = openSync(path, 'wx');
        }
        catch (cause) {
            throw recordingError(room, path, cause);
        }
        this.#write(room.recordingHead(line));
    }
    add(on, bytes, atMs) {
        this.#write(this.#room.recordingRow({ on, bytes, atMs }));
    }
    close() {
        closeSync(this.#file);
    }
    #write(text) {
        try {
            writeSync(this.#file, text);
        }
        catch (cause) {
            throw recordingError(this.#room, this.#path, cause);
        }
    }
}
