import { LinkError } from '../error.js';
/** 9600 8N1: what every small MCU can do with its internal oscillator. */
export const SERIAL_DEFAULTS = { baudRate: 9600, dataBits: 8, parity: 'none', stopBits: 1 };
/**
 * Opens the port for this process alone (an advisory lock, which the kernel drops with its holder) and throws
 * away what an earlier owner left unread. Error: LinkError MCU_PORT.
 */
export async function openSerialPort(path, settings = {}) {
    const library = await import('serialport');
    const how = { ...SERIAL_DEFAULTS, ...settings };
    const port = new library.SerialPort({ ...how, path, autoOpen: false, lock: true });
    await settled(path, 'open', (done) => port.open(done));
    try {
        await settled(path, 'empty', (done) => port.flush(done));
    }
    catch (error) {
        await settled(path, 'close', (done) => port.close(done));
        throw error;
    }
    return new SerialBytePort(path, port);
}
class SerialBytePort {
    #path;
    #port;
    #ended = false;
    #cause;
    #listener;
    constructor(path, port) {
        this.#path = path;
        this.#port = port;
        // A port that is unplugged says so with an error, with a close that has a cause, or with both.
        port.on('error', (cause) => this.#end(cause));
        port.on('close', (cause) => this.#end(cause ?? undefined));
    }
    write(bytes) {
        return settled(this.#path, 'write to', (done) => {
            this.#port.write(bytes, undefined, (cause) => done(cause ?? null));
        });
    }
    onData(listener) {
        this.#port.on('data', listener);
    }
    onClose(listener) {
        this.#listener = listener;
        if (this.#ended)
            listener(this.#cause);
    }
    async close() {
        if (this.#port.isOpen && !this.#port.closing) {
            await settled(this.#path, 'close', (done) => this.#port.close(done));
        }
    }
    #end(cause) {
        if (this.#ended)
            return;
        this.#ended = true;
        this.#cause = cause;
        this.#listener?.(cause);
    }
}
function settled(path, verb, start) {
    return new Promise((resolve, reject) => {
        start((cause) => {
            if (cause === null || cause === undefined)
                resolve();
            else
                reject(portError(path, verb, cause));
        });
    });
}
function portError(path, verb, cause) {
    const message = `Cannot ${verb} the serial port ${path} (${cause.message}); check the path, the rights and who else has it open`;
    return new LinkError('MCU_PORT', message, { facts: { path, step: verb }, cause });
}
