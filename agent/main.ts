/**
 * Composition root: device -> daemon, and what listens to it. `open-device.ts` builds the device; nothing else builds
 * adapters.
 */
import { mkdirSync } from 'node:fs';
import { openApi } from './adapters/api.ts';
import { configuredReports } from './adapters/configured-reports.ts';
import { openSource, sourceToRunWith } from './adapters/configured-source.ts';
import { Evidence } from './adapters/evidence.ts';
import { startHeartbeat } from './adapters/heartbeat.ts';
import { acquireLock, isLocked, type Lock, lockHolder, signalWalker } from './adapters/lock.ts';
import { logEvents, writesToJournal } from './adapters/log.ts';
import { LogRing } from './adapters/log-ring.ts';
import { Metrics } from './adapters/metrics.ts';
import { keepMetricsFile } from './adapters/metrics-file.ts';
import { SerialMcu } from './adapters/serial-mcu.ts';
import { keepStatusFile } from './adapters/status-file.ts';
import { type NotifyEnvironment, takeNotifyEnvironment } from './adapters/systemd-notify.ts';
import { tellSystemd } from './adapters/watchdog.ts';
import { watchedPlaces } from './adapters/watched-places.ts';
import type { Config } from './config.ts';
import { Daemon, LOCKED_PAUSE_MS } from './daemon.ts';
import type { Device } from './device.ts';
import { AgentError } from './errors.ts';
import type { Reporter } from './events.ts';
import { patienceOf } from './model/step-limits.ts';
import { loadConfig, newReporter, openDevice, systemClock } from './open-device.ts';
import type { Clock } from './ports.ts';
import { reread } from './reread.ts';
import { StepWatch } from './step-watch.ts';
import { tellFlushes, tellMcuFaults } from './told-ports.ts';
import { AGENT_VERSION } from './version.ts';
import { fromStore } from './walk/readable-row.ts';

/** What the process has for its whole life, over every reload. */
interface Life {
  readonly configPath: string;
  readonly write: (line: string) => void;
  /** Undefined where no service manager listens. */
  readonly listener: NotifyEnvironment | undefined;
  /** Its last lines, for evidence. */
  readonly log: LogRing;
}

/**
 * Runs the agent until SIGTERM. SIGUSR1 looks now, SIGUSR2 says that a request waits, SIGHUP reads the configuration
 * anew: everything but the process and its lock is then opened anew between two rounds.
 * Errors: those of `openDevice`; anything that is no AgentError ends the process, and systemd starts it again.
 */
export async function runAgent(configPath: string, write: (line: string) => void): Promise<void> {
  // Until a daemon listens: its first round looks for an update and for requests anyway.
  for (const name of ['SIGUSR1', 'SIGUSR2', 'SIGHUP'] as const) process.on(name, () => undefined);
  const first = await loadConfig(configPath);
  mkdirSync(first.values['paths.run'], { recursive: true });
  // One daemon: a second one would share walks and signals with the first (rule 16). Error: LOCKED.
  const only = acquireLock(first.values['paths.run'], 'agent', 'agent');
  const listener = takeNotifyEnvironment(process.env, process.pid);
  const life: Life = { configPath, write, listener, log: new LogRing() };
  try {
    for (let config: Config | undefined = first; config !== undefined; )
      config = await runDaemon(config, life);
  } finally {
    only.release();
  }
}

/** Gives the configuration to go on with; undefined at the end of the process. */
async function runDaemon(config: Config, life: Life): Promise<Config | undefined> {
  const { values } = config;
  const reporter = newReporter(config);
  const evidence = new Evidence({ config, configPath: life.configPath, reporter, log: life.log });
  logEvents(reporter, evidence.hear(life.write), {
    format: values['log.format'],
    level: values['log.level'],
    priorities: writesToJournal(process.env),
    clock: systemClock(config),
  });
  const metrics = new Metrics(reporter, systemClock(config));
  const watch = new StepWatch(systemClock(config), reporter, patienceOf(config));
  const clock = watch.clock();
  const stopTelling = life.listener && tellSystemd(life.listener, reporter, watch);
  const { device, close } = await whenUnlocked(config, clock, () => openDevice(config, reporter));
  for (const warning of config.warnings) reporter.happened('config-warning', warning);
  const { mcu, vault } = device;
  evidence.open({ vault, mcuTrace: () => (mcu instanceof SerialMcu ? mcu.trace : undefined) });
  keepStatusFile(values['paths.run'], reporter, () => clock.monotonic());
  const stopMetrics = keptMetrics(config, reporter, metrics);
  const stopHeartbeat = startHeartbeat(values['paths.run'], device);
  const configured = await sourceToRunWith(config, device);
  const source = configured && watch.source(configured);
  const places = watchedPlaces(config, configured, systemClock(config), reporter);
  const stopReports = await configuredReports(config, device, systemClock(config));
  const daemon = new Daemon({
    device: watch.device(withTelling(device)),
    source,
    media: places.media && watch.media(places.media),
    openSource: (text) => watch.source(openSource(config, text)),
    lock: () => {
      const lock = acquireLock(values['paths.run'], 'agent');
      return () => lock.release();
    },
    pollIntervalMs: values['server.poll-interval-s'] * 1000,
    pollJitterPercent: values['server.poll-jitter-percent'],
  });
  // Heard until everything is closed: a SIGTERM in the middle of a reload ends the process, too.
  let ended = false;
  const stop = (): void => {
    ended = true;
    daemon.stop();
  };
  const poke = (): void => daemon.poke();
  const stopWatching = places.watch(poke);
  let next: Config | undefined;
  let reading = Promise.resolve();
  const reload = (): void => {
    reading = reading.then(async () => {
      const read = await reread(life.configPath, config, reporter);
      if (read === undefined) return;
      next = read;
      daemon.reload();
    });
  };
  const heard = { SIGTERM: stop, SIGINT: stop, SIGUSR1: poke, SIGUSR2: poke, SIGHUP: reload } as const;
  for (const [name, listener] of Object.entries(heard)) process.on(name, listener);
  tellStart(device);
  const closeApi = await openApi(values, {
    device,
    run: values['paths.run'],
    clock: systemClock(config),
    walker: () => lockHolder(values['paths.run']),
    walks: () => isLocked(values['paths.run']),
    poke: () => {
      daemon.poke();
      signalWalker(values['paths.run']);
    },
    metrics: () => metrics.text(),
    mcu: () => (mcu instanceof SerialMcu ? mcu.heard : undefined),
    evidence: () => evidence.live(),
  });
  let end: Awaited<ReturnType<Daemon['run']>> = 'stopped';
  try {
    end = await daemon.run();
  } finally {
    await closeApi();
    await evidence.close();
    stopHeartbeat();
    await stopMetrics();
    for (const [name, listener] of Object.entries(heard)) process.off(name, listener);
    await reading;
    await stopWatching();
    await stopReports();
    await source?.close();
    await close();
    await stopTelling?.(end);
  }
  return end === 'reload' && !ended ? next : undefined;
}

function withTelling(device: Device): Device {
  const { clock, mcu, reporter, slots } = device;
  return {
    ...device,
    slots: tellFlushes(slots, reporter, clock),
    mcu: mcu && tellMcuFaults(mcu, reporter),
  };
}

/** The textfile, where one is configured. */
function keptMetrics(config: Config, reporter: Reporter, metrics: Metrics): () => Promise<void> {
  const path = config.values['metrics.textfile'];
  if (path === '') return async () => metrics.close();
  const intervalMs = config.values['metrics.textfile-interval-s'] * 1000;
  const clock = systemClock(config);
  const stop = keepMetricsFile(reporter, metrics, { path, intervalMs, monotonic: () => clock.monotonic() });
  return async () => {
    await stop();
    metrics.close();
  };
}

function tellStart(device: Device): void {
  const { booted, release, reporter, store } = device;
  const [last] = fromStore(device, [], () => store.history(1));
  reporter.happened(
    'agent-started',
    `Agent ${AGENT_VERSION} runs release ${release.version} in slot ${booted}.`,
    {
      agent: AGENT_VERSION,
      release: release.version,
      slot: booted,
      lastOutcome: last?.outcome,
    },
  );
}

/** Opening may set a damaged store aside or migrate it: not while a command walks with it (rule 16). */
async function whenUnlocked<T>(config: Config, clock: Clock, work: () => Promise<T>): Promise<T> {
  for (;;) {
    const lock = lockIfFree(config);
    if (lock !== undefined) return work().finally(() => lock.release());
    await clock.sleep(LOCKED_PAUSE_MS, new AbortController().signal);
  }
}

function lockIfFree({ values }: Config): Lock | undefined {
  try {
    return acquireLock(values['paths.run'], 'agent');
  } catch (error) {
    if (error instanceof AgentError && error.code === 'LOCKED') return undefined;
    throw error;
  }
}
