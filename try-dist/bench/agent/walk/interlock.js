import { AgentError } from '../errors.js';
import { judgeReboot } from '../model/interlock.js';
import { Stopped } from './stopped.js';
/** Returns when the board may be rebooted; shows why it waits. `lastHeard`: of a look just before. Error: Stopped. */
export async function awaitInterlock(device, purpose, signal, heardBefore) {
    let lastHeard = heardBefore ?? device.clock.monotonic();
    for (;;) {
        const view = await lookAtMcu(device, lastHeard, signal);
        if (view.kind === 'answered')
            lastHeard = device.clock.monotonic();
        const verdict = judgeReboot(view, purpose);
        if (verdict.go) {
            device.reporter.happened('interlock-opened', `The board may reboot: ${verdict.because}.`);
            return { mcu: view.kind, lastHeard };
        }
        device.reporter.progress('waiting', { status: 'waiting', reason: verdict.reason });
        await device.clock.sleep(device.policy.interlockPollMs, signal);
        if (signal.aborted)
            throw new Stopped(signal.reason);
    }
}
async function lookAtMcu(device, lastHeard, signal) {
    const { mcu, clock } = device;
    if (mcu === undefined)
        return { kind: 'absent' };
    try {
        const status = await mcu.status(signal);
        const { allowed, reason } = await mcu.mayReboot(signal);
        return { kind: 'answered', status, mayReboot: allowed, reason };
    }
    catch (error) {
        if (signal.aborted)
            throw new Stopped(signal.reason);
        // An MCU that answers wrongly is no better known than one that is silent.
        if (!(error instanceof AgentError))
            throw error;
        return { kind: 'silent', silentMs: clock.monotonic() - lastHeard };
    }
}
