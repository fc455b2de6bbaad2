/**
 * Composition root: configuration -> adapters -> device -> daemon. The only place that builds adapters.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BootControlError, countingNamed, findBootedSlot, openBackend, readBootParams, } from '../bootctl/index.js';
import { decodeReleaseInfo } from '../format/index.js';
import { BlockSlots } from './adapters/block-slots.js';
import { CommandRebooter } from './adapters/command-rebooter.js';
import { createFolderSource } from './adapters/folder-source.js';
import { CommandHealthCheck } from './adapters/health-command.js';
import { startHeartbeat } from './adapters/heartbeat.js';
import { createHttpSource } from './adapters/http-source.js';
import { readKeyFolder } from './adapters/key-folder.js';
import { acquireLock } from './adapters/lock.js';
import { logEvents } from './adapters/log.js';
import { configuredMcuLine } from './adapters/mcu-line.js';
import { openStore, openStoreReadOnly } from './adapters/open-store.js';
import { SerialMcu } from './adapters/serial-mcu.js';
import { keepStatusFile } from './adapters/status-file.js';
import { SystemClock } from './adapters/system-clock.js';
import { openFileVault } from './adapters/vault.js';
import { parseConfig } from './config.js';
import { Daemon, LOCKED_PAUSE_MS } from './daemon.js';
import { AgentError } from './errors.js';
import { Reporter } from './events.js';
import { isGood } from './model/entry-table.js';
import { AGENT_VERSION } from './version.js';
import { inBootControl } from './walk/boot-control-step.js';
const STORE_FILE = 'store.sqlite';
/** Error: CONFIG_INVALID. */
export async function loadConfig(path) {
    try {
        return parseConfig(await readFile(path, 'utf8'));
    }
    catch (error) {
        if (error instanceof AgentError || !(error instanceof Error))
            throw error;
        throw new AgentError('CONFIG_INVALID', `The configuration ${path} cannot be read: ${error.message}`, {
            cause: error,
        });
    }
}
/**
 * A whole device, to walk with. The caller holds the lock.
 * Errors: those of `openBoard`.
 */
export async function openDevice(config, reporter) {
    const board = await openBoard(config, reporter);
    const { store, fault } = await openStoreOrMemory(config, board.device);
    const device = { ...board.device, store, storeFault: fault };
    const close = async () => {
        store.dispose();
        await board.close();
    };
    return { device, close };
}
/** A board and the store as it is, for commands that only read. Errors: those of `openBoard`; STORE_UNREADABLE. */
export async function openToRead(config, reporter) {
    const board = await openBoard(config, reporter);
    const store = existsSync(storePath(config)) ? openStoreReadOnly(storePath(config)) : emptyStore();
    const close = async () => {
        store.dispose();
        await board.close();
    };
    return { device: { ...board.device, store }, close };
}
/** Errors: CONFIG_INVALID, BOOTED_SLOT_UNKNOWN, RELEASE_INFO_INVALID, BOOT_CONTROL_FAILED. */
async function openBoard(config, reporter) {
    const { values } = config;
    mkdirSync(values['paths.run'], { recursive: true });
    const clock = systemClock(config);
    const booted = await bootedSlot(config);
    const release = readReleaseInfo(values['paths.release-info']);
    const bootControl = await openBootControl(config, booted);
    const vault = await openVault(config);
    const mcuLine = configuredMcuLine(values);
    const mcu = mcuLine && new SerialMcu(mcuLine);
    const { record } = await vault.read();
    const device = {
        id: reporter.last.device_id,
        booted,
        bootId: readFileSync(values['paths.boot-id'], 'utf8').trim(),
        bootMode: await readBootMode(config, reporter),
        profile: {
            compatible: values['device.compatible'],
            channel: values['device.channel'],
            slotClasses: Object.keys(config.slots.a),
            agentVersion: AGENT_VERSION,
            bootedVersion: release.version,
            bootedIdentity: record.seals[booted]?.identity,
        },
        release,
        keys: () => readKeyFolder(values['paths.keys'], values['trust.threshold']),
        policy: {
            // A format may hold fewer than the configuration asks for; all it has is then the best there is.
            tries: Math.min(values['boot-control.tries'], bootControl.abilities.mostTries),
            confirmDeadlineMs: values['confirm.deadline-s'] * 1000,
            checkpointBytes: values['checkpoint.bytes'],
            checkpointMs: values['checkpoint.interval-ms'],
            byteBudget: values['server.byte-budget'] === 0 ? undefined : values['server.byte-budget'],
            interlockPollMs: values['mcu.poll-interval-ms'],
        },
        bootControl,
        slots: openSlots(config, booted),
        vault,
        mcu,
        health: config.health.map((check) => new CommandHealthCheck(check, clock)),
        rebooter: new CommandRebooter(values['reboot.command']),
        clock,
        reporter,
        random: Math.random,
    };
    const close = async () => {
        await mcu?.close();
        await vault.close();
        await bootControl.close();
    };
    return { device, close };
}
/** The partitions of both slots; the booted one's are refused for writing by device number. */
export function openSlots(config, booted) {
    return new BlockSlots({
        partitions: config.slots,
        booted,
        lockFolder: config.values['paths.run'],
        bootedPaths: ['/'],
    });
}
/** A page that cannot be read is said and taken for normal: recovery is only what the boot loader clearly asks for. */
async function readBootMode({ values }, reporter) {
    const path = values['boot-params.path'];
    if (path === '')
        return 'normal';
    try {
        return (await readBootParams(path, values['boot-params.offset'])).bootMode;
    }
    catch (error) {
        if (!(error instanceof BootControlError))
            throw error;
        reporter.happened('boot-params-unreadable', error.message, { code: error.code });
        return 'normal';
    }
}
function systemClock({ values }) {
    return new SystemClock({ uptime: values['paths.uptime'], synchronised: values['paths.time-synchronised'] });
}
/** The stream of events of this device. */
export function newReporter(config) {
    return new Reporter(config.values['device.id'] || idFromMachine());
}
/** The configured boot control; `booted` where it is known. Error: BOOT_CONTROL_FAILED. */
export function openBootControl({ values }, booted) {
    return inBootControl('open the boot control', async () => openBackend(values['boot-control.backend'], {
        path: values['boot-control.path'],
        booted,
        names: bootNames(values),
        counting: countingNamed(values['boot-control.counting']),
        trialMark: values['boot-control.trial-mark'],
    }));
}
function bootNames(values) {
    return { a: values['boot-control.name-a'], b: values['boot-control.name-b'] };
}
export function openVault(config) {
    const [first = '', second = ''] = config.values['paths.vault'];
    return openFileVault(first, second);
}
/** What kernel command line, root device and the configured command say. Error: BOOTED_SLOT_UNKNOWN. */
export async function bootedSlot({ values, slots }) {
    try {
        return await findBootedSlot({
            cmdline: values['paths.cmdline'],
            names: bootNames(values),
            partitions: { a: Object.values(slots.a), b: Object.values(slots.b) },
            command: values['boot-control.booted-command'],
        });
    }
    catch (error) {
        if (!(error instanceof BootControlError))
            throw error;
        throw new AgentError('BOOTED_SLOT_UNKNOWN', `Which slot is booted is not known: ${error.message}`, {
            cause: error,
        });
    }
}
/** A source by its address: http(s) URL, else a folder or mount point. */
export function openSource(config, text) {
    return /^https?:\/\//i.test(text) ? httpSource(config, [text]) : createFolderSource(text);
}
/** Folder in which the store lies, and the store's path. */
export function storePath(config) {
    return join(config.values['paths.data'], STORE_FILE);
}
/**
 * Runs the agent until SIGTERM. SIGUSR1 looks now, SIGUSR2 says that a request waits.
 * Errors: those of `openDevice`; anything that is no AgentError ends the process, and systemd starts it again.
 */
export async function runAgent(configPath, write) {
    const config = await loadConfig(configPath);
    mkdirSync(config.values['paths.run'], { recursive: true });
    // One daemon: a second one would share walks and signals with the first (rule 16). Error: LOCKED.
    const only = acquireLock(config.values['paths.run'], 'agent', 'agent');
    try {
        await runDaemon(config, write);
    }
    finally {
        only.release();
    }
}
async function runDaemon(config, write) {
    const { values } = config;
    const reporter = newReporter(config);
    logEvents(reporter, write);
    const clock = systemClock(config);
    // Until the daemon listens: its first round looks for an update and for requests anyway.
    const ignore = () => undefined;
    process.on('SIGUSR1', ignore).on('SIGUSR2', ignore);
    const { device, close } = await whenUnlocked(config, clock, () => openDevice(config, reporter));
    for (const warning of config.warnings)
        write(`config-warning: ${warning}`);
    keepStatusFile(values['paths.run'], reporter, () => clock.monotonic());
    const stopHeartbeat = startHeartbeat(values['paths.run'], reporter, clock);
    const urls = values['server.base-urls'];
    const source = urls.length === 0 ? undefined : httpSource(config, urls);
    const daemon = new Daemon({
        device,
        source,
        openSource: (text) => openSource(config, text),
        lock: () => {
            const lock = acquireLock(values['paths.run'], 'agent');
            return () => lock.release();
        },
        pollIntervalMs: values['server.poll-interval-s'] * 1000,
        pollJitterPercent: values['server.poll-jitter-percent'],
    });
    const stop = () => daemon.stop();
    const poke = () => daemon.poke();
    process.on('SIGTERM', stop).on('SIGINT', stop).on('SIGUSR1', poke).on('SIGUSR2', poke);
    reporter.happened('agent-started', `Agent ${AGENT_VERSION} runs release ${device.release.version} in slot ${device.booted}.`);
    try {
        await daemon.run();
    }
    finally {
        stopHeartbeat();
        process.off('SIGTERM', stop).off('SIGINT', stop).off('SIGUSR1', poke).off('SIGUSR2', poke);
        await source?.close();
        await close();
    }
}
/** Opening may set a damaged store aside or migrate it: not while a command walks with it (rule 16). */
async function whenUnlocked(config, clock, work) {
    for (;;) {
        const lock = lockIfFree(config);
        if (lock !== undefined)
            return work().finally(() => lock.release());
        await clock.sleep(LOCKED_PAUSE_MS, new AbortController().signal);
    }
}
function lockIfFree({ values }) {
    try {
        return acquireLock(values['paths.run'], 'agent');
    }
    catch (error) {
        if (error instanceof AgentError && error.code === 'LOCKED')
            return undefined;
        throw error;
    }
}
function httpSource(config, baseUrls) {
    const { values } = config;
    const pem = (path) => (path === '' ? undefined : readFileSync(path, 'utf8'));
    const clock = new SystemClock({
        uptime: values['paths.uptime'],
        synchronised: values['paths.time-synchronised'],
    });
    return createHttpSource({
        baseUrls,
        tls: {
            certificateAuthority: pem(values['server.ca-file']),
            certificate: pem(values['server.client-certificate']),
            key: pem(values['server.client-key']),
        },
        patience: {
            connectMs: values['server.connect-timeout-s'] * 1000,
            idleMs: values['server.idle-timeout-s'] * 1000,
        },
        userAgent: `donabe/${AGENT_VERSION}`,
        clockSynchronised: () => clock.synchronised(),
    });
}
/**
 * The store; or, when its partition is full, read-only or gone, one in memory, so that a trial can still end
 * (DESIGN 5). The schema of an older agent is left alone while this slot is not good (rule 15).
 */
async function openStoreOrMemory(config, { booted, bootControl, reporter, vault }) {
    const boot = await inBootControl('judge the booted slot', () => bootControl.read());
    const mayMigrate = isGood(booted, boot, (await vault.read()).record);
    try {
        mkdirSync(config.values['paths.data'], { recursive: true });
        const { store, setAside } = openStore(storePath(config), { mayMigrate });
        if (setAside !== undefined) {
            reporter.happened('store-set-aside', `The store was damaged (${setAside.reason}); kept as ${setAside.path}.`);
        }
        return { store, fault: undefined };
    }
    catch (error) {
        const fault = storeFault(error);
        reporter.happened('store-out-of-order', fault.message, { code: fault.code });
        return { store: emptyStore(), fault };
    }
}
function emptyStore() {
    return openStore(':memory:', { mayMigrate: true }).store;
}
function storeFault(error) {
    if (error instanceof AgentError)
        return error;
    if (error instanceof Error && 'code' in error) {
        return new AgentError('STORE_UNWRITABLE', `The data folder cannot be used: ${error.message}`, {
            cause: error,
        });
    }
    throw error;
}
/** Error: RELEASE_INFO_INVALID. */
function readReleaseInfo(path) {
    try {
        return decodeReleaseInfo(readFileSync(path));
    }
    catch (error) {
        if (!(error instanceof Error))
            throw error;
        throw new AgentError('RELEASE_INFO_INVALID', `${path}: ${error.message}`, { cause: error });
    }
}
/** systemd's advice: never show the machine id itself, derive an id of one's own from it. */
function idFromMachine() {
    const machineId = readFileSync('/etc/machine-id', 'utf8').trim();
    return createHash('sha256').update(`donabe ${machineId}`).digest('hex').slice(0, 16);
}
