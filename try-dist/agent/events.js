/**
 * What the agent tells the world while it works: one typed stream of plain data (DESIGN 5, phases).
 * Listeners print, log, keep the status file; nothing here decides anything.
 */
import { EventEmitter } from 'node:events';
export const PHASES = [
    'idle',
    'checking',
    'waiting',
    'fetching',
    'verifying',
    'activating',
    'rebooting',
    'confirming',
    'rolling-back',
    'failed',
];
export const STAGE_OF_PHASE = {
    idle: 'precheck',
    checking: 'precheck',
    waiting: 'precheck',
    fetching: 'flashing',
    verifying: 'flashing',
    activating: 'reboot',
    rebooting: 'reboot',
    confirming: 'reboot',
    'rolling-back': 'reboot',
    failed: 'precheck',
};
export const NO_BYTES = { fetched: 0, reused: 0, written: 0, verified: 0 };
/** The stream with a memory of its last progress event, for newcomers. */
export class Reporter extends EventEmitter {
    #deviceId;
    #last;
    constructor(deviceId) {
        super();
        this.#deviceId = deviceId;
        this.#last = {
            device_id: deviceId,
            deployment: '',
            phase: 'idle',
            stage: 'precheck',
            progress: 0,
            status: 'running',
            bytes: NO_BYTES,
        };
    }
    get last() {
        return this.#last;
    }
    /** A new phase, or movement within one; what is not given stays as it was, except the reason. */
    progress(phase, more = {}) {
        const { reason: _old, ...kept } = this.#last;
        // A wait happens within a stage: the coarse phase does not step back for it.
        const stage = phase === 'waiting' ? this.#last.stage : STAGE_OF_PHASE[phase];
        this.#last = { ...kept, status: 'running', ...more, device_id: this.#deviceId, phase, stage };
        this.emit('progressed', this.#last);
    }
    happened(name, message, facts = {}) {
        this.emit('happened', { name, message, facts });
    }
}
