import { KeptLine } from './mcu-line.js';
export class SerialMcu {
    #line;
    constructor(line) {
        this.#line = new KeptLine(line);
    }
    handshake(signal) {
        return this.#line.use(async (link) => {
            await link.ping(signal);
            const version = await link.version(signal);
            return { version, status: await link.status(signal) };
        }, signal);
    }
    status(signal) {
        return this.#line.use((link) => link.status(signal), signal);
    }
    mayReboot(signal) {
        return this.#line.use(async (link) => {
            const { allowed, reason } = await link.mayReboot(signal);
            return { allowed, reason };
        }, signal);
    }
    prepareReboot(signal) {
        return this.#line.use((link) => link.prepareReboot(signal), signal);
    }
    close() {
        return this.#line.close();
    }
}
