import { agentRoom } from './session.js';
/** Where the system image has the script of the trial-deadline unit. */
const TRIAL_DEADLINE = '/usr/lib/donabe/trial-deadline.sh';
/** `closers` are called by main when the verb is over: the lock is held until then. */
export function bootContext(configPath, closers) {
    return {
        openBackend: async (purpose) => {
            const room = await agentRoom();
            const config = await room.loadConfig(configPath());
            if (purpose === 'write') {
                // A request beside it waits for the moment that a verb takes; the signal for it must not end a write.
                process.on('SIGUSR2', () => { });
                const lock = room.acquireLock(config.values['paths.run'], 'boot');
                closers.push(async () => lock.release());
            }
            return room.openBootControl(config, await bootedIfKnown(room, config));
        },
        bootedSlot: async () => {
            const room = await agentRoom();
            return room.bootedSlot(await room.loadConfig(configPath()));
        },
        sealHolds: async (slot) => {
            const room = await agentRoom();
            const config = await room.loadConfig(configPath());
            const vault = await room.openVault(config);
            try {
                const slots = room.openSlots(config, await room.bootedSlot(config));
                const verdict = await room.checkSeal({ vault, slots }, slot, new AbortController().signal);
                return { holds: verdict.holds, reason: verdict.holds ? '' : verdict.reason };
            }
            finally {
                await vault.close();
            }
        },
    };
}
/** What the verbs about the board need from the configuration. */
export function boardContext(configPath, closers) {
    return {
        bootParams: async () => {
            const room = await agentRoom();
            const { values } = await room.loadConfig(configPath());
            const { readBootParams } = await import('../bootctl/index.js');
            if (values['boot-params.path'] === '') {
                throw new room.AgentError('NOTHING_TO_DO', 'No parameter page is configured; name it as boot-params.path.');
            }
            return readBootParams(values['boot-params.path'], values['boot-params.offset']);
        },
        examination: async () => {
            const room = await agentRoom();
            const config = await room.loadConfig(configPath());
            room.refuseWarnings(config);
            const backend = await room.openBootControl(config, await bootedIfKnown(room, config));
            closers.push(() => backend.close());
            return {
                backend,
                bootedSlot: () => room.bootedSlot(config),
                counting: config.values['boot-control.counting'],
                cmdline: config.values['paths.cmdline'],
                bootControl: config.values['boot-control.path'],
                partitions: config.slots,
                mounts: '/proc/self/mounts',
                trialDeadline: TRIAL_DEADLINE,
            };
        },
    };
}
/** On a bench nothing may say which slot is booted: then no counter of it is restored. */
async function bootedIfKnown(room, config) {
    try {
        return await room.bootedSlot(config);
    }
    catch (error) {
        if (error instanceof room.AgentError && error.code === 'BOOTED_SLOT_UNKNOWN')
            return undefined;
        throw error;
    }
}
