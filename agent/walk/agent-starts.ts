/**
 * Counts starts of the agent that do not come up, in the vault: what fails before the store is open can only be
 * remembered there. A vault that cannot be written is said and costs only this protection.
 */
import type { Device } from '../device.ts';
import { AgentError } from '../errors.ts';

/** First thing of a process. */
export async function noteAgentStart(device: Device): Promise<void> {
  const { record, lost } = await device.vault.read();
  // The first write makes a vault whole again, and who counts a trial that it forgot has to know that it was not.
  if (lost) return;
  const { boot, count } = record.agentStarts;
  await tryToWrite(device, boot === device.bootId ? count + 1 : 1);
}

/** The agent went through its entry door and is alive. */
export async function agentIsUp(device: Device): Promise<void> {
  await tryToWrite(device, 0);
}

async function tryToWrite(device: Device, count: number): Promise<void> {
  const { record } = await device.vault.read();
  if (record.agentStarts.boot === device.bootId && record.agentStarts.count === count) return;
  try {
    await device.vault.write({ ...record, agentStarts: { boot: device.bootId, count } });
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    device.reporter.happened('vault-not-told', error.message, { code: error.code });
  }
}
