export const DEFAULT_CONFIG = '/etc/donabe/donabe.toml';
/** Loaded when a verb runs: `donabe --help` needs no database. */
export function agentRoom() {
    return import('../agent/index.js');
}
/** Runs a verb that never takes the lock. */
export async function reading(configPath, verb) {
    const room = await agentRoom();
    const config = await room.loadConfig(configPath);
    return closing(await room.openToRead(config, room.newReporter(config)), (device) => verb({ room, config, device }));
}
/** Runs a verb under the lock. Error: LOCKED, before anything was opened. */
export async function walking(configPath, name, verb) {
    const room = await agentRoom();
    const config = await room.loadConfig(configPath);
    room.refuseWarnings(config);
    const interrupted = new AbortController();
    const stop = () => interrupted.abort('terminate');
    const makeWay = () => interrupted.abort('request');
    // Before the lock is taken: whoever finds it held may signal at once, and the system's own answer is death.
    process.on('SIGINT', stop).on('SIGTERM', stop).on('SIGUSR2', makeWay);
    let lock;
    try {
        lock = room.acquireLock(config.values['paths.run'], name);
        const opened = await room.openDevice(config, room.newReporter(config));
        return await closing(opened, (device) => verb({ room, config, device, signal: interrupted.signal }));
    }
    finally {
        lock?.release();
        process.off('SIGINT', stop).off('SIGTERM', stop).off('SIGUSR2', makeWay);
    }
}
async function closing(opened, work) {
    try {
        return await work(opened.device);
    }
    finally {
        await opened.close();
    }
}
