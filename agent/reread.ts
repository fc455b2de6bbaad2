/**
 * Composition root, on trial. SIGHUP: is there another configuration, and could an agent run with it? A bad one changes nothing. It must not know
 * when the new one is taken; that is main.ts and the daemon.
 */
import { configuredSource } from './adapters/configured-source.ts';
import type { Config } from './config.ts';
import { AgentError } from './errors.ts';
import type { Reporter } from './events.ts';
import { loadConfig, openToRead } from './open-device.ts';

/** The process holds its one lock in there for as long as it lives. */
const FOR_THE_PROCESS = 'paths.run';

/**
 * The configuration in the file as it is now, opened once to read and closed again: boot control, vault, release-info,
 * store and source. Undefined, after a word in the log, when it is not taken; the agent goes on with `running`.
 */
export async function reread(path: string, running: Config, reporter: Reporter): Promise<Config | undefined> {
  try {
    const found = await loadConfig(path);
    const config = keepForTheProcess(found, running, reporter);
    await tryOut(config, reporter);
    reporter.happened('config-read', `The configuration ${path} is taken when the walk at hand pauses.`);
    return config;
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    reporter.happened('config-kept', `The configuration of before is kept: ${error.message}`, {
      code: error.code,
      ...error.facts,
    });
    return undefined;
  }
}

function keepForTheProcess(found: Config, running: Config, reporter: Reporter): Config {
  const kept = running.values[FOR_THE_PROCESS];
  if (found.values[FOR_THE_PROCESS] === kept) return found;
  reporter.happened(
    'config-needs-restart',
    `${FOR_THE_PROCESS} stays ${kept} until the agent is restarted.`,
    {
      key: FOR_THE_PROCESS,
    },
  );
  return { ...found, values: { ...found.values, [FOR_THE_PROCESS]: kept } };
}

/** Errors: those of `openToRead` and of a source. */
async function tryOut(config: Config, reporter: Reporter): Promise<void> {
  const { device, close } = await openToRead(config, reporter);
  try {
    const source = await configuredSource(config, device);
    await source?.close();
  } finally {
    await close();
  }
}
